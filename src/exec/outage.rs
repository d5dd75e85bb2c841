//! An outage of the API: one row at a time probes whether it is reachable again, instead of spending row after row.

use std::time::Duration;

use tokio::time::Instant;

/// The wait before the first probe; each further one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// How long a run waits for an API that it has reached before. After a longer wait, messages would arrive at an hour
/// that the user did not choose: the run ends and can be resumed.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Consecutive unreachable rows from which it is an outage, and not one broken connection.
const STREAK: u32 = 3;

/// Tracks whether the API can be reached.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// The API has answered in this session.
    reached: bool,
    streak: u32,
    now: Option<Now>,
    given_up: bool,
}

/// The effect of an unreachable row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reachability {
    /// No outage: the row is tried again like any other.
    Open,
    /// An outage for all rows: the row waits this long, and the attempt is not charged to it.
    Down(Duration),
    /// The outage has lasted too long.
    GivenUp,
}

#[derive(Debug, Clone, Copy)]
struct Now {
    since: Instant,
    probes: u32,
    next_probe: Instant,
}

impl Outage {
    /// Records an answer, whatever it says.
    pub(super) fn reached(&mut self) {
        *self = Self { reached: true, ..Self::default() };
    }

    /// Records a row that could not be sent. `roll` is a random number in 0..1.
    pub(super) fn unreachable(&mut self, retries: u32, now: Instant, roll: f64) -> Reachability {
        let wait = |probes: u32| FIRST.saturating_mul(1 << probes.min(6)).min(LONGEST).mul_f64(0.5 + roll / 2.0);
        self.streak += 1;
        let Some(outage) = &mut self.now else {
            if self.streak < STREAK {
                return Reachability::Open;
            }
            self.now = Some(Now { since: now, probes: 0, next_probe: now + wait(0) });
            return Reachability::Down(wait(0));
        };
        if now < outage.next_probe {
            // It was in flight together with the rows that began the outage.
            return Reachability::Down(outage.next_probe - now);
        }
        outage.probes += 1;
        let over = if self.reached { now - outage.since >= PATIENCE } else { outage.probes >= retries };
        if over {
            self.given_up = true;
            return Reachability::GivenUp;
        }
        outage.next_probe = now + wait(outage.probes);
        Reachability::Down(outage.next_probe - now)
    }

    /// True once waiting makes no sense: the API was never reached and as many probes failed as a row has retries, or
    /// patience has ended.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// When the next row may try, during an outage. Until then no row may, and then one.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.now.map(|outage| outage.next_probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of the probes after the first failures, in seconds, until it is given up.
    fn probes(outage: &mut Outage, retries: u32) -> Vec<u64> {
        let start = Instant::now();
        let mut now = start;
        let mut moments = Vec::new();
        loop {
            match outage.unreachable(retries, now, 1.0) {
                Reachability::Open => {}
                Reachability::Down(wait) => {
                    now += wait;
                    moments.push((now - start).as_secs());
                }
                Reachability::GivenUp => return moments,
            }
        }
    }

    #[test]
    fn what_was_never_reached_is_given_up_soon() {
        assert_eq!(probes(&mut Outage::default(), 3), [1, 3, 7]);
        assert_eq!(probes(&mut Outage::default(), 0), [1]);
    }

    #[test]
    fn what_was_reached_is_waited_for() {
        let mut outage = Outage::default();
        outage.reached();
        let moments = probes(&mut outage, 3);
        assert_eq!(moments[..7], [1, 3, 7, 15, 31, 63, 123]);
        assert!((600..=663).contains(moments.last().unwrap()), "{moments:?}");
        assert!(outage.is_given_up());
    }

    #[test]
    fn a_single_broken_connection_is_no_outage() {
        let mut outage = Outage::default();
        for _ in 0..100 {
            assert_eq!(outage.unreachable(3, Instant::now(), 0.5), Reachability::Open);
            assert_eq!(outage.next_probe(), None);
            outage.reached();
        }
    }

    #[test]
    fn those_in_flight_together_are_one_failure() {
        let start = Instant::now();
        let mut outage = Outage::default();
        outage.reached();
        let found: Vec<Reachability> = (0..64).map(|_| outage.unreachable(3, start, 1.0)).collect();
        assert_eq!(found[..3], [Reachability::Open, Reachability::Open, Reachability::Down(FIRST)]);
        assert!(found[3..].iter().all(|one| *one == Reachability::Down(FIRST)));
        assert_eq!(outage.next_probe(), Some(start + FIRST));
        outage.reached();
        assert_eq!(outage.next_probe(), None);
    }
}
