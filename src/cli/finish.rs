//! The end of a session: results, the summary, the next command, the exit code. All of it is derived from the ledger.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::diag::{Problem, visible};
use crate::exec::Halt;
use crate::files::AtomicFile;
use crate::ledger::{Ledger, LedgerError, RunFile, RunFolder, Starts, Sum};
use crate::model::{Counts, Mode, Standing, State};
use crate::plan::{Plan, Verdict};
use crate::recipe::Send;
use crate::report::{Events, SummaryRow, SummaryText, finished_run};
use crate::results::{CsvResults, Results};
use crate::run::{Ended, Member, Projected, RunError, project};
use crate::template::Condition;

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::console;

/// The run that is finished.
pub(super) struct Place<'p, 'e> {
    pub(super) folder: &'p RunFolder,
    pub(super) run: &'p RunFile,
    pub(super) plan: &'p Plan<'e>,
    pub(super) only: Option<&'p Condition<'e>>,
    pub(super) runs_dir: &'p Path,
}

/// Rows that the summary shows at most; a list that is not longer is shown whole.
const SHOWN: u64 = 12;

/// How long one request may take.
pub(super) fn timeout(send: &Send) -> Duration {
    send.timeout.unwrap_or(Duration::from_secs(30))
}

/// Writes the results and the summary and says how it ended.
pub(super) fn finish(
    place: &Place<'_, '_>,
    ended: &Ended,
    mode: Mode,
    events: Option<&Events>,
) -> Result<Exit, Failure> {
    for (row, id) in &ended.closed.unrecorded {
        console::tell(&format!("ROW {row} {}\n", visible(id)));
    }
    if let Some(error) = closed_error(ended) {
        console::problem(&Problem::new(visible(&error)));
    }
    let mut shown = Vec::new();
    let mut hidden = 0;
    let written = write_results(place, |member| {
        let worth = place.run.rows <= SHOWN || needs_a_look(member.standing.state);
        if worth && (shown.len() as u64) < SHOWN {
            shown.push(summary_row(place.plan, member));
        } else if worth {
            hidden += 1;
        }
    });
    let (projected, results) = match written {
        Ok(written) => written,
        // Something may have been sent: this is the end of a session, not a refusal to begin one.
        Err(error) => {
            let exit = if ended.halt.is_some() { exit_of(ended, &ended.closed.outcomes) } else { Exit::Bug };
            return Err(Failure::new(exit, Problem::new(error.to_string())));
        }
    };
    let counts = &projected.counts;
    let next = next_commands(place, counts, &Refused::of(&projected));
    let results = results.map(|path| path.display().to_string());
    if let Some(events) = events {
        events.line(finished_run(&place.run.run, counts, results.as_deref()));
        if !events.close() {
            console::problem(&Problem::new("the events end before the run: nobody took them").warning());
        }
    }
    let shown_results = results.as_deref().map(visible);
    let summary = SummaryText {
        run: &place.run.run,
        counts,
        rows: &shown,
        more: hidden,
        results: shown_results.as_deref(),
        next: &next,
    };
    console::tell(&summary.on(console::paper()));
    match &ended.halt {
        Some(Halt::Stopped(reason)) => {
            console::problem(&Problem::new(format!("the run was stopped: {}", visible(reason))));
        }
        Some(Halt::Paused(reason)) => {
            let help = format!("`rowcast resume {}` goes on", place.run.run);
            let problem = Problem::new(format!("the run is paused: {}", visible(reason)));
            console::problem(&problem.warning().help(help));
        }
        Some(Halt::Interrupted) | None => {}
    }
    if counts.total() != place.run.rows || counts.get(State::Sending) > 0 {
        let message = format!("the states of {} rows add up to {}: a bug in Rowcast", place.run.rows, counts.total());
        return Err(Failure::new(Exit::Bug, Problem::new(message)));
    }
    // What the session has told of its rows. Those that are invalid still have no new record.
    let mut told = ended.closed.outcomes.present().filter(|(state, _)| *state != State::Invalid);
    let mismatch = told.find(|(state, rows)| counts.get(*state) < *rows);
    if let Some((state, rows)) = mismatch.filter(|_| ended.closed.error.is_none()) {
        let message =
            format!("{rows} rows were told as {state}, the ledger has {}: a bug in Rowcast", counts.get(state));
        return Err(Failure::new(Exit::Bug, Problem::new(message)));
    }
    // A retry answers for the rows that it took, a run and a resume for the whole run.
    let judged = if mode == Mode::Retry { &ended.closed.outcomes } else { counts };
    Ok(exit_of(ended, judged))
}

