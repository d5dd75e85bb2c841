//! `run --dry-run --html FILE`: the messages as their recipients will see them, as one page.

use std::io;
use std::path::Path;

use crate::diag::{Problem, Problems, Severity, cell_lines};
use crate::files::AtomicFile;
use crate::model::{Cell, Row};
use crate::plan::Plan;
use crate::report::{Preview, PreviewHead};
use crate::run::Finding;

use crate::cli::grouped::remarks;
use crate::cli::inputs::Inputs;

/// A page being written beside its target. It appears when it is whole.
pub(super) struct PreviewFile<'a> {
    page: Preview<AtomicFile>,
    target: &'a Path,
    failed: Option<io::Error>,
}

impl<'a> PreviewFile<'a> {
    /// Begins the page, with the problems that the recipe has whatever the rows hold.
    pub(super) fn begin(
        target: &'a Path,
        rows: u64,
        inputs: &Inputs,
        plan: &Plan<'_>,
        problems: &Problems,
    ) -> Result<Self, Problem> {
        let list = inputs.data.label();
        let list = list.file_name().unwrap_or(list.as_os_str()).to_string_lossy();
        let mut names = inputs.connections.iter().map(|(_, connection)| connection.name.as_str());
        // Messages of several senders are shown without saying whose each is.
        let name = names.next().filter(|name| *name != "inline" && names.next().is_none());
        let head = PreviewHead {
            recipe: &inputs.recipe.name,
            task: &plan.task().short(),
            sender: name.unwrap_or("Your business"),
            list: &list,
            header: plan.header().names(),
            rows,
        };
        let begin = || {
            let mut page = Preview::begin(AtomicFile::beside(target)?, &head)?;
            for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
                page.broken(None, 0, &problem.message, Vec::new())?;
            }
            Ok(page)
        };
        let page = begin().map_err(|error: io::Error| unwritable(&error, target))?;
        Ok(Self { page, target, failed: None })
    }

    /// Adds what the pass found of a row.
    pub(super) fn add(&mut self, finding: &Finding<'_>, row: Option<&Row>) {
        if self.failed.is_some() {
            return;
        }
        let page = &mut self.page;
        let added = match finding {
            Finding::Ready(request, about) => page.ready(request, &remarks(request, about), row),
            Finding::Invalid { row: number, line, errors, blame, .. } => {
                page.invalid((number.0, *line), errors, |error| blame.lines(error), row)
            }
            Finding::Skipped { row: number, line, reason, .. } => {
                page.skipped((number.0, *line), &reason.to_string(), row)
            }
            Finding::Broken(error) => {
                let cells = cell_lines(error.cells.iter().map(Cell::parts));
                page.broken(error.row.map(|row| row.0), error.line, &error.message, cells)
            }
            Finding::Recipe(problem) => page.broken(None, 0, &problem.message, Vec::new()),
        };
        self.failed = added.err();
    }

    /// Ends the page and puts it in its place. `templates` maps `name/language` to templates as Meta's API gives them.
    pub(super) fn finish(self, templates: Option<&serde_json::Value>) -> Result<(), Problem> {
        let unwritable = |error| unwritable(&error, self.target);
        if let Some(error) = self.failed {
            return Err(unwritable(error));
        }
        let file = self.page.finish(templates).map_err(unwritable)?;
        file.commit(self.target).map_err(|(error, _)| unwritable(error))
    }
}

fn unwritable(error: &io::Error, target: &Path) -> Problem {
    Problem::new(format!("cannot be written: {error}")).in_file(target)
}
