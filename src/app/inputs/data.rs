//! The list of a command: finding it, reading it, and reporting damage.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Place, Problem, Problems, cell_lines};
use crate::model::{Cell, Header, RowNumber};
use crate::recipe::Recipe;
use crate::rows::{
    Csv, CsvOptions, Damage, DataError, Format, HashingReader, List, ReadOptions, Remark, SeekPoint, SeekPoints,
    open_file,
};
use crate::run_folder::DataFacts;

use crate::app::{Notice, Observer};

use super::options::SourceOptions;
use super::source::{at_key, untouched};

/// A list whose header was read.
pub(crate) struct Data {
    /// The file to read: the list, or a copy of it as UTF-8 CSV.
    pub(crate) path: PathBuf,
    /// The list, as the user named it.
    pub(crate) shown: PathBuf,
    pub(crate) header: Header,
    pub(crate) delimiter: u8,
    options: CsvOptions,
    /// Keeps the copy until the command ends, and describes the original.
    list: Option<List>,
    /// Seek points in a run's snapshot.
    seek_points: SeekPoints,
}

impl Data {
    /// Opens the list that a recipe or the options name.
    pub(crate) fn find(
        recipe: &Recipe,
        options: &SourceOptions,
        problems: &mut Problems,
        observer: &mut dyn Observer,
    ) -> Result<Self, Problem> {
        let beside = || recipe.data.as_ref().map(|data| recipe.source.beside(data));
        let Some(path) = options.data.clone().or_else(|| match recipe.data.as_deref() {
            Some("-") => Some(PathBuf::from("-")),
            _ => beside(),
        }) else {
            let help = "add `data: FILE` to the recipe, or use -d FILE";
            return Err(Problem::new("no data file").help(help).in_file(&recipe.source.path));
        };
        let reading =
            ReadOptions { delimiter: options.delimiter, encoding: options.encoding, sheet: options.sheet.clone() };
        let opened = if path.as_os_str() == "-" {
            List::of_pipe(io::stdin().lock(), &reading)
        } else {
            List::open(&path, &reading)
        };
        let list = opened.map_err(|error| match data_problem(&error, label(&path)) {
            // A problem of the whole file is shown at the recipe's `data` key, unless a flag caused it.
            problem
                if matches!(problem.place, Place::Nowhere)
                    && options.data.is_none()
                    && !error.message.starts_with("--") =>
            {
                at_key(problem, &recipe.source, "data")
            }
            problem => problem,
        })?;
        for remark in list.remarks() {
            match remark {
                Remark::Note(text) => {
                    observer.note(&Notice::ListRead { list: label(&path).to_owned(), text: text.clone() });
                }
                Remark::Warning(error) => problems.push(data_problem(error, label(&path)).warning()),
            }
        }
        Ok(Self {
            path: list.path().to_owned(),
            shown: path,
            header: list.header().clone(),
            delimiter: list.options().delimiter.unwrap_or(b','),
            options: list.options().clone(),
            list: Some(list),
            seek_points: SeekPoints::default(),
        })
    }

    /// Opens the snapshot of a run, if its digest still matches.
    pub(crate) fn of_run(path: PathBuf, facts: &DataFacts) -> Result<Self, Problem> {
        let options = CsvOptions {
            delimiter: u8::try_from(facts.delimiter).ok(),
            lined: facts.format.is_some(),
            encoding: facts.encoding.as_deref().and_then(|name| name.parse().ok()),
        };
        let seek_points = untouched(&path, &facts.digest, |path| SeekPoints::of(path, &options))?;
        let csv = open_file(&path, &options).map_err(|error| data_problem(&error, label(&facts.path)))?;
        let (header, delimiter) = (csv.header().clone(), csv.delimiter());
        Ok(Self { path, shown: facts.path.clone(), header, delimiter, options, list: None, seek_points })
    }

    /// A reader of the rows, which also computes the digest of all bytes.
    pub(crate) fn rows(&self) -> Result<Csv<HashingReader<File>>, Problem> {
        let file = File::open(&self.path).map_err(|error| Problem::new(error.to_string()).in_file(&self.shown))?;
        Csv::open(HashingReader::new(file), &self.options).map_err(|error| data_problem(&error, self.label()))
    }

    /// The seek point in a run's snapshot from which to read a row.
    pub(crate) fn seek_point(&self, row: RowNumber) -> Option<SeekPoint> {
        self.seek_points.before(row)
    }

    /// The name of the list in problems.
    pub(crate) fn label(&self) -> &Path {
        label(&self.shown)
    }

    /// The facts that `run.json` records about the list, without path and digest.
    pub(crate) fn facts(&self) -> DataFacts {
        let format = self.list.as_ref().map(List::format).filter(|format| *format != Format::Csv);
        DataFacts {
            path: PathBuf::new(),
            digest: String::new(),
            delimiter: char::from(self.delimiter),
            format: format.map(|format| format.to_string()),
            encoding: self.options.encoding.map(|encoding| encoding.name().to_owned()),
            sheet: self.list.as_ref().and_then(List::sheet).map(str::to_owned),
        }
    }
}

fn label(shown: &Path) -> &Path {
    if shown.as_os_str() == "-" { Path::new("standard input") } else { shown }
}

/// Converts a data error to a problem with its place.
pub(crate) fn data_problem(error: &DataError, shown: &Path) -> Problem {
    let problem = Problem::new(error.message.clone());
    let problem = match &error.help {
        Some(help) => problem.help(help.clone()),
        None => problem,
    };
    match error.line {
        0 => problem,
        line => {
            let cells = cell_lines(error.cells.iter().map(Cell::parts)).into();
            problem.at(Place::Row { path: shown.into(), line, row: error.row.map(|row| row.0), cells })
        }
    }
}

/// Reports the damage that a pass over all rows found in the list.
pub(crate) fn report_damage(damage: &mut Damage, rows: &Csv<impl io::Read>, shown: &Path, observer: &mut dyn Observer) {
    for error in damage.report(rows.header()) {
        observer.problem(&data_problem(&error, shown).warning());
    }
    if let Some((count, line)) = rows.excluded() {
        observer.note(&Notice::BlankRows { list: shown.to_owned(), line, count });
    }
}