/// An interrupt outranks the reason for which the run was stopping already.
fn exit_of(ended: &Ended, counts: &Counts) -> Exit {
    let halt = if ended.interrupted { Some(&Halt::Interrupted) } else { ended.halt.as_ref() };
    Exit::of(halt, counts)
}

/// The ledger's error, unless the halt's reason says it.
fn closed_error(ended: &Ended) -> Option<String> {
    let error = ended.closed.error.as_ref()?.to_string();
    let is_said = matches!(&ended.halt, Some(Halt::Stopped(reason)) if *reason == error);
    (!is_said).then_some(error)
}

/// Writes `results.csv`, and where the user wants it too. A file that cannot be replaced (open in a spreadsheet, read-only)
/// gets a neighbour; if nothing can be written that is told and no more: the ledger has everything anyway. How the rows stand
/// goes to the ledger, too: whoever calls holds the run's lock.
pub(super) fn write_results(
    place: &Place<'_, '_>,
    mut each: impl FnMut(&Member),
) -> Result<(Projected, Option<PathBuf>), RunError> {
    let target = place.folder.results();
    let again = |path: &Path, error: &io::Error| {
        let problem = Problem::new(format!("cannot be written: {error}")).warning();
        let help = format!("`rowcast results {} -o FILE` writes the results again", place.run.run);
        console::problem(&problem.help(help).in_file(path));
    };
    let mut lost = None;
    let mut file = AtomicFile::beside(&target).map_err(|error| lost = Some(error)).ok();
    let mut results = file
        .as_mut()
        .and_then(|file| csv_results(place, file, place.run.safe_cells).map_err(|error| lost = Some(error)).ok());
    let whole = (place.folder, place.run);
    let projected = project(whole, place.plan, place.only, false, |member| {
        each(member);
        if let Some(Err(error)) = results.as_mut().map(|results| results.row(&member.row, &member.standing)) {
            lost = Some(error);
            results = None;
        }
        Ok(())
    })?;
    if let Some(Err(error)) = results.as_mut().map(Results::finish) {
        lost = Some(error);
    }
    drop(results);
    let written = match (file, lost) {
        (Some(file), None) => place_file(file, &target),
        (_, lost) => Err(lost.unwrap_or_else(|| io::ErrorKind::WriteZero.into())),
    };
    let written = written.map_err(|error| again(&target, &error)).ok();
    if let (Some(output), Some(written)) = (&place.run.output, &written) {
        let copied = AtomicFile::beside(output).and_then(|mut copy| {
            io::copy(&mut File::open(written)?, &mut copy)?;
            place_file(copy, output)
        });
        if let Err(error) = copied {
            again(output, &error);
        }
    }
    keep_balance(place, &projected);
    Ok((projected, written))
}

/// Keeps how the rows stand for the next session. If that cannot be done nothing is lost: it counts them for itself then.
fn keep_balance(place: &Place<'_, '_>, projected: &Projected) {
    let keep = || {
        let mut ledger = Ledger::open(&place.folder.ledger())?;
        if ledger.keep_balance(&projected.balance)? {
            // Only a ledger that knows of its end can be told from a copy that does not.
            let _ = Starts::of(&place.run.run).remember_end(ledger.starts()?);
        }
        Ok::<(), LedgerError>(())
    };
    if projected.counts.total() == place.run.rows {
        let _ = keep();
    }
}

/// CSV results of this run.
pub(super) fn csv_results<W: io::Write>(place: &Place<'_, '_>, out: W, safe_cells: bool) -> io::Result<CsvResults<W>> {
    let delimiter = u8::try_from(place.run.data.delimiter).unwrap_or(b',');
    CsvResults::new(out, place.plan.header(), delimiter, with_status(place.plan), safe_cells)
}

/// True if the task's messages have a status of their own.
pub(super) fn with_status(plan: &Plan<'_>) -> bool {
    plan.task().outputs.contains(&"message-status")
}

