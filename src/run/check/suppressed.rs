//! The recipients who must not get a message: lists of phone numbers, read before anything is sent.
//!
//! A number that cannot be read is an error: ignoring it could send a message to a person who opted out.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::diag::{Place, Problem, Problems, cell_lines, did_you_mean};
use crate::files::refuse_pipe;
use crate::model::{Cell, Header, KeyDigest};
use crate::phone::{Country, PhoneError, e164, person};
use crate::rows::{Csv, DataError, List, ReadOptions, open_file};

use super::key_set::KeySet;

/// Header names, in lower case, that identify the column with the numbers.
const PHONE_COLUMNS: [&str; 8] =
    ["phone", "phone_number", "phone number", "mobile", "recipient", "to", "telephone", "number"];
/// Problems reported per list.
const MAX_REPORTED: usize = 20;

/// A list: its file, its name in the recipe, and its column.
#[derive(Debug, Clone)]
pub struct SuppressList {
    /// The file.
    pub path: PathBuf,
    /// Its name in the recipe.
    pub shown: String,
    /// The column with the numbers, if the recipe names it.
    pub column: Option<String>,
}

/// The lists of a recipe. They are read before the first row is sent, and again after every wait of a session, because
/// people opt out meanwhile.
#[derive(Debug, Clone, Default)]
pub struct SuppressLists {
    /// The lists.
    pub lists: Vec<SuppressList>,
    /// The country of national numbers in them.
    pub country: Option<Country>,
}

/// The recipients of all lists.
#[derive(Debug, Default)]
pub(in crate::run) struct Suppressed {
    people: KeySet,
    lists: Vec<String>,
}

impl Suppressed {
    /// Reads all lists. The error has every entry that cannot be read, at its place.
    pub(in crate::run) fn read(lists: &SuppressLists) -> Result<Self, Problems> {
        let (mut suppressed, mut problems) = (Self::default(), Problems::default());
        for list in &lists.lists {
            suppressed.read_list(list, lists.country, &mut problems);
        }
        if problems.has_errors() { Err(problems) } else { Ok(suppressed) }
    }

    /// The list that contains a person, if there is one.
    pub(in crate::run) fn list_of(&mut self, person: KeyDigest) -> std::io::Result<Option<&str>> {
        if self.lists.is_empty() {
            return Ok(None);
        }
        let list = self.people.find(person)?;
        Ok(list.and_then(|list| self.lists.get(usize::try_from(list).ok()?)).map(String::as_str))
    }

    fn read_list(&mut self, list: &SuppressList, country: Option<Country>, problems: &mut Problems) {
        let at = |error: &DataError| {
            let problem = Problem::new(format!("suppress: {}", error.message));
            let problem = error.help.as_ref().map_or(problem.clone(), |help| problem.help(help.clone()));
            match error.line {
                0 => problem,
                line => {
                    let cells = cell_lines(error.cells.iter().map(Cell::parts)).into();
                    problem.at(Place::Row { path: list.path.as_path().into(), line, row: None, cells })
                }
            }
        };
        let number = self.lists.len() as u64;
        self.lists.push(list.shown.clone());
        // It is read again before each session, and after each wait.
        if let Err(error) = refuse_pipe(&list.path) {
            return problems.push(Problem::new(format!("suppress: {error}")).in_file(&list.path));
        }
        let opened = List::open(&list.path, &ReadOptions::default());
        let mut rows = match opened.and_then(|list| Ok((open_file(list.path(), list.options())?, list))) {
            // A list that is not plain CSV is read through a copy, which lives as long as the list.
            Ok((rows, list)) => Kept { rows, _list: list },
            Err(error) => return problems.push(at(&error)),
        };
        let header = rows.rows.header().clone();
        let column = match column(list, &header) {
            Ok(column) => column,
            Err(problem) => return problems.push(problem.in_file(&list.path)),
        };
        // A list with numbers only has no header: its first line is a number.
        let first = header.names().get(column).filter(|_| header.names().len() == 1).cloned();
        if let Some(Ok(phone)) = first.map(|name| e164(&name, country))
            && let Err(error) = self.people.insert(KeyDigest::of(&person(phone.as_str())), number)
        {
            return problems.push(Problem::new(error.to_string()).in_file(&list.path));
        }
        let mut reported = 0;
        for row in rows.rows.by_ref() {
            let found = match &row {
                Ok(row) => match e164(row.cells.get(column).unwrap_or_default(), country) {
                    Ok(phone) => self
                        .people
                        .insert(KeyDigest::of(&person(phone.as_str())), number)
                        .err()
                        .map(|error| Problem::new(error.to_string()).in_file(&list.path)),
                    Err(PhoneError::Empty) => None,
                    Err(error) => {
                        let name = header.names().get(column).map(String::as_str);
                        let cells = cell_lines(name.map(|name| (name, row.cells.get(column)))).into();
                        let place = Place::Row { path: list.path.as_path().into(), line: row.line, row: None, cells };
                        let help = "fix or remove this entry; someone who opted out could otherwise get a message";
                        Some(Problem::new(format!("suppress: {error}")).help(help).at(place))
                    }
                },
                Err(error) => Some(at(error)),
            };
            if let Some(problem) = found {
                reported += 1;
                if reported > MAX_REPORTED {
                    return problems.push(
                        Problem::new("suppress: there are more errors; the rest of the file was not read")
                            .in_file(&list.path),
                    );
                }
                problems.push(problem);
            }
        }
    }
}

