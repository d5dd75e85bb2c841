//! The faults that a sandbox has now: they can be changed while it is at work.
//!
//! Belongs here: the lock around the draw. Does not belong here: whom a fault hits (`draw`), or how it is written (`fault`).

use std::sync::{PoisonError, RwLock};

use super::Fault;
use super::draw::Draw;
use super::fault::Effect;
use super::ids::Seed;

/// Faults that can be exchanged for others.
#[derive(Debug)]
pub(super) struct Faults {
    seed: Seed,
    now: RwLock<(Draw, Vec<String>)>,
}

impl Faults {
    /// These faults, if they do not add up to more than all there is.
    pub(super) fn new(seed: Seed, faults: Vec<Fault>) -> Result<Self, String> {
        Ok(Self { seed, now: RwLock::new(ready(seed, faults)?) })
    }

    /// The fault that a request meets, if any.
    pub(super) fn fault(&self, recipient: u64, turn: u64) -> Option<Effect> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).0.fault(recipient, turn)
    }

    /// The faults, as they are written.
    pub(super) fn written(&self) -> Vec<String> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// From now on these, or an error and the ones before.
    pub(super) fn exchange(&self, faults: &[String]) -> Result<(), String> {
        let faults: Result<Vec<Fault>, _> = faults.iter().map(|fault| fault.parse::<Fault>()).collect();
        let next = ready(self.seed, faults.map_err(|error| error.to_string())?)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

fn ready(seed: Seed, faults: Vec<Fault>) -> Result<(Draw, Vec<String>), String> {
    let written = faults.iter().map(ToString::to_string).collect();
    Ok((Draw::new(seed, faults)?, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_exchanged_whole_or_not_at_all() {
        let faults = Faults::new(Seed(1), vec!["timeout=100%".parse().unwrap()]).unwrap();
        assert_eq!(faults.fault(15_550_000_000, 0), Some(Effect::Timeout));
        for wrong in [&["timeout=60%", "reset=50%"][..], &["nonsense=1%"], &["timeout"]] {
            let wrong: Vec<String> = wrong.iter().map(|fault| (*fault).to_owned()).collect();
            assert!(faults.exchange(&wrong).is_err());
            assert_eq!(faults.written(), ["timeout=100%"]);
        }
        faults.exchange(&[]).unwrap();
        assert_eq!((faults.fault(15_550_000_000, 0), faults.written().len()), (None, 0));
    }
}
