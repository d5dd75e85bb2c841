//! The retry budget of a run: if the API refuses a large share of all requests, retries only add to the load.

/// Retries that may be spent before any row was accepted.
const START: f64 = 50.0;
/// Retries that each accepted row adds: one in ten, as Google's SRE book, "Handling Overload", advises per client.
const EARNED: f64 = 0.1;

/// The remaining retries.
#[derive(Debug)]
pub(super) struct Budget(f64);

impl Default for Budget {
    fn default() -> Self {
        Self(START)
    }
}

impl Budget {
    /// Records an accepted row.
    pub(super) fn earn(&mut self) {
        self.0 += EARNED;
    }

    /// Spends one retry. `false` if none remains: the row fails.
    pub(super) fn spend(&mut self) -> bool {
        let affordable = self.0 >= 1.0;
        if affordable {
            self.0 -= 1.0;
        }
        affordable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_retry_in_ten_accepted_rows() {
        let mut budget = Budget::default();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 50);
        (0..1005).for_each(|_| budget.earn());
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
    }
}
