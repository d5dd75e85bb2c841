//! The outcome of a session, derived from its ledger: results, counts, the rows that need attention, the next commands.

use std::path::PathBuf;

use crate::app::{Note, Observer};
use crate::diag::{Problem, visible};
use crate::exec::Halt;
use crate::model::{Counts, Mode, RowStatus, State};
use crate::report::SummaryRow;
use crate::run::{Ended, Recipients, RunRow};

use super::next_steps::{Refused, next_commands};
use super::open_run::RunView;
use super::results::write_results;

/// Rows that the summary shows at most. A list that is not longer is shown whole.
const SHOWN: u64 = 12;

/// How a session ended.
#[derive(Debug)]
pub struct Outcome {
    /// The run's name.
    pub run: String,
    /// Why the session ended before all its rows did, if so.
    pub halt: Option<Halt>,
    /// The user or the system asked for the end, perhaps after the session had begun to stop for another reason.
    pub interrupted: bool,
    /// What became of the rows that this session decided about.
    pub session: Counts,
    /// What the ledger says, or why it cannot be read.
    pub summary: Result<Summary, Problem>,
    /// The ledger and the session contradict each other: a bug in Rowcast.
    pub bug: Option<Problem>,
}

/// What the ledger says after a session.
#[derive(Debug)]
pub struct Summary {
    /// How all rows of the run stand.
    pub counts: Counts,
    /// The rows that the session answers for: a retry for those that it took, a run and a resume for all.
    pub judged: Counts,
    /// The rows to show.
    pub rows: Vec<SummaryRow>,
    /// How many more need attention.
    pub more: u64,
    /// The results file, if it could be written.
    pub results: Option<PathBuf>,
    /// The commands that make sense now, each with its reason.
    pub next: Vec<(String, String)>,
}

/// Writes the results and sums up a session. Answers that the ledger could not take are reported first.
pub(crate) fn conclude(view: &RunView<'_, '_>, ended: Ended, mode: Mode, observer: &mut dyn Observer) -> Outcome {
    for (row, id) in &ended.summary.unrecorded {
        observer.note(&Note::Unrecorded { row: *row, id: id.clone() });
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
            let next = next_commands((&view.run.run, view.runs_dir), &counts, &Refused::of(&projected));
            let judged = if mode == Mode::Retry { session.clone() } else { counts.clone() };
            let bug = contradiction(view.run.rows, &counts, &ended);
            (Ok(Summary { counts, judged, rows, more: hidden, results, next }), bug)
        }
        Err(error) => (Err(Problem::new(error.to_string())), None),
    };
    let Ended { halt, interrupted, .. } = ended;
    Outcome { run: view.run.run.clone(), halt, interrupted, session, summary, bug }
}

/// The ledger's error, unless the halt's reason says it.
fn ledger_error(ended: &Ended) -> Option<String> {
    let error = ended.summary.error.as_ref()?.to_string();
    let is_said = matches!(&ended.halt, Some(Halt::Stopped(reason)) if *reason == error);
    (!is_said).then_some(error)
}

/// The counts of a run add up to its rows, and nothing is in flight after a session; the ledger has at least what the session
/// told its reporters.
fn contradiction(rows: u64, counts: &Counts, ended: &Ended) -> Option<Problem> {
    if counts.total() != rows || counts.get(State::Sending) > 0 {
        let message = format!("the states of {rows} rows add up to {}: a bug in Rowcast", counts.total());
        return Some(Problem::new(message));
    }
    // Rows that are still invalid have no new record.
    let mut reported = ended.summary.outcomes.present().filter(|(state, _)| *state != State::Invalid);
    let (state, rows) = reported.find(|(state, rows)| counts.get(*state) < *rows)?;
    let has = counts.get(state);
    let message = format!("{rows} rows were told as {state}, the ledger has {has}: a bug in Rowcast");
    ended.summary.error.is_none().then(|| Problem::new(message))
}

/// True for rows that the user has to do something about.
fn needs_attention(state: State) -> bool {
    matches!(state, State::Rejected | State::Failed | State::Unknown | State::Invalid)
}

fn summary_row(recipients: &Recipients<'_, '_>, run_row: &RunRow) -> SummaryRow {
    let RunRow { row, status } = run_row;
    let recipient = recipients.of(run_row).ok().flatten().map(|to| to.to_string()).unwrap_or_default();
    let RowStatus { state, answer, left, .. } = status;
    let (code, detail, advice) = match (answer, left) {
        (_, Some(left)) => (String::new(), left.reason.clone(), String::new()),
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
