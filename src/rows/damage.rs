//! Damage that spreadsheets and exports do to cells: text decoded twice, failed formulas, shortened numbers, invisible
//! characters. Damaged rows are not refused; each kind of damage is reported once per column.
//!
//! Belongs here: recognising damage in a cell, and collecting it in constant memory. Does not belong here: what makes a
//! field invalid, which its task decides.

use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1252;

use super::error::DataError;
use super::limits::excerpt;
use crate::model::{Header, Row, RowNumber};

/// Maximum row numbers per report.
const NAMED: usize = 5;

/// The kinds of damage, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DamageKind {
    Mojibake,
    Replaced,
    Failed,
    Shortened,
    Invisible,
}

/// Damage of one kind in one column.
#[derive(Debug)]
struct Found {
    line: u64,
    first: RowNumber,
    sample: Sample,
    named: Vec<RowNumber>,
    cells: u64,
}

/// A damaged cell.
#[derive(Debug)]
struct Sample {
    /// The part of the cell to show.
    cell: String,
    /// What is wrong with it.
    what: String,
}

/// Collects the damage of rows.
#[derive(Debug, Default)]
pub struct Damage {
    found: BTreeMap<(usize, DamageKind), Found>,
    /// Shortened numbers of the current row. If its task refuses the row, which is most likely because of them, they
    /// are not reported again.
    shortened: Vec<(usize, Sample)>,
    row: Option<(RowNumber, u64)>,
}

impl Damage {
    /// Records the damage of a row.
    pub fn record(&mut self, row: &Row) {
        self.settle();
        // The common case: no byte of the row can be damage.
        if !may_be_damaged(row.cells.as_slice().as_bytes()) {
            return;
        }
        self.row = Some((row.number, row.line));
        // Most cells are ASCII even in lists of names and places.
        let cells = row.cells.iter().enumerate().filter(|(_, cell)| may_be_damaged(cell.as_bytes()));
        for (column, cell) in cells {
            match damage_of(cell) {
                Some((DamageKind::Shortened, sample)) => self.shortened.push((column, sample)),
                Some((kind, sample)) => self.add(column, kind, sample),
                None => {}
            }
        }
    }

    /// The task of the last row has refused it, with a reason.
    pub fn refused(&mut self) {
        self.shortened.clear();
    }

    fn settle(&mut self) {
        for (column, sample) in std::mem::take(&mut self.shortened) {
            self.add(column, DamageKind::Shortened, sample);
        }
    }

    fn add(&mut self, column: usize, kind: DamageKind, sample: Sample) {
        let Some((number, line)) = self.row else { return };
        let new = || Found { line, first: number, sample, named: Vec::new(), cells: 0 };
        let found = self.found.entry((column, kind)).or_insert_with(new);
        found.cells += 1;
        if found.named.len() < NAMED {
            found.named.push(number);
        }
    }

    /// One problem per column and kind, at the place of the first cell.
    pub fn report(&mut self, header: &Header) -> Vec<DataError> {
        self.settle();
        let reported = self.found.iter().map(|((column, kind), found)| {
            let name = header.names().get(*column).map_or("", String::as_str);
            let message = format!("{}{}", found.sample.what, rows(found));
            let error = DataError { row: Some(found.first), ..DataError::at(found.line, message) };
            error.column(column + 1).cell(name, &*found.sample.cell).help(kind.cure())
        });
        reported.collect()
    }
}

/// ` (12 cells: rows 1, 2, 3, 4, 5 …)`, for more than one.
fn rows(found: &Found) -> String {
    if found.cells == 1 {
        return String::new();
    }
    let named: Vec<String> = found.named.iter().map(RowNumber::to_string).collect();
    let more = if found.cells > found.named.len() as u64 { " …" } else { "" };
    format!(" ({} cells, rows {}{more})", found.cells, named.join(", "))
}

impl DamageKind {
    fn cure(self) -> &'static str {
        match self {
            Self::Mojibake => {
                "this is UTF-8 text that was read as Windows-1252; import it as UTF-8 (in Excel: Data, From Text/CSV)"
            }
            Self::Replaced => "U+FFFD marks a lost character; export the list again from its source",
            Self::Failed => "a formula in the sheet failed; fix it there and export the list again",
            Self::Shortened => "Excel shortened a long number; format the column as text and enter it again",
            Self::Invisible => "invisible characters are sent as they are; remove them, or write {{ column | trim }}",
        }
    }
}

