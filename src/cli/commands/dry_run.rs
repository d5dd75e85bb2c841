//! `rowcast run --dry-run`: prints the messages, byte for byte, without token or network.

use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::{DryRun, Error, Notice, Observer, PageOptions, RunOptions};
use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::curl::curl;
use crate::cli::terminal::observer::{TerminalObserver, tally_line};
use crate::diag::{Problem, visible};
use crate::model::{Cell, Request, Row, RowNumber};
use crate::rows::DataError;
use crate::run::Finding;

/// Number of rows that the text output prints in full.
const SHOWN: u64 = 3;

/// Runs the command.
pub(in crate::cli) fn dry_run(args: &RunArgs) -> Result<Exit, Error> {
    let page = args.html.clone().map(|path| PageOptions { path, rows: args.html_rows });
    let dry_run = DryRun::open(RunOptions::from(args), &mut TerminalObserver)?;
    let mut printer = Printer { args, token_variable: dry_run.token_variable(), shown: 0, reader: Ok(true) };
    let found = dry_run.render(page.as_ref(), &mut printer)?;
    if let Some(page) = &page {
        printer.data(&format!("page: {}\n", visible(&page.path.display().to_string())));
    }
    if !args.json && !args.curl {
        for note in &found.memory {
            printer.data(&format!("memory: {note}\n"));
        }
        for note in &found.templates {
            printer.data(&format!("templates: {note}\n"));
        }
        printer.data(&format!("{}\n", tally_line(&found.tally)));
    }
    printer.reader?;
    Ok(if found.valid { Exit::Done } else { Exit::Invalid })
}

/// Prints each row as it is found.
struct Printer<'a> {
    args: &'a RunArgs,
    /// Where the commands of `--curl` have the token.
    token_variable: &'static str,
    shown: u64,
    /// Whether standard output is still open, or why it cannot be written. The checks continue in any case.
    reader: Result<bool, Error>,
}

impl Observer for Printer<'_> {
    fn problem(&mut self, problem: &Problem) {
        TerminalObserver.problem(problem);
    }

    fn note(&mut self, note: &Notice) {
        TerminalObserver.note(note);
    }

    fn row(&mut self, finding: &Finding<'_>, row: Option<&Row>, list: &Path) {
        if self.args.html.is_none() {
            self.print(finding);
        }
        // JSON output contains the errors of a row in its line.
        if !self.args.json || !matches!(finding, Finding::Invalid { .. }) {
            TerminalObserver.row(finding, row, list);
        }
    }
}

impl Printer<'_> {
    fn print(&mut self, finding: &Finding<'_>) {
        let text = if self.args.json { json(finding) } else { self.page(finding) };
        if let Some(text) = text {
            self.data(&text);
        }
    }

    fn page(&mut self, finding: &Finding<'_>) -> Option<String> {
        let Finding::Ready(request, _) = finding else { return None };
        if self.args.curl {
            return Some(curl(request, self.token_variable));
        }
        self.shown += 1;
        (self.shown <= SHOWN).then(|| pretty(request))
    }

    fn data(&mut self, text: &str) {
        if let Ok(true) = self.reader {
            self.reader = console::data(text);
        }
    }
}

/// One JSON object per row. Other programs rely on its layout.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Ready {
        row: RowNumber,
        line: u64,
        method: &'a str,
        url: &'a str,
        body: &'a RawValue,
    },
    Invalid {
        row: RowNumber,
        line: u64,
        errors: Vec<Told<'a>>,
    },
    Skipped {
        row: RowNumber,
        line: u64,
        skipped: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
}

/// One problem of a row. `column` and `cell` are beside the message, or in `cells` if several cells are involved.
#[derive(Serialize)]
struct Told<'a> {
    field: &'a str,
    message: &'a str,
    #[serde(flatten)]
    cell: Option<Cell>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cells: Vec<Cell>,
}

impl<'a> Told<'a> {
    fn new(field: &'a str, message: &'a str, mut cells: Vec<Cell>) -> Self {
        let cell = if cells.len() == 1 { cells.pop() } else { None };
        Self { field, message, cell, cells }
    }
}

fn json(finding: &Finding<'_>) -> Option<String> {
    let line = match finding {
        Finding::Ready(request, _) => {
            let Request { row, line, draft, .. } = request;
            // The raw body, because these are the bytes that a run sends.
            let body = draft.body.outline();
            let body = serde_json::from_slice::<&RawValue>(&body).ok()?;
            return to_line(&Line::Ready { row: *row, line: *line, method: draft.method, url: &draft.url, body });
        }
        Finding::Invalid { row, line, errors, trace, .. } => {
            let told = errors.iter().map(|error| Told::new(&error.field, &error.message, trace.cells(error)));
            Line::Invalid { row: *row, line: *line, errors: told.collect() }
        }
        Finding::Skipped { row, line, reason, .. } => {
            Line::Skipped { row: *row, line: *line, skipped: reason.word(), detail: reason.detail() }
        }
        Finding::Broken(DataError { row: Some(row), line, message, cells, .. }) => {
            Line::Invalid { row: *row, line: *line, errors: vec![Told::new("row", message, cells.to_vec())] }
        }
        Finding::Broken(_) | Finding::Recipe(_) => return None,
    };
    to_line(&line)
}

fn to_line(line: &Line<'_>) -> Option<String> {
    serde_json::to_string(line).ok().map(|text| text + "\n")
}

fn pretty(request: &Request) -> String {
    let body = serde_json::from_slice::<serde_json::Value>(&request.draft.body.outline())
        .and_then(|body| serde_json::to_string_pretty(&body))
        .unwrap_or_default();
    let body: Vec<String> = body.lines().map(visible).collect();
    let Request { row, line, draft, .. } = request;
    format!("row {row} (line {line})  {} {}\n{}\n\n", draft.method, draft.url, body.join("\n"))
}
