//! `rowcast show`: the details of one run, or of one row.

use jiff::Timestamp;

use crate::app::{Error, Rendered, RowStory, explain_row, runs_dir};
use crate::cli::args::ShowArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::curl::curl;
use crate::cli::terminal::observer::TerminalObserver;
use crate::diag::{Sheet, utc};
use crate::ledger::{self, Fact, LedgerReader, SessionRow};
use crate::model::{Answer, Header, Reply, Row, RowNumber, RowStatus, State};
use crate::report::counts_line;
use crate::run::standing_counts;
use crate::run_folder::{RunFile, RunFolder, find_run};

/// Runs the command.
pub(in crate::cli) fn show(args: &ShowArgs) -> Result<Exit, Error> {
    let runs_dir = runs_dir(args.which.runs_dir.as_deref());
    let which = (&*runs_dir, &*args.which.run);
    let text = if let Some(row) = args.row {
        show_row(&explain_row(which, RowNumber(row), &mut TerminalObserver)?)
    } else {
        let (folder, run) = find_run(which.0, which.1)?;
        show_run(&folder, &run)?
    };
    console::data(&text)?;
    Ok(Exit::Done)
}

fn show_run(folder: &RunFolder, run: &RunFile) -> Result<String, Error> {
    let sessions = ledger::read(&folder.ledger())?.sessions()?;
    let mut sheet = Sheet::default();
    sheet.line("run", &run.run);
    sheet.line("folder", &folder.path().display().to_string());
    let (counts, live) = standing_counts(folder, run);
    sheet.line("rows", &counts_line(&counts));
    if live {
        sheet.line("", "a process is working on this run");
    }
    sheet.line("task", &run.task);
    for (at, recipe) in run.recipes.iter().enumerate() {
        let digest = recipe.digest.get(..12).unwrap_or_default();
        let copy = folder.recipe(u32::try_from(at + 1).unwrap_or(u32::MAX));
        sheet.line("recipe", &format!("{} (sha256 {digest}…, copy in {})", recipe.path.display(), copy.display()));
    }
    let digest = run.data.digest.get(..12).unwrap_or_default();
    sheet.line("data", &format!("{} (sha256 {digest}…)", run.data.path.display()));
    let sandbox = if run.sandbox { ", sandbox" } else { "" };
    for connection in run.connections() {
        let url = connection.endpoint.get("base-url").unwrap_or_default();
        sheet.line("connection", &format!("{} ({url}{sandbox})", connection.name));
    }
    if let Some(number) = &run.test {
        sheet.line("test", &format!("every message went to {number}; recipients of the list got none"));
    }
    for session in &sessions {
        sheet.line("session", &session_line(session));
    }
    sheet.line("results", &folder.results().display().to_string());
    Ok(sheet.to_string())
}

fn session_line(session: &SessionRow) -> String {
    format!("{} {} {}, recipe revision {}", session.id, session.mode, moment(session.at_ms), session.revision)
}

fn show_row(story: &RowStory) -> String {
    let RowStory { open, row, status, rendered, facts } = story;
    let mut sheet = Sheet::default();
    sheet.line("run", &open.run.run);
    sheet.line("row", &format!("{}, line {} of {}", row.number, row.line, open.run.data.path.display()));
    sheet.line("state", status.state.word());
    if status.hides_doubt() {
        sheet.line("doubt", RowStatus::DOUBT);
        sheet.line("  advice", RowStatus::DOUBT_ADVICE);
    }
    add_cells(&mut sheet, open.header(), row);
    match rendered {
        Rendered::Ready(request, connection) => {
            if let Some(name) = connection {
                sheet.line("connection", name);
            }
            sheet.line("request", curl(request, open.token_variable()).trim_end());
        }
        Rendered::Skipped(reason) => sheet.line("skipped", &reason.to_string()),
        Rendered::Invalid(errors) => {
            for (error, cells) in errors {
                sheet.line("invalid", error);
                for line in cells {
                    sheet.line("", line);
                }
            }
        }
    }
    for (session, fact) in facts {
        add_fact(&mut sheet, *session, fact);
    }
    // The last attempt has no answer in the ledger: print the answer that its state implies.
    if status.state == State::Unknown
        && let Some((_, Fact::Intent { .. })) = facts.last()
        && let Some(answer) = &status.answer
    {
        add_answer(&mut sheet, answer, None);
    }
    sheet.to_string()
}

/// Adds the cells of the list.
fn add_cells(sheet: &mut Sheet, header: &Header, row: &Row) {
    // Columns carried over from another run's results are not data.
    for at in header.carried() {
        let cell = row.cells.get(at).unwrap_or_default();
        sheet.line("cell", &format!("{} = {cell}", header.names()[at]));
    }
}

/// Adds a fact of the ledger.
fn add_fact(sheet: &mut Sheet, session: i64, fact: &Fact) {
    match fact {
        Fact::Excluded { exclusion, .. } => {
            sheet.line("excluded", &format!("{}: {}", exclusion.state, exclusion.reason));
        }
        Fact::Intent { attempt, asked, at_ms, .. } => {
            let asked = if *asked { ", explicitly requested" } else { "" };
            sheet.line("attempt", &format!("{attempt} at {} in session {session}{asked}", moment(*at_ms)));
        }
        Fact::Reply { recorded, .. } if recorded.withdrawn => {
            sheet.line("  withdrawn", recorded.answer.reply.message());
        }
        Fact::Reply { recorded, .. } => add_answer(sheet, &recorded.answer, Some(recorded.ms)),
    }
}

/// Adds the answer to an attempt, and its duration in milliseconds if an answer came.
fn add_answer(sheet: &mut Sheet, Answer { reply, note }: &Answer, ms: Option<u64>) {
    let said = match reply {
        Reply::Accepted { id, .. } => format!("accepted {id}"),
        other => format!("{} {}: {}", other.kind().word(), other.code(), other.message()),
    };
    let status = note.http_status.map_or(String::new(), |status| format!(", HTTP {status}"));
    let took = ms.map_or(String::new(), |ms| format!(" ({ms} ms{status})"));
    sheet.line("  answer", &format!("{said}{took}"));
    for (name, text) in [("  title", &note.title), ("  trace", &note.trace), ("  body", &note.raw)] {
        if let Some(text) = text {
            sheet.line(name, text);
        }
    }
    if let Some(advice) = &note.advice {
        sheet.line("  advice", advice);
    }
}

fn moment(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), utc)
}
