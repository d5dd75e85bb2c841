//! Where the rows of a run stand, read ahead by a thread of its own: what SQLite and JSON cost overlaps with what is made of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{thread, vec};

use crate::model::{RowNumber, Standing};

use super::reader::PAGE;
use super::{LedgerError, LedgerReader};

/// Pages that may wait to be looked at.
const AHEAD: usize = 2;

/// The rows of a page that have a record.
type Page = Vec<(RowNumber, Standing)>;

/// Where rows stand, in row order. Rows without a record are not among them. How a row stands is read some thousand rows
/// before it is its turn.
#[derive(Debug)]
pub struct Standings {
    pages: Receiver<Result<Page, LedgerError>>,
    /// Pages that are still to come. That the other thread is gone is not the end of the ledger.
    to_come: u64,
    page: vec::IntoIter<(RowNumber, Standing)>,
}

impl Standings {
    pub(super) fn of(ledger: LedgerReader) -> Result<Self, LedgerError> {
        let to_come = ledger.last_row()?.div_ceil(PAGE);
        let (found, pages) = sync_channel(AHEAD);
        let reading = thread::Builder::new().name("ledger".to_owned());
        reading.spawn(move || read(&ledger, to_come, &found)).map_err(LedgerError::NoThread)?;
        Ok(Self { pages, to_come, page: Vec::new().into_iter() })
    }

    fn turn_page(&mut self) -> Result<(), LedgerError> {
        let page = self.pages.recv().unwrap_or(Err(LedgerError::BrokenOff));
        // Nothing comes after an error.
        self.to_come = if page.is_err() { 0 } else { self.to_come - 1 };
        self.page = page?.into_iter();
        Ok(())
    }
}

/// Reads until nobody wants to know any more.
fn read(ledger: &LedgerReader, pages: u64, found: &SyncSender<Result<Page, LedgerError>>) {
    for page in 0..pages {
        let after = page * PAGE;
        let standings = ledger.standings_page(after, after + PAGE);
        let failed = standings.is_err();
        if found.send(standings).is_err() || failed {
            return;
        }
    }
}

impl Iterator for Standings {
    type Item = Result<(RowNumber, Standing), LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(standing) = self.page.next() {
                return Some(Ok(standing));
            }
            if self.to_come == 0 {
                return None;
            }
            if let Err(error) = self.turn_page() {
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_gone_is_no_end() {
        let (found, pages) = sync_channel(1);
        let row = (RowNumber(1), Standing::UNTOUCHED);
        found.send(Ok(vec![row.clone()])).unwrap();
        drop(found);
        let mut standings = Standings { pages, to_come: 2, page: Vec::new().into_iter() };
        assert_eq!(standings.next().unwrap().unwrap(), row);
        assert!(matches!(standings.next(), Some(Err(LedgerError::BrokenOff))));
        assert!(standings.next().is_none());
    }
}
