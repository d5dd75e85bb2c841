//! The dry run: renders every message without token or network, and writes an HTML preview of the messages.

use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Problem, cell_lines};
use crate::files::AtomicFile;
use crate::model::{Cell, Row};
use crate::report::{Preview, PreviewHead};
use crate::run::{Finding, Tally};

use crate::app::inputs::options::RunOptions;
use crate::app::inputs::settings::{redirect_to_test_number, settings};
use crate::app::inputs::{Inputs, refuse_unknown_vars};
use crate::app::{Error, Observer};

use super::check::Examined;
use super::sent_already::told;
use super::templates::{LookupPolicy, TemplateCatalog, all_pinned};

/// The options of the preview page.
#[derive(Debug, Clone)]
pub struct PageOptions {
    /// The file.
    pub path: PathBuf,
    /// The number of rows to show, besides every row with a problem.
    pub rows: u64,
}

/// The result of a dry run.
pub struct DryRun {
    options: RunOptions,
    inputs: Inputs,
}

/// What a dry run found.
pub struct Rendering {
    /// How many rows are ready, skipped and invalid.
    pub tally: Tally,
    /// The source of the templates, or why they were not checked.
    pub templates: Vec<String>,
    /// How many have the message already, and what to do about doubt.
    pub memory: Vec<String>,
    /// Whether recipe and rows are valid.
    pub valid: bool,
}

impl DryRun {
    /// Reads what `options` name.
    pub fn open(options: RunOptions, observer: &mut dyn Observer) -> Result<Self, Error> {
        let mut inputs = Inputs::read(&options.source, observer)?;
        refuse_unknown_vars(&inputs.recipe, &options.source.vars)?;
        settings(&mut inputs, &options.send)?;
        redirect_to_test_number(&mut inputs, options.to.as_deref())?;
        inputs.rehearsal = options.sandbox.is_some();
        Ok(Self { options, inputs })
    }

    /// The environment variable that holds the token, where a command names it.
    pub fn token_variable(&self) -> &'static str {
        self.inputs.connections.entry().token_variable
    }

    /// Renders every row. `observer` sees each request as a run would send it, byte for byte; `page` shows the messages.
    pub fn render(&self, page: Option<&PageOptions>, observer: &mut dyn Observer) -> Result<Rendering, Error> {
        let Self { options, inputs } = self;
        let catalog = TemplateCatalog::gather(inputs, all_pinned(&inputs.connections)?, LookupPolicy::DryRun)?;
        let mut page = page.map(|page| PreviewFile::begin(page, inputs)).transpose()?;
        let look = |finding: &Finding<'_>, row: Option<&Row>| {
            if let Some(page) = &mut page {
                page.add(finding, row);
            }
        };
        let runs_dir = inputs.project.runs_dir(options.runs_dir.as_deref());
        let place = (&*runs_dir, options.again);
        let Examined { checked, checks, recipe_is_valid, .. } = Examined::new(inputs, &catalog, place, look, observer)?;
        if let Some(page) = page {
            page.finish(catalog.shown(&inputs.recipe).as_ref())?;
        }
        let templates = catalog.notes(|index| checked.uses(index));
        let memory = told(&checks.sent, &inputs.recipe.audience, options.again);
        // A dry run reports invalid rows even if `--skip-invalid` would allow them.
        Ok(Rendering { tally: checked.tally, templates, memory, valid: checked.tally.allows(false) && recipe_is_valid })
    }
}

/// A page being written to a temporary file, which replaces the target when it is complete.
struct PreviewFile<'a> {
    page: Preview<AtomicFile>,
    target: &'a Path,
    failed: Option<io::Error>,
}

impl<'a> PreviewFile<'a> {
    /// Begins the page.
    fn begin(options: &'a PageOptions, inputs: &Inputs) -> Result<Self, Problem> {
        let target = &options.path;
        let list = inputs.data.label();
        let list = list.file_name().unwrap_or(list.as_os_str()).to_string_lossy();
        let mut names = inputs.connections.iter().map(|(_, connection)| connection.name.as_str());
        // With several senders the page does not name the sender.
        let name = names.next().filter(|name| *name != "inline" && names.next().is_none());
        let head = PreviewHead {
            recipe: &inputs.recipe.name,
            task: &inputs.task.short(),
            sender: name.unwrap_or("Your business"),
            list: &list,
            header: inputs.data.header.names(),
            rows: options.rows,
        };
        let begin = || Preview::begin(AtomicFile::beside(target)?, &head);
        let page = begin().map_err(|error| unwritable(&error, target))?;
        Ok(Self { page, target, failed: None })
    }

    /// Adds the finding of a row.
    fn add(&mut self, finding: &Finding<'_>, row: Option<&Row>) {
        if self.failed.is_some() {
            return;
        }
        let page = &mut self.page;
        let added = match finding {
            Finding::Ready(request, about) => page.ready(request, about, row),
            Finding::Invalid { row: number, line, errors, trace, .. } => {
                page.invalid((number.0, *line), errors, |error| trace.lines(error), row)
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

    /// Completes the page and moves it to its target. `templates` maps `name/language` to templates as Meta's API gives them.
    fn finish(self, templates: Option<&serde_json::Value>) -> Result<(), Problem> {
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
