//! Excel workbooks: turns one sheet into canonical CSV. Cells are read as stored, not as shown; hidden and filtered
//! rows and columns are read too.
//!
//! Belongs here: choosing the sheet, and turning a cell into text. Does not belong here: parsing the file, which the
//! crate calamine does, and where the CSV goes.

use std::fs::File;
use std::io::{BufReader, Write};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};

use super::canonical::Canonical;
use super::error::DataError;
use super::limits::{COLUMNS, excerpt};

/// Which sheet was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// The sheet.
    pub(super) sheet: String,
    /// The names of the other visible sheets.
    pub(super) others: Vec<String>,
}

type CellReader<'a> = XlsxCellReader<'a, BufReader<File>>;

/// Turns a sheet into canonical CSV: the one named `wanted`, or the first visible one that is not empty.
pub(super) fn convert(file: File, wanted: Option<&str>, to: impl Write) -> Result<Read, DataError> {
    let mut book = Xlsx::new(BufReader::new(file)).map_err(|error| unreadable(1, &error))?;
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<(String, bool)> =
        sheets.map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible)).collect();
    let all = || sheets.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let chosen = match wanted {
        Some(wanted) if sheets.iter().any(|(name, _)| name == wanted) => Some(wanted.to_owned()),
        Some(wanted) => {
            let message = format!("no sheet `{wanted}` in the workbook");
            return Err(DataError::fatal(0, message).help(format!("it has: {}", all())));
        }
        None => first_with_data(&mut book, &sheets)?,
    };
    let Some(sheet) = chosen else {
        let error = DataError::fatal(1, "every visible sheet of the workbook is empty");
        return Err(error.help(format!("it has: {}; --sheet reads a hidden one", all())));
    };
    let cells = book.worksheet_cells_reader(&sheet).map_err(|error| unreadable(1, &error))?;
    SheetRows { cells, next: None, ended: false }.write(to)?;
    let others = sheets.into_iter().filter(|(name, visible)| *visible && *name != sheet).map(|(name, _)| name);
    let others = if wanted.is_some() { Vec::new() } else { others.collect() };
    Ok(Read { sheet, others })
}

fn first_with_data(book: &mut Xlsx<BufReader<File>>, sheets: &[(String, bool)]) -> Result<Option<String>, DataError> {
    for (name, _) in sheets.iter().filter(|(_, visible)| *visible) {
        let mut cells = book.worksheet_cells_reader(name).map_err(|error| unreadable(1, &error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(1, &error))? {
            if !is_empty(cell.get_value()) {
                return Ok(Some(name.clone()));
            }
        }
    }
    Ok(None)
}

/// A row of a sheet: its line, counted from 1, and its cells from the first column on.
struct SheetRow {
    line: u64,
    cells: Vec<Result<String, String>>,
}

/// A cell: zero-based row and column, and its text or why it has none.
type SheetCell = (u32, u32, Result<String, String>);

/// The rows of a sheet that are not empty.
struct SheetRows<'a> {
    cells: CellReader<'a>,
    /// The first cell of the next row.
    next: Option<SheetCell>,
    /// All cells were read; calamine fails if it is asked for more.
    ended: bool,
}

impl SheetRows<'_> {
    fn write(mut self, to: impl Write) -> Result<(), DataError> {
        let empty = || DataError::fatal(1, "the sheet is empty").help("its first row must name the columns");
        let header = self.row(0)?.ok_or_else(empty)?;
        let line = header.line;
        let names =
            header.cells.into_iter().enumerate().map(|(at, name)| name.map_err(|error| wrong(line, at, &error)));
        let names = names.collect::<Result<Vec<_>, _>>().map_err(|error| DataError { fatal: true, ..error })?;
        let mut out = Canonical::new(to, line, &names, |at| format!("column {}", letters(at)))?;
        let mut last = line;
        loop {
            let row = match self.row(last) {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(problem) => {
                    out.problem(&problem)?;
                    break;
                }
            };
            // Empty rows count as rows if others follow, as in CSV.
            for line in last + 1..row.line {
                out.row(line, std::iter::empty())?;
            }
            last = row.line;
            match cells_of(row, &names) {
                Ok(cells) => out.row(last, cells.iter().map(String::as_str))?,
                Err(problem) => out.problem(&problem)?,
            }
        }
        out.finish()
    }

    /// The next row that is not empty.
    fn row(&mut self, after: u64) -> Result<Option<SheetRow>, DataError> {
        let mut cells: Vec<Result<String, String>> = Vec::new();
        let mut current = None;
        while let Some((row, column, value)) = self.cell(current.map_or(after, |row: u32| u64::from(row) + 1))? {
            if current.is_some_and(|current| current != row) {
                self.next = Some((row, column, value));
                break;
            }
            let line = u64::from(row) + 1;
            if line <= after {
                let error = DataError::fatal(line, "the rows of the sheet are not in order");
                return Err(error.help("open it in Excel and save it again"));
            }
            current = Some(row);
            let at = column as usize;
            if at >= COLUMNS {
                let message =
                    format!("cell {}{line} is not empty, but Rowcast reads at most {COLUMNS} columns", letters(at));
                return Err(DataError::fatal(line, message).help("remove cells that are not part of the list"));
            }
            if at >= cells.len() {
                cells.resize(at + 1, Ok(String::new()));
            }
            cells[at] = value;
        }
        Ok(current.map(|row| SheetRow { line: u64::from(row) + 1, cells }))
    }

    /// The next cell that is not empty.
    fn cell(&mut self, line: u64) -> Result<Option<SheetCell>, DataError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        while !self.ended {
            let Some(cell) = self.cells.next_cell().map_err(|error| unreadable(line.max(1), &error))? else {
                self.ended = true;
                break;
            };
            if !is_empty(cell.get_value()) {
                let (row, column) = cell.get_position();
                return Ok(Some((row, column, text_of(cell.get_value()))));
            }
        }
        Ok(None)
    }
}

