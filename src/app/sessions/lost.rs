//! Rows of which a harmed ledger may lack the records: they may have been sent, so each becomes unknown.
//!
//! Belongs here: which rows these are. Does not belong here: how harm is found (`ledger`).

use std::time::Duration;

use jiff::Timestamp;

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::diag::{Problem, Problems};
use crate::ledger::{self, Fact, Harm, LedgerReader, LedgerWriter, Projection, Recorded};
use crate::model::{Answer, RowStatus, State};
use crate::plan::Verdict;
use crate::run::{RepeatedRows, RunError, RunRow, Walk};
use crate::run_folder::RunFolder;

/// Facts per commit.
const GROUP: usize = 4096;

/// Records that each row which may have been sent since is in doubt, and returns how many these are.
///
/// Whom such a row was for, and its keys, are those of the run's recipe: other runs have to leave its person out.
///
/// # Errors
/// The ledger lacks nothing, or cannot be read or written.
pub(super) fn settle_lost(folder: &RunFolder, inputs: &Inputs) -> Result<u64, Error> {
    let path = folder.ledger();
    let Some(harm) = ledger::harm(&path)? else {
        let problem = Problem::new("this run's ledger lacks nothing; leave out `--lost`");
        return Err(Error::usage(problem));
    };
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    if problems.has_errors() {
        return Err(problems.into());
    }
    let only = inputs.only(&plan)?;
    let (mut ledger, reader) = ledger::open_harmed(&path, &harm)?;
    let retried = reader.sessions()?.last().is_some_and(|session| session.mode == "retry");
    let repeats = RepeatedRows::of(reader.repeats()?);
    let statuses = reader.statuses(Projection::StatusOnly)?;
    let (mut rows, mut group) = (0, Vec::new());
    for run_row in Walk::new(inputs.data.rows()?, &plan, only.as_ref(), inputs.range(), Some(statuses)) {
        let RunRow { row, status } = run_row.map_err(RunError::from)?;
        let (number, line) = (row.number, row.line);
        if number > harm.up_to {
            break;
        }
        if !may_have_been_sent(&status, retried, &harm) {
            continue;
        }
        let Verdict::Ready(mut request, _) = plan.verdict(&plan.scope(row), number, line) else { continue };
        request.keys.message = request.keys.message.map(|message| message.nth(repeats.nth(number)));
        let (attempt, at_ms) = (status.last_attempt + 1, Timestamp::now().as_millisecond());
        group.push(Fact::Intent { row: number, attempt, asked: false, to: request.addressee(), at_ms });
        let recorded = Box::new(Recorded::new(Answer::lost().into(), true, Duration::ZERO));
        group.push(Fact::Reply { row: number, attempt, at_ms, recorded });
        rows += 1;
        if group.len() >= GROUP {
            ledger.commit(&group)?;
            group.clear();
        }
    }
    ledger.commit(&group)?;
    ledger.settle_lost()?;
    Ok(rows)
}

/// Whether the session of which records are missing may have sent a row that has this status without them.
fn may_have_been_sent(status: &RowStatus, retried: bool, harm: &Harm) -> bool {
    match status.state {
        // The rows that its checks had left out are not known either.
        State::Pending => true,
        State::Failed | State::Rejected => retried || harm.is_of_all_rows(),
        // In flight, which the next session settles, or decided.
        _ => false,
    }
}
