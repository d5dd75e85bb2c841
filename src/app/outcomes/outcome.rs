//! The outcome of a session, derived from its ledger: results, counts, the rows that need attention, the next commands.

use std::path::PathBuf;

use crate::app::inputs::project::run_address;
use crate::app::{Notice, Observer};
use crate::diag::{Problem, visible};
use crate::exec::Halt;
use crate::model::{Counts, FoundRate, Mode, RowStatus, State};
use crate::report::SummaryRow;
use crate::run::{Ended, Recipients, RunRow};

use super::next_steps::{RejectedFigures, next_commands};
use super::open_run::RunView;
use super::results::write_results;

/// Maximum number of rows in the summary. A list that is not longer is shown completely.
const SHOWN: u64 = 12;

/// How a session ended.
#[derive(Debug)]
pub struct Outcome {
    /// The run's name.
    pub run: String,
    /// The arguments that name the run in a command typed in the working folder.
    pub address: String,
    /// Why the session ended early, if it did.
    pub halt: Option<Halt>,
    /// Whether the user or the system interrupted the session, perhaps while it was already stopping for another reason.
    pub interrupted: bool,
    /// The states of the rows that this session decided.
    pub session: Counts,
    /// The summary of the ledger, or why it cannot be read.
    pub summary: Result<Summary, Problem>,
    /// What is to be known about people who were left out because they got the same text long ago.
    pub left_out: Option<String>,
    /// A contradiction between ledger and session, which is a bug in Rowcast.
    pub bug: Option<Problem>,
}

/// The state of a run after a session, read from its ledger.
#[derive(Debug)]
pub struct Summary {
    /// The states of all rows of the run.
    pub counts: Counts,
    /// The states that decide the exit code: of the selected rows for a retry, of all rows otherwise.
    pub judged: Counts,
    /// The rates that the APIs take, where those are less than allowed.
    pub rates: Vec<FoundRate>,
    /// The rows to show.
    pub rows: Vec<SummaryRow>,
    /// The number of further rows that need attention.
    pub more: u64,
    /// The results file, if it could be written.
    pub results: Option<PathBuf>,
    /// The suggested commands, each with its reason.
    pub next: Vec<(String, String)>,
}

/// Writes the results and summarises a session. Reports answers that the ledger could not record first.
pub(crate) fn conclude(view: &RunView<'_, '_>, ended: Ended, mode: Mode, observer: &mut dyn Observer) -> Outcome {
    for (row, id) in &ended.summary.unrecorded {
        observer.note(&Notice::Unrecorded { row: *row, id: id.clone() });
    }
    if let Some(error) = ledger_error(&ended) {
        observer.problem(&Problem::new(visible(&error)));
    }
    let (mut rows, mut hidden) = (Vec::new(), 0);
    let written = write_results(view, observer, |run_row| {
        let worth = view.run.rows <= SHOWN || needs_attention(run_row.status.state);
        if worth && (rows.len() as u64) < SHOWN {
            rows.push(summary_row(&view.recipients(), run_row));
        } else if worth {
            hidden += 1;
        }
    });
    let session = ended.summary.outcomes.clone();
    let (summary, bug) = match written {
        Ok((projected, results)) => {
            let counts = projected.counts.clone();
            let next = next_commands((&view.run.run, view.runs_dir), &counts, &RejectedFigures::of(&projected));
            let judged = if mode == Mode::Retry { session.clone() } else { counts.clone() };
            let rates = ended.summary.rates.clone();
            let bug = contradiction(view.run.rows, &counts, &ended);
            (Ok(Summary { counts, judged, rates, rows, more: hidden, results, next }), bug)
        }
        Err(error) => (Err(Problem::new(error.to_string())), None),
    };
    let Ended { halt, interrupted, .. } = ended;
    let (run, address) = (view.run.run.clone(), run_address(&view.run.run, view.runs_dir));
    Outcome { run, address, halt, interrupted, session, summary, left_out: None, bug }
}

/// The ledger's error, unless it is the reason of the halt.
fn ledger_error(ended: &Ended) -> Option<String> {
    let error = ended.summary.error.as_ref()?.to_string();
    let is_said = matches!(&ended.halt, Some(Halt::Stopped(reason)) if *reason == error);
    (!is_said).then_some(error)
}

/// Checks that the counts add up to the rows of the run, that no row is in flight, and that the ledger has every outcome that the
/// session reported.
fn contradiction(rows: u64, counts: &Counts, ended: &Ended) -> Option<Problem> {
    if counts.total() != rows || counts.get(State::Sending) > 0 {
        let message = format!("the states of {rows} rows add up to {}; this is a bug in Rowcast", counts.total());
        return Some(Problem::new(message));
    }
    // Rows that are still invalid have no new record.
    let mut reported = ended.summary.outcomes.present().filter(|(state, _)| *state != State::Invalid);
    let (state, rows) = reported.find(|(state, rows)| counts.get(*state) < *rows)?;
    let has = counts.get(state);
    let message = format!("{rows} rows were reported as {state}, but the ledger has {has}; this is a bug in Rowcast");
    ended.summary.error.is_none().then(|| Problem::new(message))
}

/// True for states that need action by the user.
fn needs_attention(state: State) -> bool {
    matches!(state, State::Rejected | State::Failed | State::Unknown | State::Invalid)
}

fn summary_row(recipients: &Recipients<'_, '_>, run_row: &RunRow) -> SummaryRow {
    let RunRow { row, status } = run_row;
    let recipient = recipients.of(run_row).ok().flatten().map(|to| to.to_string()).unwrap_or_default();
    let RowStatus { state, answer, exclusion, .. } = status;
    let (code, detail, advice) = match (answer, exclusion) {
        (_, Some(exclusion)) => (String::new(), exclusion.reason.clone(), String::new()),
        (Some(answer), None) if *state != State::Pending => {
            let (code, detail) = match &answer.reply {
                crate::model::Reply::Accepted { id, .. } => (String::new(), id.clone()),
                other => (other.code().to_owned(), other.message().to_owned()),
            };
            let advice = answer.note.advice.as_deref().unwrap_or_default();
            if status.hides_doubt() {
                let advice = format!("{} {advice}", RowStatus::DOUBT_ADVICE).trim_end().to_owned();
                (code, format!("{detail} ({})", RowStatus::DOUBT), advice)
            } else {
                (code, detail, advice.to_owned())
            }
        }
        _ => Default::default(),
    };
    SummaryRow { row: row.number.0, state: *state, recipient, code, detail, advice }
}