/// True if the bytes may hold damage: a character beyond ASCII, a `#`, an `E+`.
fn may_be_damaged(bytes: &[u8]) -> bool {
    // One pass without branches.
    let (mut telling, mut before) = (false, 0);
    for &byte in bytes {
        telling |= byte >= 0x80 || byte == b'#' || (byte == b'+' && before | 0x20 == b'e');
        before = byte;
    }
    telling
}

/// What is wrong with a cell.
fn damage_of(cell: &str) -> Option<(DamageKind, Sample)> {
    // The part of a long cell around byte `at`.
    let sample = |at: usize, what: String| Sample { cell: around(cell, at), what };
    let text = cell.trim();
    if is_failed(text) {
        return Some((DamageKind::Failed, sample(0, "an Excel error".to_owned())));
    }
    if is_shortened(text) {
        return Some((DamageKind::Shortened, sample(0, "a number that has lost its digits".to_owned())));
    }
    if cell.is_ascii() {
        return None;
    }
    if let Some(at) = cell.find(char::REPLACEMENT_CHARACTER) {
        return Some((DamageKind::Replaced, sample(at, "a character is lost".to_owned())));
    }
    if let Some(mended) = mended(cell) {
        return Some((DamageKind::Mojibake, sample(0, format!("garbled text, probably `{}`", excerpt(&mended)))));
    }
    if is_number(cell) {
        return None;
    }
    let hidden = cell.chars().next().filter(|c| is_hidden(*c)).map(|c| (0, c, "begins"));
    let hidden = hidden.or_else(|| cell.chars().next_back().filter(|c| is_hidden(*c)).map(|c| (cell.len(), c, "ends")));
    let (at, c, how) = hidden?;
    Some((DamageKind::Invisible, sample(at, format!("the cell {how} with U+{:04X}", u32::from(c)))))
}

/// The part of a cell around byte `at`, short enough for a message.
fn around(cell: &str, at: usize) -> String {
    const BEFORE: usize = 30;
    match cell[..at].char_indices().rev().nth(BEFORE) {
        Some((begin, c)) => format!("…{}", excerpt(&cell[begin + c.len_utf8()..])),
        None => excerpt(cell),
    }
}

/// The error values of Excel in English and in German (Microsoft, ERROR.TYPE and FEHLER.TYP).
fn is_failed(text: &str) -> bool {
    matches!(
        text,
        "#N/A"
            | "#REF!"
            | "#NAME?"
            | "#VALUE!"
            | "#DIV/0!"
            | "#NUM!"
            | "#NULL!"
            | "#SPILL!"
            | "#CALC!"
            | "#GETTING_DATA"
            | "#NV"
            | "#BEZUG!"
            | "#WERT!"
            | "#ZAHL!"
            | "#ÜBERLAUF!"
            | "#KALK!"
    )
}

/// True for `1.23457E+11` and `1,23457E+11`.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    [whole.trim_start_matches('-'), fraction, exponent]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Non-breaking and zero-width characters, which come with text copied from web pages and contact lists.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// True for phone numbers and similar, from which such characters are removed anyway.
fn is_number(cell: &str) -> bool {
    let shown = |c: &char| !is_hidden(*c) && !c.is_whitespace();
    let mut shown = cell.chars().filter(shown).peekable();
    shown.peek().is_some() && shown.all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')'))
}

/// The original of UTF-8 text that was read as Windows-1252, once or twice.
fn mended(cell: &str) -> Option<String> {
    let once = decoded(cell)?;
    let text = decoded(&once).unwrap_or(once);
    text.chars().all(is_plausible).then_some(text)
}

fn decoded(text: &str) -> Option<String> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    let decoded = if unmappable { None } else { std::str::from_utf8(&bytes).ok() };
    decoded.filter(|decoded| !decoded.is_ascii()).map(str::to_owned)
}

