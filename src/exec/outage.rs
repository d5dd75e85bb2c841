//! The way out is closed: instead of burning row after row, one row at a time finds out when it is open again.

use std::time::Duration;

use tokio::time::Instant;

/// Probes are this far apart at first, then twice as far each time.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// How long a run that has reached the API before waits for it. Longer, and messages would arrive at an hour that nobody
/// chose: the run ends, and can be resumed by somebody who looks at the clock.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// So many rows in a row that did not get out are no accident of one connection.
const STREAK: u32 = 3;

/// Whether the API can be reached.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Something has answered in this session.
    reached: bool,
    streak: u32,
    now: Option<Now>,
    given_up: bool,
}

/// What a row that did not get out says of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reachability {
    /// An accident: the row is tried again like any other.
    Open,
    /// Closed for everybody: the row waits so long, and the try is not charged to it.
    Down(Duration),
    /// Closed for good.
    GivenUp,
}

#[derive(Debug, Clone, Copy)]
struct Now {
    since: Instant,
    probes: u32,
    next_probe: Instant,
}

impl Outage {
    /// Something has answered, whatever it said.
    pub(super) fn reached(&mut self) {
        *self = Self { reached: true, ..Self::default() };
    }

    /// A row did not get out. `roll` is a random number in 0..1.
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
            // It was in flight with those that found out.
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

    /// True once there is no point in going on: nothing was ever reached and as many probes as a row has retries have
    /// failed, or patience has ended.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// When the next row may try, if the way is closed. Until then nobody may, and then one.
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
