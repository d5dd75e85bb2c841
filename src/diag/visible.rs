//! Makes text safe to show on a terminal and what is invisible in it visible.

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

/// Zero-width and bidirectional formatting characters (Unicode general category Cf, the ones met in exports), and the
/// byte-order mark. The zero-width joiner is not among them: emoji are made with it.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
