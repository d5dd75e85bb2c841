//! Makes text safe to show on a terminal and what is invisible in it visible.

use std::fmt::Write;

/// `text` with control, bidirectional and zero-width characters written as `\u{…}`, so that neither a cell nor a server
/// can move the cursor, set a title or hide characters.
///
/// ```
/// assert_eq!(rowcast::diag::visible("a\u{1b}]0;x\u{200b}é"), "a\\u{1b}]0;x\\u{200b}é");
/// ```
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c.is_control() || is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The text with every access token of Meta's crossed out, character by character, wherever somebody has pasted one:
/// `EAA` and at least twenty letters or digits.
pub(super) fn without_tokens(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let token = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if token.starts_with("EAA") && token.len() >= 23 {
            shown.extend(std::iter::repeat_n('x', token.len()));
            shown.push_str(&word[token.len()..]);
        } else {
            shown.push_str(word);
        }
    }
    shown
}

/// [`visible`] for text whose characters are counted: each unsafe character becomes one `\u{fffd}`; line breaks and tabs
/// stay.
pub(super) fn in_place(text: &str) -> String {
    let safe = |c: char| matches!(c, '\n' | '\r' | '\t') || !(c.is_control() || is_hidden(c));
    text.chars().map(|c| if safe(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// JSON with the unsafe characters that JSON allows unescaped in its texts written as `\uXXXX`: the same value, safe to
/// show.
///
/// ```
/// assert_eq!(rowcast::diag::visible_json("{\"a\":\"\u{9b}\u{202e}é\"}"), "{\"a\":\"\\u009b\\u202eé\"}");
/// ```
pub fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() || is_hidden(c) {
            // All of them are in the first 65,536 characters: no pairs of surrogates.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Zero-width and bidirectional formatting characters (Unicode general category Cf, the ones met in exports), the line
/// and paragraph separators, and the byte-order mark. The zero-width joiner is not among them: emoji are made with it.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
