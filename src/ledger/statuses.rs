//! The statuses of a run's rows, read ahead by threads of their own: reading overlaps with what the caller does with a row.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{thread, vec};

use crate::model::{RowNumber, RowStatus};

use super::LedgerError;

/// Pages of one thread that may wait for the caller.
const AHEAD: usize = 2;

/// The rows of a page that have a record.
pub(super) type Page = Vec<(RowNumber, RowStatus)>;

/// The statuses of rows in row order, without the rows that have no record. A status is read some thousand rows before its
/// turn.
#[derive(Debug)]
pub struct RowStatuses {
    /// One for each thread; pages come from them by turns.
    pages: Vec<Receiver<Result<Page, LedgerError>>>,
    turn: usize,
    /// Pages that are still to come. The end of another thread is not the end of the ledger.
    to_come: u64,
    page: vec::IntoIter<(RowNumber, RowStatus)>,
}

impl RowStatuses {
    /// Threads that read. One of them needs more time for a row than its caller.
    pub(super) const READERS: u64 = 2;

    /// Reads `pages` pages with one thread for each of the `readers`. A reader returns the page with the index that it is
    /// given.
    pub(super) fn read_ahead<R>(readers: impl ExactSizeIterator<Item = R>, pages: u64) -> Result<Self, LedgerError>
    where
        R: FnMut(u64) -> Result<Page, LedgerError> + Send + 'static,
    {
        let (mut found_by, many) = (Vec::new(), readers.len());
        for (first, reader) in readers.enumerate() {
            let (found, of_one) = sync_channel(AHEAD);
            let turns = (0..pages).skip(first).step_by(many);
            let reading = thread::Builder::new().name("ledger".to_owned());
            reading.spawn(move || read(reader, turns, &found)).map_err(LedgerError::NoThread)?;
            found_by.push(of_one);
        }
        Ok(Self { pages: found_by, turn: 0, to_come: pages, page: Vec::new().into_iter() })
    }

    fn turn_page(&mut self) -> Result<(), LedgerError> {
        let page = self.pages[self.turn].recv().unwrap_or(Err(LedgerError::BrokenOff));
        self.turn = (self.turn + 1) % self.pages.len();
        // Nothing comes after an error.
        self.to_come = if page.is_err() { 0 } else { self.to_come - 1 };
        self.page = page?.into_iter();
        Ok(())
    }
}

/// Reads pages until the last one, an error, or the end of the caller.
fn read(
    mut reader: impl FnMut(u64) -> Result<Page, LedgerError>,
    pages: impl Iterator<Item = u64>,
    found: &SyncSender<Result<Page, LedgerError>>,
) {
    for page in pages {
        let page = reader(page);
        let failed = page.is_err();
        if found.send(page).is_err() || failed {
            return;
        }
    }
}

impl Iterator for RowStatuses {
    type Item = Result<(RowNumber, RowStatus), LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(status) = self.page.next() {
                return Some(Ok(status));
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
        let row = (RowNumber(1), RowStatus::UNTOUCHED);
        found.send(Ok(vec![row.clone()])).unwrap();
        drop(found);
        let mut statuses = RowStatuses { pages: vec![pages], turn: 0, to_come: 2, page: Vec::new().into_iter() };
        assert_eq!(statuses.next().unwrap().unwrap(), row);
        assert!(matches!(statuses.next(), Some(Err(LedgerError::BrokenOff))));
        assert!(statuses.next().is_none());
    }
}
