//! Which rows of the data belong to a run: first `--only`, then `--offset`, then `--limit`.

use std::collections::BTreeSet;

use crate::model::FieldError;
use crate::template::Condition;

/// Selects the rows of a run, in order.
#[derive(Debug)]
pub struct Selector<'p, 'e> {
    only: Option<&'p Condition<'e>>,
    to_pass: u64,
    to_take: Option<u64>,
}

/// Whether a row belongs to a run.
#[derive(Debug, PartialEq, Eq)]
pub enum Selected {
    /// The row belongs to the run.
    Yes,
    /// The row does not belong to the run.
    No,
    /// Neither this row nor any later row belongs to the run.
    NoMore,
}

impl<'p, 'e> Selector<'p, 'e> {
    /// A selector that starts at the first row.
    pub fn new(only: Option<&'p Condition<'e>>, offset: u64, limit: Option<u64>) -> Self {
        Self { only, to_pass: offset, to_take: limit }
    }

    /// Whether the next row belongs to the run. `scope` is called only if `--only` has to be evaluated.
    ///
    /// # Errors
    /// `--only` gives neither true nor false for the row.
    pub fn selects(&mut self, scope: impl FnOnce() -> minijinja::Value) -> Result<Selected, FieldError> {
        if self.to_take == Some(0) {
            return Ok(Selected::NoMore);
        }
        if let Some(only) = self.only
            && !only.holds(&scope())?
        {
            return Ok(Selected::No);
        }
        if self.to_pass > 0 {
            self.to_pass -= 1;
            return Ok(Selected::No);
        }
        if let Some(left) = &mut self.to_take {
            *left -= 1;
        }
        Ok(Selected::Yes)
    }

    /// The positions of the columns that `--only` reads for a row.
    pub fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        self.only.map(|only| only.reads(scope)).unwrap_or_default()
    }

    /// True if no later row can belong to the run, so reading may stop.
    pub fn is_done(&self) -> bool {
        self.to_take == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(offset: u64, limit: Option<u64>) -> Vec<u64> {
        let mut selector = Selector::new(None, offset, limit);
        (1..=6).filter(|_| selector.selects(minijinja::Value::default) == Ok(Selected::Yes)).collect()
    }

    #[test]
    fn offset_then_limit() {
        assert_eq!(picked(0, None), [1, 2, 3, 4, 5, 6]);
        assert_eq!(picked(4, None), [5, 6]);
        assert_eq!(picked(0, Some(2)), [1, 2]);
        assert_eq!(picked(3, Some(2)), [4, 5]);
        assert_eq!(picked(0, Some(0)), [0; 0]);
        assert_eq!(picked(9, Some(2)), [0; 0]);
    }
}
