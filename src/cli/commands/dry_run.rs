//! `rowcast run --dry-run`: what would be sent, byte for byte, without token or network.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::diag::{Problems, visible, visible_json};
use crate::model::{Cell, Request, RowNumber};
use crate::rows::DataError;
use crate::run::{Checks, Finding};

use crate::cli::args::RunArgs;
use crate::cli::commands::check::{check_all, sentence};
use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::Inputs;
use crate::cli::knowledge::{Knowledge, Reach, all_pinned};
use crate::cli::preview::PreviewFile;
use crate::cli::screen::screen;
use crate::cli::terminal::console;
use crate::cli::test_run::aim;
use crate::cli::timetable::settings;

/// Rows that the page for people prints in full.
const SHOWN: u64 = 3;

/// Runs the command.
pub(in crate::cli) fn dry_run(args: &RunArgs) -> Result<Exit, Failure> {
    let mut inputs = Inputs::read(&args.source)?;
    settings(&mut inputs, &args.send)?;
    aim(&mut inputs, args.to.as_deref())?;
    let knowledge = Knowledge::gather(&inputs, all_pinned(&inputs.connections)?, Reach::DryRun)?;
    let mut problems = Problems::default();
    let plan = inputs.plan(&mut problems);
    console::problems(&problems);
    let only = inputs.only(&plan)?;
    let html = args.html.as_deref();
    let begin = |target| PreviewFile::begin(target, args.html_rows, &inputs, &plan, &problems);
    let mut preview = html.map(begin).transpose()?;
    let mut printer = Printer { args, shown: 0, reader: Ok(true) };
    let mut checks = Checks {
        contracts: knowledge.contracts(),
        screen: screen(&inputs, &args.runs_dir, args.sandbox)?,
        ..Checks::default()
    };
    let checked = check_all(&inputs, &plan, only.as_ref(), &mut checks, |finding, row| {
        if let Some(preview) = &mut preview {
            preview.add(finding, row);
        } else {
            printer.print(finding);
        }
        (!args.json || !matches!(finding, Finding::Invalid { .. })).then_some(finding)
    })?;
    if let (Some(preview), Some(target)) = (preview, html) {
        preview.finish(knowledge.shown(&inputs.recipe).as_ref())?;
        printer.data(&format!("page: {}\n", visible(&target.display().to_string())));
    }
    if !args.json && !args.curl {
        for note in knowledge.notes(|via| checked.uses(via)) {
            printer.data(&format!("templates: {note}\n"));
        }
        printer.data(&format!("{}\n", sentence(&checked.tally)));
    }
    printer.reader?;
    // It says how the list is, whatever a run would do about it.
    let fine = checked.tally.allows(false) && !problems.has_errors();
    Ok(if fine { Exit::Done } else { Exit::Invalid })
}

struct Printer<'a> {
    args: &'a RunArgs,
    shown: u64,
    /// Whether somebody reads standard output, or why nobody can. The checks go on all the same.
    reader: Result<bool, Failure>,
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
            return Some(curl(request));
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

/// One object per row, in the layout that other programs rely on.
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

/// One problem of a row. `column` and `cell` stand beside the message, or in `cells` if there are several to blame.
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
            // The body as it is, not read and written again: these are the bytes that a run sends.
            let body = serde_json::from_slice::<&RawValue>(&draft.body).ok()?;
            Line::Ready { row: *row, line: *line, method: draft.method, url: &draft.url, body }
        }
        Finding::Invalid { row, line, errors, blame, .. } => {
            let told = errors.iter().map(|error| Told::new(&error.field, &error.message, blame.cells(error)));
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
    let body = serde_json::from_slice::<serde_json::Value>(&request.draft.body)
        .and_then(|body| serde_json::to_string_pretty(&body))
        .unwrap_or_default();
    let body: Vec<String> = body.lines().map(visible).collect();
    let Request { row, line, draft, .. } = request;
    format!("row {row} (line {line})  {} {}\n{}\n\n", draft.method, draft.url, body.join("\n"))
}

/// The request as a command for a POSIX shell. The token is named, never printed, and nothing in it is invisible.
pub(in crate::cli) fn curl(request: &Request) -> String {
    let body = visible_json(&String::from_utf8_lossy(&request.draft.body)).replace('\'', "'\\''");
    let (method, url) = (request.draft.method, &request.draft.url);
    format!(
        "curl -X {method} '{url}' -H \"Authorization: Bearer $WHATSAPP_TOKEN\" -H 'Content-Type: application/json' --data-raw '{body}'\n"
    )
}
