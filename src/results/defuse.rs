//! Protection against formula injection: text that a spreadsheet would evaluate stays text.

use std::borrow::Cow;

/// Characters that start a formula in spreadsheets (OWASP, "CSV Injection"), and their full-width forms.
const TRIGGERS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// Characters after which a cell may begin, for any delimiter.
const OPENERS: [char; 7] = [',', ';', '\t', '|', '"', '\r', '\n'];

/// The bytes of [`OPENERS`].
const OPENS: [bool; 256] = {
    let (mut opens, mut at) = ([false; 256], 0);
    while at < OPENERS.len() {
        opens[OPENERS[at] as usize] = true;
        at += 1;
    }
    opens
};

/// Puts a `'` before a trigger at the start of `text`, and before one after a delimiter or a quote, because a program
/// may split the file at another delimiter.
///
/// ```
/// use rowcast::results::defuse;
/// assert_eq!(defuse("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
/// assert_eq!(defuse("a;=1"), "a;'=1");
/// assert_eq!(defuse("Ann - Lee"), "Ann - Lee");
/// ```
pub fn defuse(text: &str) -> Cow<'_, str> {
    let opens_cell = |c: char| OPENERS.contains(&c);
    // Most text has no trigger at the start and no character after which a cell could begin.
    if !text.starts_with(TRIGGERS) && !text.bytes().any(|byte| OPENS[usize::from(byte)]) {
        return Cow::Borrowed(text);
    }
    let dangerous = |before: Option<char>, c: char| TRIGGERS.contains(&c) && before.is_none_or(opens_cell);
    let mut before = None;
    let harmless = text.chars().all(|c| !dangerous(before.replace(c), c));
    if harmless {
        return Cow::Borrowed(text);
    }
    let mut defused = String::with_capacity(text.len() + 2);
    let mut before = None;
    for c in text.chars() {
        if dangerous(before, c) {
            defused.push('\'');
        }
        defused.push(c);
        before = Some(c);
    }
    Cow::Owned(defused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_trigger_is_seen() {
        for trigger in TRIGGERS {
            assert_eq!(defuse(&trigger.to_string()), format!("'{trigger}"));
            assert_eq!(defuse(&format!("é,{trigger}")), format!("é,'{trigger}"));
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_with_a_trigger_however_it_is_split(text in "[-a=+@;,|\"\t\r\n＝ ]{0,12}") {
            let defused = defuse(&text);
            for delimiter in [',', ';', '\t', '|', '"', '\n', '\r'] {
                for cell in defused.split(delimiter) {
                    // Parts between other delimiters are checked in their turn.
                    let first = cell.chars().next();
                    prop_assert!(first.is_none_or(|c| !"=+-@＝".contains(c)), "{defused:?} split at {delimiter:?}");
                }
            }
            prop_assert_eq!(defused.replace('\'', ""), text);
        }
    }
}
