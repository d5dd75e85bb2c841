//! The preview of a dry run: one page that shows each message as its recipient will see it.
//!
//! Written row by row in constant memory, each message in full. A limit on the bytes keeps the page small enough for a phone.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::model::{FieldError, Request, Row};
use crate::page::{PREVIEW, ScriptJson, fill, script_json};

/// What a preview shows above its rows.
#[derive(Debug, Clone)]
pub struct PreviewHead<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// The task's short name.
    pub task: &'a str,
    /// The connection's name, shown as the sender.
    pub sender: &'a str,
    /// The list's name as the user gave it.
    pub list: &'a str,
    /// The columns.
    pub header: &'a [String],
    /// Maximum number of rows without a problem.
    pub rows: u64,
}

/// Figures of the whole list, rows that are not shown included.
#[derive(Debug, Default, Serialize)]
struct Totals {
    rows: u64,
    ready: u64,
    /// Ready rows with a warning.
    warned: u64,
    skipped: u64,
    invalid: u64,
    /// Records that are not rows, and problems of the recipe.
    broken: u64,
}

/// Maximum bytes of rows; the rest of the page takes about 100 KB. The page has to open on a phone.
const BYTES: u64 = 7 << 20;
/// Maximum bytes, rows with a problem included.
const BYTES_WITH_PROBLEMS: u64 = 8 << 20;
/// Maximum number of rows with a problem.
const PROBLEMS: u64 = 10_000;
/// Maximum number of rows with a warning beyond the first rows.
const WARNED: u64 = 1_000;

