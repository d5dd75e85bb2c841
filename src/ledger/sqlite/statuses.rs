//! Where the rows of a run stand, read ahead by threads of their own: what SQLite and JSON cost overlaps with what is made of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{thread, vec};

use crate::model::{RowNumber, RowStatus};

use super::brief::Projection;
use super::reader::{LedgerReader, PAGE};
use super::store::LedgerError;

/// Threads that read. One of them costs more for a row than whoever looks at the row.
const READERS: u64 = 2;

/// Pages of one thread that may wait to be looked at.
const AHEAD: usize = 2;

/// The rows of a page that have a record.
type Page = Vec<(RowNumber, RowStatus)>;

/// Where rows stand, in row order. Rows without a record are not among them. How a row stands is read some thousand rows
/// before it is its turn.
#[derive(Debug)]
pub struct RowStatuses {
    /// One for each thread; pages come from them by turns.
    pages: Vec<Receiver<Result<Page, LedgerError>>>,
    turn: usize,
    /// Pages that are still to come. That another thread is gone is not the end of the ledger.
    to_come: u64,
    page: vec::IntoIter<(RowNumber, RowStatus)>,
}

impl LedgerReader {
    /// Where every row stands that has a record, in row order.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn statuses(self, projection: Projection) -> Result<RowStatuses, LedgerError> {
        self.standings_from(RowNumber(1), projection)
    }

    /// The same from a row on.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn standings_from(self, row: RowNumber, projection: Projection) -> Result<RowStatuses, LedgerError> {
        RowStatuses::of(self, row, projection)
    }
}

impl RowStatuses {
    pub(super) fn of(ledger: LedgerReader, from: RowNumber, projection: Projection) -> Result<Self, LedgerError> {
        let before = from.0.saturating_sub(1);
        let to_come = ledger.last_row()?.saturating_sub(before).div_ceil(PAGE);
        let mut ledgers = vec![ledger];
        while (ledgers.len() as u64) < to_come.min(READERS) {
            ledgers.push(ledgers[0].again()?);
        }
        let (mut pages, readers) = (Vec::new(), ledgers.len());
        for (first, ledger) in ledgers.into_iter().enumerate() {
            let (found, of_one) = sync_channel(AHEAD);
            let turns = (0..to_come).skip(first).step_by(readers).map(move |page| before + page * PAGE);
            let reading = thread::Builder::new().name("ledger".to_owned());
            reading.spawn(move || read(&ledger, projection, turns, &found)).map_err(LedgerError::NoThread)?;
            pages.push(of_one);
        }
        Ok(Self { pages, turn: 0, to_come, page: Vec::new().into_iter() })
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

/// Reads the pages after these rows, until nobody wants to know any more.
fn read(
    ledger: &LedgerReader,
    projection: Projection,
    pages: impl Iterator<Item = u64>,
    found: &SyncSender<Result<Page, LedgerError>>,
) {
    for after in pages {
        let page = match projection {
            Projection::Full => ledger.standings_page(after, after + PAGE),
            Projection::StatusOnly => ledger.brief_page(after, after + PAGE),
        };
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
    use std::time::Duration;

    use super::*;
    use crate::files::private_file;
    use crate::ledger::{Fact, Ledger, Recorded, fold};
    use crate::model::{Addressee, Mode, Reply, Scope};

    /// The facts of a row that was throttled once and then accepted.
    fn of_row(row: RowNumber) -> [Fact; 4] {
        let intent =
            |attempt| Fact::Intent { row, attempt, asked: false, to: Addressee::default(), at_ms: i64::from(attempt) };
        let reply = |attempt, reply: Reply| {
            let recorded = Recorded::new(reply.into(), attempt == 2, Duration::from_millis(5));
            Fact::Reply { row, attempt, at_ms: 9, recorded: Box::new(recorded) }
        };
        let (code, message) = ("131056".to_owned(), "pair rate".to_owned());
        let throttled = Reply::Throttled { scope: Scope::Lane, after: None, code, message };
        let accepted = Reply::Accepted { id: format!("m{row}"), recipient: None, status: None, held: false };
        [intent(1), reply(1, throttled), intent(2), reply(2, accepted)]
    }

    #[test]
    fn every_row_with_a_record_is_there_once_with_all_its_facts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        private_file(&path).unwrap();
        let mut ledger = Ledger::create(&path).unwrap();
        ledger.begin_session(Mode::Run, 1, "here", 0).unwrap();
        // Also the last and the first of a page, two that stand side by side, and pages without any.
        let rows = [1, 2, 4, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE + 7].map(RowNumber);
        for row in rows {
            let facts = of_row(row);
            ledger.commit(if row.0 == 2 { &facts[..3] } else { &facts }).unwrap();
        }
        let statuses = LedgerReader::open(&path).unwrap().statuses(Projection::Full).unwrap();
        let found: Vec<_> = statuses.collect::<Result<_, _>>().unwrap();
        let stands = |row| if row == RowNumber(2) { fold(&of_row(row)[..3]) } else { fold(&of_row(row)) };
        assert_eq!(found, rows.map(|row| (row, stands(row))));
    }

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