/// Puts a file in its place, or beside it as `name-2.csv` if that place cannot be taken.
fn place_file(file: AtomicFile, target: &Path) -> io::Result<PathBuf> {
    let (file, error) = match file.commit(target) {
        Ok(()) => return Ok(target.to_owned()),
        Err((error, None)) => return Err(error),
        Err((error, Some(file))) => (file, error),
    };
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    let extension = target.extension().map_or(String::new(), |ext| format!(".{}", ext.to_string_lossy()));
    let neighbour = target.with_file_name(format!("{stem}-2{extension}"));
    file.commit(&neighbour).map_err(|(error, _)| error)?;
    let message = format!("cannot be replaced ({error}); the results are in {}", neighbour.display());
    console::problem(&Problem::new(message).warning().in_file(target));
    Ok(neighbour)
}

fn needs_a_look(state: State) -> bool {
    matches!(state, State::Rejected | State::Failed | State::Unknown | State::Invalid)
}

fn summary_row(plan: &Plan<'_>, member: &Member) -> SummaryRow {
    let Member { row, standing } = member;
    let recipient = match plan.verdict(&plan.scope(row.clone()), row.number, row.line) {
        Verdict::Ready(request, _) => request.draft.recipient.map(|to| to.to_string()).unwrap_or_default(),
        Verdict::Skipped(_) | Verdict::Invalid(_) => String::new(),
    };
    let Standing { state, answer, left, .. } = standing;
    let (code, detail, advice) = match (answer, left) {
        (_, Some(left)) => (String::new(), left.reason.clone(), String::new()),
        (Some(answer), None) if *state != State::Pending => {
            let (code, detail) = match &answer.reply {
                crate::model::Reply::Accepted { id, .. } => (String::new(), id.clone()),
                other => (other.code().to_owned(), other.message().to_owned()),
            };
            let advice = answer.note.advice.as_deref().unwrap_or_default();
            if standing.hides_doubt() {
                let advice = format!("{} {advice}", Standing::DOUBT_ADVICE).trim_end().to_owned();
                (code, format!("{detail} ({})", Standing::DOUBT), advice)
            } else {
                (code, detail, advice.to_owned())
            }
        }
        _ => Default::default(),
    };
    SummaryRow { row: row.number.0, state: *state, recipient, code, detail, advice }
}

/// What no counts tell of the rejected rows.
pub(super) struct Refused {
    /// So many no retry takes.
    pub(super) never_again: u64,
    /// So many may have arrived all the same.
    pub(super) doubtful: u64,
}

impl Refused {
    fn of(projected: &Projected) -> Self {
        let rejected = |of: fn(&Sum) -> bool| {
            let sums = projected.balance.sums().iter();
            sums.filter(|sum| sum.state == State::Rejected && of(sum)).map(|sum| sum.rows).sum()
        };
        Self { never_again: rejected(|sum| sum.never_again), doubtful: rejected(|sum| sum.doubt) }
    }
}

/// The commands that make sense now, with their reasons.
pub(super) fn next_commands(place: &Place<'_, '_>, counts: &Counts, refused: &Refused) -> Vec<(String, String)> {
    let place_flag = match place.runs_dir {
        dir if dir == Path::new("runs") => String::new(),
        dir => format!(" --runs-dir {}", visible(&dir.display().to_string())),
    };
    let name = &place.run.run;
    let [pending, failed, rejected, unknown, invalid] =
        [State::Pending, State::Failed, State::Rejected, State::Unknown, State::Invalid].map(|state| counts.get(state));
    let Refused { never_again, doubtful } = *refused;
    let earlier = if doubtful > 0 { format!("; of {doubtful} {}", Standing::DOUBT) } else { String::new() };
    let mended = format!("refused: follow the advice first{earlier}");
    let mut next = Vec::new();
    for (rows, command, reason) in [
        (pending, "resume", "pending"),
        (failed, "retry", "certainly not sent"),
        (rejected.saturating_sub(never_again), "retry --rejected", &*mended),
        (unknown, "retry --unknown", "in doubt: find out whether they arrived first"),
        (invalid, "retry --recipe FILE", "invalid: mend the recipe, or run the mended rows as a new list"),
        (never_again, "results --status rejected", "refused and not to be tried again: follow the advice"),
    ] {
        if rows > 0 {
            let rows = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
            next.push((format!("rowcast {command} {name}{place_flag}"), format!("{rows} {reason}")));
        }
    }
    if next.is_empty() {
        next.push((format!("rowcast show {name}{place_flag}"), "everything about this run".to_owned()));
    }
    next
}