/// The rows of a list, with the file that they are read from.
struct Kept {
    rows: Csv<File>,
    _list: List,
}

/// The position of the column with the numbers.
fn column(list: &SuppressList, header: &Header) -> Result<usize, Problem> {
    let names = || header.readable();
    if let Some(wanted) = &list.column {
        return header.position(wanted).ok_or_else(|| {
            let message = format!("suppress: no column `{wanted}`{}", did_you_mean(wanted, names()));
            Problem::new(message).help(format!("it has: {}", names().collect::<Vec<_>>().join(", ")))
        });
    }
    let readable: Vec<&str> = names().collect();
    let found = match readable.as_slice() {
        [one] => Some(*one),
        several => PHONE_COLUMNS
            .iter()
            .find_map(|known| several.iter().find(|name| name.trim().to_lowercase() == *known))
            .copied(),
    };
    found.and_then(|name| header.position(name)).ok_or_else(|| {
        let help = format!(
            "write {{ file: {}, column: NAME }}; it has: {}",
            list.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            readable.join(", ")
        );
        Problem::new("suppress: cannot tell which column contains the phone numbers").help(help)
    })
}

/// The file of a list, for messages without a better place.
impl AsRef<Path> for SuppressList {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::render;

    fn read(text: &str, column: Option<&str>) -> Result<Suppressed, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
        let list = SuppressList { path, shown: "out.csv".to_owned(), column: column.map(str::to_owned) };
        Suppressed::read(&SuppressLists { lists: vec![list], country: "DE".parse().ok() }).map_err(|problems| {
            let text: String = problems.iter().map(|problem| render(problem, false)).collect();
            text.replace(&*folder.path().to_string_lossy(), "[folder]")
        })
    }

    fn holds(suppressed: &mut Suppressed, phone: &str) -> bool {
        suppressed.list_of(KeyDigest::of(&person(phone))).unwrap() == Some("out.csv")
    }

    #[test]
    fn a_list_has_one_column_a_known_one_or_a_named_one() {
        for (text, column) in [
            ("0151 23456789\n+55 11 6123-4567\n", None),
            ("opted out\n0151 23456789\n\n+55 11 6123-4567\n", None),
            ("name;Phone\nAnn;0151 23456789\nBob;\nCem;+55 11 6123-4567\n", None),
            ("a,b\nx,0151 23456789\ny,+55 11 6123-4567\n", Some("b")),
            ("phone,_status\n0151 23456789,rejected\n+55 11 6123-4567,rejected\n", None),
        ] {
            let mut suppressed = read(text, column).unwrap();
            assert!(holds(&mut suppressed, "+4915123456789"), "{text}");
            assert!(holds(&mut suppressed, "+5511961234567"), "another spelling of the same person: {text}");
            assert!(!holds(&mut suppressed, "+4915123456780"), "{text}");
        }
    }

    #[test]
    fn nothing_is_passed_over() {
        insta::assert_snapshot!(read("name,phone\nAnn,0151 23456789\nBob,call me\nCem,5.59E+12\nDora\n", None).unwrap_err(), @r#"
        error: [folder]/out.csv:3: suppress: "call me" is not a phone number: 'c' does not belong in one
          column `phone`: `call me`
          help: fix or remove this entry; someone who opted out could otherwise get a message
        error: [folder]/out.csv:4: suppress: "5.59E+12" is a number that Excel has shortened; its digits are lost. Format the column as text and export again
          column `phone`: `5.59E+12`
          help: fix or remove this entry; someone who opted out could otherwise get a message
        error: [folder]/out.csv:5: suppress: 1 cell, but the header has 2 columns
          help: a cell may be missing, or a line break may be outside quotes; no cell for `phone`
        "#);
        insta::assert_snapshot!(read("a,b\n1,2\n", None).unwrap_err(), @"
        error: [folder]/out.csv: suppress: cannot tell which column contains the phone numbers
          help: write { file: out.csv, column: NAME }; it has: a, b
        ");
        insta::assert_snapshot!(read("Phones,b\n1,2\n", Some("Phone")).unwrap_err(), @"
        error: [folder]/out.csv: suppress: no column `Phone` (did you mean Phones?)
          help: it has: Phones, b
        ");
        let many = format!("phone\n{}", "x\n".repeat(100));
        assert_eq!(read(&many, None).unwrap_err().matches("error: ").count(), MAX_REPORTED + 1);
    }
}
