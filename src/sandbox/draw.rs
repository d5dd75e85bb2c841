//! Whom a fault hits.
//!
//! Belongs here: the draw, a function of seed, recipient and turn. It does not depend on what other recipients do, so
//! the same list with the same seed meets the same faults however its requests interleave.

use super::fault::{Effect, Fault};
use super::ids::Seed;

/// The faults of a sandbox, ready to be drawn from.
#[derive(Debug)]
pub(super) struct Draw {
    seed: Seed,
    row: Vec<Fault>,
    request: Vec<Fault>,
}

impl Draw {
    /// Sorts the faults into those that concern the row and those that concern the request. Faults of one sort exclude
    /// each other, so their shares may not add up to more than all there is.
    pub(super) fn new(seed: Seed, faults: Vec<Fault>) -> Result<Self, String> {
        let (row, request): (Vec<_>, Vec<_>) = faults.into_iter().partition(|fault| fault.effect().about_row());
        for (faults, sort) in [(&row, "rows"), (&request, "requests")] {
            let sum: f64 = faults.iter().map(Fault::percent).sum();
            // Shares such as 33.4 % have no exact binary form; their sum may miss 100 by a hair.
            if sum > 100.0 + 1e-9 {
                let names: Vec<_> = faults.iter().map(ToString::to_string).collect();
                return Err(format!("the faults of {sort} add up to more than 100%: {}", names.join(", ")));
            }
        }
        Ok(Self { seed, row, request })
    }

    /// The fault that a request meets, if any. `turn` counts this recipient's earlier requests. What concerns the row
    /// comes first and is the same in every turn.
    pub(super) fn fault(&self, recipient: u64, turn: u64) -> Option<Effect> {
        pick(&self.row, || self.seed.hash("row", recipient, 0))
            .or_else(|| pick(&self.request, || self.seed.hash("request", recipient, turn)))
    }
}

/// The fault into whose share a hash falls, the shares laid end to end.
fn pick(faults: &[Fault], hash: impl FnOnce() -> [u8; 32]) -> Option<Effect> {
    if faults.is_empty() {
        return None;
    }
    let drawn = percent(hash());
    let mut end = 0.0;
    let hit = faults.iter().find(|fault| {
        end += fault.percent();
        drawn < end
    });
    hit.map(Fault::effect)
}

/// A hash as a number from 0 up to but not including 100.
fn percent(hash: [u8; 32]) -> f64 {
    let [a, b, c, d, ..] = hash;
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: u64 = 15_550_000_000;

    fn draw(seed: u64, faults: &[&str]) -> Draw {
        Draw::new(Seed(seed), faults.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
    }

    fn hits(draw: &Draw, name: &str) -> usize {
        (0..10_000).filter(|n| draw.fault(TO + n, 0).is_some_and(|effect| effect.to_string() == name)).count()
    }

    #[test]
    fn rates_are_roughly_those_asked_for_and_exclusive() {
        let draw = draw(7, &["130429=20%", "timeout=5%", "131026=10%"]);
        let row = hits(&draw, "131026");
        assert!((900..1_100).contains(&row), "{row}");
        // The other two are drawn among the nine tenths that the row's fault left over.
        let (throttled, timeout) = (hits(&draw, "130429"), hits(&draw, "timeout"));
        assert!((1_650..1_950).contains(&throttled), "{throttled}");
        assert!((380..520).contains(&timeout), "{timeout}");
    }

    #[test]
    fn all_and_nothing_are_exact() {
        assert_eq!(hits(&draw(1, &["timeout=100%"]), "timeout"), 10_000);
        assert_eq!(hits(&draw(1, &["timeout=0%"]), "timeout"), 0);
        assert!(hits(&draw(1, &["timeout=50%", "reset=50%"]), "reset") > 4_800);
        assert_eq!(draw(1, &[]).fault(TO, 0), None);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_does_not() {
        let of = |seed| (0..1_000).map(|n| draw(seed, &["timeout=50%"]).fault(TO + n, 0)).collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn what_concerns_the_row_is_the_same_in_every_turn() {
        let draw = draw(3, &["131026=30%"]);
        for n in 0..500 {
            assert!((1..5).all(|turn| draw.fault(TO + n, turn) == draw.fault(TO + n, 0)));
        }
    }

    #[test]
    fn what_concerns_the_request_is_drawn_anew() {
        let draw = draw(3, &["130429=50%"]);
        let changed = (0..1_000).filter(|n| draw.fault(TO + n, 0) != draw.fault(TO + n, 1)).count();
        assert!((400..600).contains(&changed), "{changed}");
    }

    #[test]
    fn more_than_all_is_refused() {
        let faults = ["timeout=60%", "reset=50%"].map(|text| text.parse().unwrap()).to_vec();
        let said = Draw::new(Seed(0), faults).unwrap_err();
        assert_eq!(said, "the faults of requests add up to more than 100%: timeout=60%, reset=50%");
        let apart = ["timeout=60%", "131026=50%"].map(|text| text.parse().unwrap()).to_vec();
        assert!(Draw::new(Seed(0), apart).is_ok(), "rows and requests are drawn apart");
    }
}