/// Characters that occur in lists. Without this check `CAFÉ®` would count as garbled.
fn is_plausible(c: char) -> bool {
    matches!(c, '\0'..='\u{7f}' | '\u{a0}'..='\u{17f}' | '\u{370}'..='\u{47f}' | '\u{5d0}'..='\u{5ea}' | '\u{600}'..='\u{6ff}' | '\u{900}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text as it looks if its UTF-8 is read as Windows-1252.
    fn spoilt(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn mojibake_is_told_from_text() {
        for text in ["José", "Müller & Söhne", "Łódź", "Ελλάδα", "Иван", "東京", "5 €", "“hi”", "🎉", "Nguyễn", "שלום"]
        {
            assert_eq!(mended(&spoilt(text)).as_deref(), Some(text));
            assert_eq!(mended(&spoilt(&spoilt(text))).as_deref(), Some(text));
            assert_eq!(mended(text), None, "{text}");
        }
        for fine in ["JOSÉ", "SÃO PAULO", "CAFÉ®", "«CAFÉ»", "Â", "Ã", "Å", "10 × ½", "É»", "naïve", "Ñandú", "¡Olé!"]
        {
            assert_eq!(mended(fine), None, "{fine}");
        }
    }

    #[test]
    fn every_kind_is_seen_and_nothing_else() {
        for (cell, kind) in [
            ("JosÃ©", Some(DamageKind::Mojibake)),
            ("J\u{fffd}rgen", Some(DamageKind::Replaced)),
            (" #N/A ", Some(DamageKind::Failed)),
            ("#NV", Some(DamageKind::Failed)),
            ("#BEZUG!", Some(DamageKind::Failed)),
            ("1.23457E+11", Some(DamageKind::Shortened)),
            ("5,59E+12", Some(DamageKind::Shortened)),
            ("Ann\u{a0}", Some(DamageKind::Invisible)),
            ("\u{200b}7a\u{202c}", Some(DamageKind::Invisible)),
            ("\u{202a}+49 (151) 2-3\u{202c}", None),
            ("\u{a0}", Some(DamageKind::Invisible)),
            ("\u{feff}Ann", Some(DamageKind::Invisible)),
            ("Ann\u{a0}Lee", None),
            ("#1 fan", None),
            ("ABE+12", None),
            ("E+", None),
            ("Jürgen 👩‍👧", None),
            ("", None),
        ] {
            assert_eq!(damage_of(cell).map(|(kind, _)| kind), kind, "{cell:?}");
            assert!(kind.is_none() || may_be_damaged(cell.as_bytes()), "{cell:?}");
        }
    }

    #[test]
    fn many_rows_are_one_line() {
        let header = Header::new(["phone", "name"].map(str::to_owned));
        let mut damage = Damage::default();
        for number in 1..=1000 {
            let cells = csv::StringRecord::from(vec!["+49", if number % 2 == 0 { "JosÃ©" } else { "#N/A" }]);
            damage.record(&Row { number: RowNumber(number), line: number + 1, cells });
        }
        let reported: Vec<String> = damage
            .report(&header)
            .iter()
            .map(|error| format!("{} {}: {}", error.line, shown(error), error.message))
            .collect();
        assert_eq!(
            reported,
            [
                "3 name = JosÃ©: garbled text, probably `José` (500 cells, rows 2, 4, 6, 8, 10 …)",
                "2 name = #N/A: an Excel error (500 cells, rows 1, 3, 5, 7, 9 …)",
            ]
        );
    }

    fn shown(error: &DataError) -> String {
        let (column, text) = error.cells[0].parts();
        format!("{column} = {}", text.unwrap())
    }

    #[test]
    fn of_a_long_cell_the_damage_is_kept() {
        let long = "é".repeat(70_000);
        assert_eq!(around(&long, 0), format!("{}…", "é".repeat(40)));
        let (_, sample) = damage_of(&format!("{long}\u{a0}")).unwrap();
        assert_eq!(sample.cell, format!("…{}\u{a0}", "é".repeat(29)));
        let (_, sample) = damage_of(&format!("{long}\u{fffd}{long}")).unwrap();
        assert_eq!(sample.cell, format!("…{}\u{fffd}{}…", "é".repeat(30), "é".repeat(9)));
    }

    proptest! {
        #[test]
        fn what_is_damaged_is_never_passed_over_early(cell in "[#!/NAREF?E+0-9.,é\u{a0}]{0,12}") {
            prop_assert!(damage_of(&cell).is_none() || may_be_damaged(cell.as_bytes()));
        }
    }
}