/// The cells of a row as text, or the problem of the first cell that has none.
fn cells_of(row: SheetRow, names: &[String]) -> Result<Vec<String>, DataError> {
    let (line, found) = (row.line, row.cells.len());
    let mut cells = Vec::with_capacity(found);
    for (at, cell) in row.cells.into_iter().enumerate() {
        let cell = cell.map_err(|error| match names.get(at) {
            Some(name) => wrong(line, at, &format!("(`{}`) {error}", excerpt(name))),
            None => wrong(line, at, &error),
        })?;
        if at >= names.len() && !cell.is_empty() {
            let error = wrong(line, at, &format!("contains `{}`, but its column has no name", excerpt(&cell)));
            return Err(error.help("name the column in the first row, or remove cells that are not part of the list"));
        }
        cells.push(cell);
    }
    Ok(cells)
}

fn wrong(line: u64, at: usize, what: &str) -> DataError {
    let help = "fix the cell, or format the column as text and enter it again";
    DataError::at(line, format!("{}{line} {what}", letters(at))).column(at + 1).help(help)
}

fn is_empty(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.is_empty(),
        DataRef::SharedString(text) => text.is_empty(),
        _ => false,
    }
}

/// A cell as text.
fn text_of(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number)?,
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::Error(error) => return Err(format!("contains the error {error}")),
    })
}

/// A number in digits. Excel keeps fifteen (Microsoft, Excel specifications and limits: number precision).
fn number_text(number: f64) -> Result<String, String> {
    if number.is_finite() && number.abs() < 1e15 {
        // `{}` writes the fewest digits that read as the same number, and no exponent; zero has no sign.
        return Ok(if number == 0.0 { "0".to_owned() } else { number.to_string() });
    }
    Err(format!("contains the number {number:e}, but Excel keeps only its first 15 digits"))
}

/// A date, a time of day, or both in ISO 8601. A duration is hours, minutes and seconds.
fn moment_text(moment: &ExcelDateTime) -> String {
    let days = moment.as_f64();
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    if moment.is_duration() && days >= 0.0 {
        // Rounded to the millisecond, as calamine rounds dates.
        let seconds = (days * 86_400.0).round();
        return format!(
            "{:02}:{:02}:{:02}",
            (seconds / 3600.0).floor(),
            ((seconds / 60.0) % 60.0).floor(),
            seconds % 60.0
        );
    }
    match (days < 1.0, (hour, minute, second, milli) == (0, 0, 0, 0)) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date}T{time}"),
    }
}

/// The letters of a column: A, B, … Z, AA.
fn letters(mut at: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or_default()));
        if at < 26 {
            return letters.iter().rev().collect();
        }
        at = at / 26 - 1;
    }
}

fn unreadable(line: u64, error: &XlsxError) -> DataError {
    let help = "open it in Excel and save it as .xlsx again, or as \"CSV UTF-8\"";
    match error {
        XlsxError::Password => DataError::fatal(1, "the workbook has a password").help("save it without one"),
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            DataError::fatal(1, "the file is a zip archive, but not an Excel workbook (.xlsx)").help(help)
        }
        error => DataError::fatal(line, format!("the workbook cannot be read: {error}")).help(help),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (number, text) in [
            (491_713_920_011.0, "491713920011"),
            (999_999_999_999_999.0, "999999999999999"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (-0.0, "0"),
            (1e-7, "0.0000001"),
            (42.0, "42"),
            (628_123_456_789.0, "628123456789"),
        ] {
            assert_eq!(number_text(number).as_deref(), Ok(text));
        }
        for number in [1e15, 4.917_139_200_111_234_5e17, -1e15, f64::INFINITY, f64::NAN] {
            assert!(number_text(number).is_err(), "{number}");
        }
    }

    #[test]
    fn moments_are_iso() {
        let text = |days, kind| moment_text(&ExcelDateTime::new(days, kind, false));
        assert_eq!(text(46_357.0, ExcelDateTimeType::DateTime), "2026-12-01");
        assert_eq!(text(46_357.75, ExcelDateTimeType::DateTime), "2026-12-01T18:00:00");
        assert_eq!(text(0.5, ExcelDateTimeType::DateTime), "12:00:00");
        assert_eq!(text(1.5, ExcelDateTimeType::TimeDelta), "36:00:00");
    }

    #[test]
    fn columns_have_letters() {
        for (at, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(at), name);
        }
    }
}