/// A preview being written.
#[derive(Debug)]
pub struct Preview<W: Write> {
    rows: ScriptJson<W>,
    max_rows: u64,
    totals: Totals,
    /// Rows without and with a problem that the page shows.
    shown: u64,
    shown_problems: u64,
    shown_warned: u64,
    address: Option<(&'static str, String)>,
    /// Which limit left rows out.
    cut: Cut,
    about: Value,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cut {
    rows: bool,
    problems: bool,
    bytes: bool,
}

/// One row: number, line, kind and cells, then the fields of its kind.
#[derive(Serialize)]
#[serde(untagged)]
enum RowEntry<'a> {
    Ready(u64, u64, u8, Cells<'a>, Option<&'a RawValue>, Pairs<'a>),
    Other(Option<u64>, u64, u8, Cells<'a>, Detail<'a>),
}

type Cells<'a> = Option<Vec<&'a str>>;
type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// A problem: field, message, and the cells that caused it, if any.
#[derive(Serialize)]
#[serde(untagged)]
enum ProblemEntry<'a> {
    Plain(&'a str, &'a str),
    OfCells(&'a str, &'a str, Vec<String>),
}

impl<'a> ProblemEntry<'a> {
    fn new(field: &'a str, message: &'a str, cells: Vec<String>) -> Self {
        if cells.is_empty() { Self::Plain(field, message) } else { Self::OfCells(field, message, cells) }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Problems(Vec<ProblemEntry<'a>>),
    Reason(&'a str),
}

const READY: u8 = 0;
const INVALID: u8 = 1;
const SKIPPED: u8 = 2;
const BROKEN: u8 = 3;

impl<W: Write> Preview<W> {
    /// Begins a page.
    pub fn begin(mut out: W, head: &PreviewHead<'_>) -> io::Result<Self> {
        let initial: String = head.sender.chars().next().into_iter().flat_map(char::to_uppercase).collect();
        let subtitle = format!("{} · {} · nothing was sent", head.task, head.list);
        let values = [("title", head.recipe), ("subtitle", &subtitle), ("initial", &initial), ("sender", head.sender)];
        out.write_all(PREVIEW.begin(&format!("{} – preview", head.recipe)).as_bytes())?;
        out.write_all(fill(PREVIEW.body, &values).as_bytes())?;
        Ok(Self {
            rows: ScriptJson::begin(out, "rows")?,
            max_rows: head.rows,
            totals: Totals::default(),
            shown: 0,
            shown_problems: 0,
            shown_warned: 0,
            address: None,
            cut: Cut::default(),
            about: json!({ "list": head.list, "header": head.header }),
        })
    }

    /// Adds a row that would be sent, and its warnings.
    pub fn ready(&mut self, request: &Request, warnings: &[FieldError], row: Option<&Row>) -> io::Result<()> {
        self.totals.rows += 1;
        self.totals.ready += 1;
        self.totals.warned += u64::from(!warnings.is_empty());
        let is_worth_it = !warnings.is_empty() && self.shown_warned < WARNED;
        if !self.has_room(is_worth_it) {
            return Ok(());
        }
        self.shown_warned += u64::from(!warnings.is_empty());
        let draft = &request.draft;
        self.address.get_or_insert_with(|| (draft.method, draft.url.clone()));
        let body = draft.body.outline();
        let body = serde_json::from_slice(&body).ok();
        self.write(&RowEntry::Ready(request.row.0, request.line, READY, cells(row), body, pairs(warnings)))
    }

    /// Adds an invalid row and its errors. `cells_of` gives the cells that caused an error as lines; it is called only
    /// for rows that the page shows.
    pub fn invalid(
        &mut self,
        (number, line): (u64, u64),
        errors: &[FieldError],
        cells_of: impl Fn(&FieldError) -> Vec<String>,
        row: Option<&Row>,
    ) -> io::Result<()> {
        self.totals.rows += 1;
        self.totals.invalid += 1;
        if !self.has_room_for_problem() {
            return Ok(());
        }
        let complaints = errors.iter().map(|error| ProblemEntry::new(&error.field, &error.message, cells_of(error)));
        self.write(&RowEntry::Other(Some(number), line, INVALID, cells(row), Detail::Problems(complaints.collect())))
    }

    /// Adds a skipped row and the reason.
    pub fn skipped(&mut self, (number, line): (u64, u64), reason: &str, row: Option<&Row>) -> io::Result<()> {
        self.totals.rows += 1;
        self.totals.skipped += 1;
        if !self.has_room(false) {
            return Ok(());
        }
        self.write(&RowEntry::Other(Some(number), line, SKIPPED, cells(row), Detail::Reason(reason)))
    }

    /// Adds a record that is not a row, and the cells that caused the problem as lines.
    pub fn broken(&mut self, number: Option<u64>, line: u64, message: &str, cells: Vec<String>) -> io::Result<()> {
        self.totals.broken += 1;
        if !self.has_room_for_problem() {
            return Ok(());
        }
        self.write(&RowEntry::Other(
            number,
            line,
            BROKEN,
            None,
            Detail::Problems(vec![ProblemEntry::new("", message, cells)]),
        ))
    }

    /// Ends the page and returns the output. `templates` maps `name/language` to templates in the form of Meta's API,
    /// if they are known.
    pub fn finish(mut self, templates: Option<&Value>) -> io::Result<W> {
        let cut = self.sentence();
        let (method, url) = self.address.take().unwrap_or(("", String::new()));
        self.about["method"] = method.into();
        self.about["url"] = url.into();
        let end = json!({
            "totals": self.totals,
            "cut": cut,
            "templates": templates.unwrap_or(&Value::Null),
        });
        let about = self.about;
        let mut out = self.rows.end()?;
        for (id, value) in [("about", &about), ("end", &end)] {
            let safe = script_json(&value.to_string());
            writeln!(out, "<script type=\"application/json\" id=\"{id}\">{safe}</script>")?;
        }
        out.write_all(PREVIEW.end().as_bytes())?;
        Ok(out)
    }

    fn has_room(&mut self, is_worth_it: bool) -> bool {
        if self.shown >= self.max_rows && !is_worth_it {
            self.cut.rows = true;
            return false;
        }
        if self.rows.bytes() >= BYTES {
            self.cut.bytes = true;
            return false;
        }
        self.shown += 1;
        true
    }

    fn has_room_for_problem(&mut self) -> bool {
        if self.shown_problems >= PROBLEMS || self.rows.bytes() >= BYTES_WITH_PROBLEMS {
            self.cut.problems = true;
            return false;
        }
        self.shown_problems += 1;
        true
    }

    fn write(&mut self, entry: &RowEntry<'_>) -> io::Result<()> {
        self.rows.item(&serde_json::to_string(entry)?)
    }

    /// A sentence about the rows that the page does not show; empty if it shows all.
    fn sentence(&self) -> String {
        let Cut { rows, problems, bytes } = self.cut;
        if !(rows || problems || bytes) {
            return String::new();
        }
        let why = if bytes { ", because the size of a page is limited" } else { "" };
        let problem_rows = match (problems, self.shown_problems) {
            (_, 0) => String::new(),
            (false, _) => " and every row with a problem".to_owned(),
            (true, shown) => format!(" and the first {shown} rows with a problem"),
        };
        format!("This page shows {} of {} rows{problem_rows}{why}.", self.shown, self.totals.rows + self.totals.broken)
    }
}

fn cells(row: Option<&Row>) -> Cells<'_> {
    row.map(|row| row.cells.iter().collect())
}

fn pairs(errors: &[FieldError]) -> Pairs<'_> {
    errors.iter().map(|error| (error.field.as_str(), error.message.as_str())).collect()
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model::{Draft, RowNumber};

    fn request(row: u64, text: &str) -> Request {
        let body = json!({ "to": "+1", "text": { "body": text } }).to_string().into_bytes();
        let draft = Draft::new("POST", "https://x".to_owned(), body);
        Request::new(RowNumber(row), row + 1, draft)
    }

    fn begin(rows: u64) -> Preview<Vec<u8>> {
        let head = PreviewHead { recipe: "r", task: "t", sender: "acme", list: "l.csv", header: &[], rows };
        Preview::begin(Vec::new(), &head).unwrap()
    }

    fn end(page: Preview<Vec<u8>>, templates: Option<&Value>) -> String {
        String::from_utf8(page.finish(templates).unwrap()).unwrap()
    }

    #[test]
    fn rows_are_messages_in_full_and_templates_come_along() {
        let mut page = begin(10);
        page.ready(&request(1, "Hello dear Ann"), &[], None).unwrap();
        page.ready(&request(2, "Hello dear Bob"), &[FieldError::new("to", "odd")], None).unwrap();
        let text = end(page, Some(&json!({ "promo/en": { "name": "</script>" } })));
        let rows = text.split_once("id=\"rows\">").unwrap().1.split_once("</script>").unwrap().0;
        let bodies = ["Ann", "Bob"].map(|name| format!(r#"{{"to":"+1","text":{{"body":"Hello dear {name}"}}}}"#));
        assert_eq!(rows, format!("[\n[1,2,0,null,{},[]],\n[2,3,0,null,{},[[\"to\",\"odd\"]]]]", bodies[0], bodies[1]));
        assert!(text.contains(r#""templates":{"promo/en":{"name":"\u003c/script\u003e"}}"#), "{text}");
    }

    #[test]
    fn a_problem_comes_with_the_cells_to_blame() {
        let mut page = begin(10);
        let errors = [FieldError::new("to", "bad"), FieldError::new("name", "odd")];
        let cells_of =
            |error: &FieldError| if error.field == "to" { vec!["column `a`: `b`".to_owned()] } else { vec![] };
        page.invalid((1, 2), &errors, cells_of, None).unwrap();
        page.broken(Some(2), 3, "no row", Vec::new()).unwrap();
        let text = end(page, None);
        let rows = text.split_once("id=\"rows\">").unwrap().1.split_once("</script>").unwrap().0;
        let complaints = r#"[["to","bad",["column `a`: `b`"]],["name","odd"]]"#;
        assert_eq!(rows, format!("[\n[1,2,1,null,{complaints}],\n[2,3,3,null,[[\"\",\"no row\"]]]]"));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_said() {
        let mut page = begin(2);
        for row in 1..=5 {
            page.ready(&request(row, "x"), &[], None).unwrap();
        }
        for row in 6..=10_010 {
            page.invalid((row, row + 1), &[FieldError::new("to", "bad")], |_| Vec::new(), None).unwrap();
        }
        let text = end(page, None);
        let cut = "This page shows 2 of 10010 rows and the first 10000 rows with a problem.";
        assert!(text.contains(cut) && text.contains("\"invalid\":10005"), "{}", &text[text.len() - 20_000..]);
        let mut page = begin(u64::MAX);
        for row in 1..=2000 {
            page.ready(&request(row, &"<".repeat(4000)), &[], None).unwrap();
            page.ready(&request(row, &">".repeat(4000)), &[], None).unwrap();
        }
        let text = end(page, None);
        assert!(text.contains("because the size of a page is limited") && text.len() < 10_000_000, "{}", text.len());
    }
}
