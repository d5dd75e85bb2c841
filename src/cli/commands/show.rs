//! `rowcast show`: the details of one run, or of one row.

use jiff::Timestamp;

use crate::app::{Error, Rendered, RowStory, explain_row};
use crate::cli::args::ShowArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::curl::curl;
use crate::cli::terminal::observer::TerminalObserver;
use crate::diag::visible;
use crate::ledger::{self, Fact, LedgerReader, SessionRow};
use crate::model::{Answer, Header, Reply, Row, RowNumber, RowStatus, State};
use crate::report::counts_line;
use crate::run::standing_counts;
use crate::run_folder::{RunFile, RunFolder, find_run};

/// Runs the command.
pub(in crate::cli) fn show(args: &ShowArgs) -> Result<Exit, Error> {
    let which = (&*args.which.runs_dir, &*args.which.run);
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
    let mut page = Page::default();
    page.line("run", &run.run);
    page.line("folder", &folder.path().display().to_string());
    let (counts, live) = standing_counts(folder, run);
    page.line("rows", &counts_line(&counts));
    if live {
        page.line("", "a process is working on this run");
    }
    page.line("task", &run.task);
    for (at, recipe) in run.recipes.iter().enumerate() {
        let digest = recipe.digest.get(..12).unwrap_or_default();
        let copy = folder.recipe(u32::try_from(at + 1).unwrap_or(u32::MAX));
        page.line("recipe", &format!("{} (sha256 {digest}…, copy in {})", recipe.path.display(), copy.display()));
    }
    let digest = run.data.digest.get(..12).unwrap_or_default();
    page.line("data", &format!("{} (sha256 {digest}…)", run.data.path.display()));
    let sandbox = if run.sandbox { ", sandbox" } else { "" };
    for connection in run.connections() {
        let url = connection.endpoint.get("base-url").unwrap_or_default();
        page.line("connection", &format!("{} ({url}{sandbox})", connection.name));
    }
    if let Some(number) = &run.test {
        page.line("test", &format!("every message went to {number}; recipients of the list got none"));
    }
    for session in &sessions {
        page.line("session", &session_line(session));
    }
    page.line("results", &folder.results().display().to_string());
    Ok(page.0)
}

fn session_line(session: &SessionRow) -> String {
    format!("{} {} {}, recipe revision {}", session.id, session.mode, moment(session.at_ms), session.revision)
}

fn show_row(story: &RowStory) -> String {
    let RowStory { open, row, status, rendered, facts } = story;
    let mut page = Page::default();
    page.line("run", &open.run.run);
    page.line("row", &format!("{}, line {} of {}", row.number, row.line, open.run.data.path.display()));
    page.line("state", status.state.word());
    if status.hides_doubt() {
        page.line("doubt", RowStatus::DOUBT);
        page.line("  advice", RowStatus::DOUBT_ADVICE);
    }
    page.cells(open.header(), row);
    match rendered {
        Rendered::Ready(request, connection) => {
            if let Some(name) = connection {
                page.line("connection", name);
            }
            page.line("request", curl(request, open.token_variable()).trim_end());
        }
        Rendered::Skipped(reason) => page.line("skipped", &reason.to_string()),
        Rendered::Invalid(errors) => {
            for (error, cells) in errors {
                page.line("invalid", error);
                for line in cells {
                    page.line("", line);
                }
            }
        }
    }
    for (session, fact) in facts {
        page.fact(*session, fact);
    }
    // The last attempt has no answer in the ledger: print the answer that its state implies.
    if status.state == State::Unknown
        && let Some((_, Fact::Intent { .. })) = facts.last()
        && let Some(answer) = &status.answer
    {
        page.answer(answer, None);
    }
    page.0
}

/// Lines of name and value.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, name: &str, value: &str) {
        let line = format!("{name:<11} {}\n", visible(value));
        self.0.push_str(&line);
    }

    fn cells(&mut self, header: &Header, row: &Row) {
        // Columns carried over from another run's results are not data.
        for at in header.carried() {
            let cell = row.cells.get(at).unwrap_or_default();
            self.line("cell", &format!("{} = {cell}", header.names()[at]));
        }
    }

    fn fact(&mut self, session: i64, fact: &Fact) {
        match fact {
            Fact::Excluded { left, .. } => self.line("excluded", &format!("{}: {}", left.state, left.reason)),
            Fact::Intent { attempt, asked, at_ms, .. } => {
                let asked = if *asked { ", explicitly requested" } else { "" };
                self.line("attempt", &format!("{attempt} at {} in session {session}{asked}", moment(*at_ms)));
            }
            Fact::Reply { recorded, .. } if recorded.withdrawn => {
                self.line("  withdrawn", recorded.answer.reply.message());
            }
            Fact::Reply { recorded, .. } => self.answer(&recorded.answer, Some(recorded.ms)),
        }
    }

    /// The answer to an attempt, and its duration in milliseconds if an answer came.
    fn answer(&mut self, Answer { reply, note }: &Answer, ms: Option<u64>) {
        let said = match reply {
            Reply::Accepted { id, .. } => format!("accepted {id}"),
            other => format!("{} {}: {}", other.kind().word(), other.code(), other.message()),
        };
        let status = note.http_status.map_or(String::new(), |status| format!(", HTTP {status}"));
        let took = ms.map_or(String::new(), |ms| format!(" ({ms} ms{status})"));
        self.line("  answer", &format!("{said}{took}"));
        for (name, text) in [("  title", &note.title), ("  trace", &note.trace), ("  body", &note.raw)] {
            if let Some(text) = text {
                self.line(name, text);
            }
        }
        if let Some(advice) = &note.advice {
            self.line("  advice", advice);
        }
    }
}

fn moment(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| at_ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
