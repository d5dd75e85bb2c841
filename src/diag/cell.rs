//! The cells that a problem of a row is about: the name of the column, and the cell with what nobody sees made visible.

use std::fmt::Write;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::visible::visible;
use super::words::plural;

/// Characters of a cell that are shown, and of each if there are several.
const ALONE: usize = 60;
const AMONG_OTHERS: usize = 30;
/// Cells that are shown of one problem.
const CELLS: usize = 4;

/// A line for each cell that a problem is about, given as column and text; `None` for a text that must not be shown.
///
/// ```
/// let cells = [("phone", Some(" +49\u{a0}151")), ("code", None)];
/// assert_eq!(rowcast::diag::cell_lines(cells), ["column `phone`: `·+49<U+00A0>151`", "column `code`: not shown"]);
/// ```
pub fn cell_lines<'a>(cells: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Vec<String> {
    let mut cells: Vec<_> = cells.into_iter().collect();
    let more = cells.len().saturating_sub(CELLS);
    cells.truncate(CELLS);
    let most = if cells.len() == 1 { ALONE } else { AMONG_OTHERS };
    let line = |(column, text): (&str, Option<&str>)| {
        let text = match text {
            Some("") => "empty".to_owned(),
            Some(text) => format!("`{}`", shown(text, most)),
            None => "not shown".to_owned(),
        };
        format!("column `{}`: {text}", shown(column, AMONG_OTHERS))
    };
    let mut lines: Vec<String> = cells.into_iter().map(line).collect();
    if more > 0 {
        lines.push(format!("and {more} more {}", plural(more as u64, "column")));
    }
    lines
}

/// A name with what nobody sees in it made visible, however long it is.
pub(super) fn marked(name: &str) -> String {
    shown(name, name.chars().count())
}

/// At most `most` characters of a text, those around the first that would not be seen, or that were lost. Such characters
/// stand as `<U+00A0>`, and spaces that nobody sees as `·`.
fn shown(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let odd = |at: &usize| chars[*at] == char::REPLACEMENT_CHARACTER || form(&chars, *at) != CharForm::Seen;
    let begin = if chars.len() <= most {
        0
    } else {
        let culprit = (0..chars.len()).find(odd).unwrap_or(0);
        culprit.saturating_sub(most / 2).min(chars.len() - most)
    };
    let end = chars.len().min(begin + most);
    let mut shown = String::with_capacity(text.len().min(4 * most));
    shown.push_str(if begin > 0 { "…" } else { "" });
    for at in begin..end {
        match form(&chars, at) {
            CharForm::Seen => shown.push(chars[at]),
            CharForm::Space => shown.push('·'),
            CharForm::Unseen => drop(write!(shown, "<U+{:04X}>", u32::from(chars[at]))),
        }
    }
    shown.push_str(if end < chars.len() { "…" } else { "" });
    // What is left is safe by now; no character gets past both.
    visible(&shown)
}

/// How a character is shown.
#[derive(Debug, PartialEq, Eq)]
enum CharForm {
    Seen,
    /// A space at an end of the text, or beside another.
    Space,
    Unseen,
}

fn form(chars: &[char], at: usize) -> CharForm {
    let c = chars[at];
    let before = at.checked_sub(1).map(|at| chars[at]);
    match c {
        ' ' => {
            let after = chars.get(at + 1).copied();
            if [before, after].iter().all(|beside| beside.is_some_and(|c| c != ' ')) {
                CharForm::Seen
            } else {
                CharForm::Space
            }
        }
        c if c.is_ascii() => {
            if c.is_ascii_control() {
                CharForm::Unseen
            } else {
                CharForm::Seen
            }
        }
        // Emoji are made with the joiner and the selectors of a form.
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' if before.is_some_and(|before| !before.is_ascii()) => CharForm::Seen,
        c if is_unseen(c) => CharForm::Unseen,
        _ => CharForm::Seen,
    }
}

/// True for characters without a picture of their own, as Unicode has them: controls, formats, spaces of other widths,
/// separators of lines, fillers, and what no character has been given to.
fn is_unseen(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(
            category,
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_sees_is_seen() {
        for (cell, seen) in [
            ("+49 151 23456789", "+49 151 23456789"),
            (" Ann ", "·Ann·"),
            ("Ann  Lee", "Ann··Lee"),
            ("  ", "··"),
            ("Ann\u{a0}", "Ann<U+00A0>"),
            ("a\tb\r\nc", "a<U+0009>b<U+000D><U+000A>c"),
            ("\u{feff}7\u{200b}", "<U+FEFF>7<U+200B>"),
            ("\u{202d}+49\u{202c}", "<U+202D>+49<U+202C>"),
            ("1\u{34f}2\u{2007}3\u{3164}4", "1<U+034F>2<U+2007>3<U+3164>4"),
            ("\u{1b}[31m\u{9b}", "<U+001B>[31m<U+009B>"),
            ("\u{e000}\u{e0041}", "<U+E000><U+E0041>"),
            ("a\u{200d}b\u{fe0f}", "a<U+200D>b<U+FE0F>"),
            ("Jürgen 👩\u{200d}👧 ❤\u{fe0f} e\u{301} 東京 שלום", "Jürgen 👩\u{200d}👧 ❤\u{fe0f} e\u{301} 東京 שלום"),
            ("J\u{fffd}rgen", "J\u{fffd}rgen"),
        ] {
            assert_eq!(shown(cell, 60), seen, "{cell:?}");
        }
    }

    #[test]
    fn a_long_cell_is_cut_around_what_is_wrong_with_it() {
        let digits = "0123456789";
        assert_eq!(shown(digits, 10), digits);
        assert_eq!(shown(digits, 4), "0123…");
        assert_eq!(shown("0123\u{a0}56789", 4), "…23<U+00A0>5…");
        assert_eq!(shown("012345678\u{fffd}", 4), "…678\u{fffd}");
        assert_eq!(shown(" 123456789", 4), "·123…");
        assert_eq!(shown("äöüäöüäöü", 4), "äöüä…");
    }

    #[test]
    fn there_is_a_line_for_each_cell_and_not_for_too_many() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let of = |count: usize| cell_lines(names[..count].iter().map(|name| (*name, Some("0123456789"))));
        assert_eq!(of(0), [""; 0]);
        assert_eq!(of(2), ["column `a`: `0123456789`", "column `b`: `0123456789`"]);
        assert_eq!(of(5)[4], "and 1 more column");
        assert_eq!(of(6)[4], "and 2 more columns");
        assert_eq!(of(6).len(), 5);
        let long = "x".repeat(61);
        assert_eq!(cell_lines([("a", Some(&*long))]), [format!("column `a`: `{}…`", "x".repeat(60))]);
        let two = cell_lines([("Order\tNo", Some("")), ("b", Some(&*long))]);
        assert_eq!(two, ["column `Order<U+0009>No`: empty".to_owned(), format!("column `b`: `{}…`", "x".repeat(30))]);
    }

    proptest! {
        #[test]
        fn nothing_moves_the_cursor_and_nothing_is_long(column in any::<String>(), cell in any::<String>()) {
            for line in cell_lines([(&*column, Some(&*cell))]) {
                prop_assert!(!line.contains(char::is_control), "{line:?}");
                prop_assert_eq!(&visible(&line), &line);
                prop_assert!(line.chars().count() <= 10 * (ALONE + AMONG_OTHERS) + 20);
            }
        }
    }
}
