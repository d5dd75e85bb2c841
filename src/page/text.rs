//! Escaping of data for a page.

use std::fmt::Write as _;
use std::io::{self, Write};

/// Escapes text for use between tags and in quoted attributes. Invisible and bidirectional characters are written as
/// escapes.
///
/// ```
/// assert_eq!(rowcast::page::escape("<b title=\"x\">&"), "&lt;b title=&quot;x&quot;&gt;&amp;");
/// ```
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() => safe.extend(c.escape_unicode()),
            // Bidirectional overrides and isolates would reorder the text beside them.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' => {
                safe.extend(c.escape_unicode());
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Escapes JSON for use in a `<script>`: the same value, without a character that could end the script or begin a
/// comment. Such characters occur only in JSON strings, where `\uXXXX` can replace them.
///
/// ```
/// assert_eq!(rowcast::page::script_json(r#"{"a":"</script>"}"#), r#"{"a":"\u003c/script\u003e"}"#);
/// ```
pub fn script_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Replaces each `{{name}}` in a page's markup by its escaped value, in one pass: a value that looks like a placeholder
/// is not replaced again.
pub fn fill(markup: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        filled.push_str(&escape(value));
        rest = after;
    }
    filled + rest
}

/// A JSON array in a `<script>`, written item by item.
#[derive(Debug)]
pub struct ScriptJson<W: Write> {
    out: W,
    items: u64,
    bytes: u64,
}

impl<W: Write> ScriptJson<W> {
    /// Begins the array in the script `id`.
    pub fn begin(mut out: W, id: &str) -> io::Result<Self> {
        write!(out, "<script type=\"application/json\" id=\"{id}\">[")?;
        Ok(Self { out, items: 0, bytes: 0 })
    }

    /// Writes an item; `item` is JSON.
    pub fn item(&mut self, json: &str) -> io::Result<()> {
        let safe = script_json(json);
        self.out.write_all(if self.items == 0 { b"\n" } else { b",\n" })?;
        self.out.write_all(safe.as_bytes())?;
        self.items += 1;
        self.bytes += safe.len() as u64 + 2;
        Ok(())
    }

    /// Bytes of all items so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends the array and the script.
    pub fn end(mut self) -> io::Result<W> {
        self.out.write_all(b"]</script>\n")?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_escaped_and_filled_in_once() {
        let page = fill("<h1>{{title}}</h1>{{ }}{{other}}", &[("title", "{{other}} <b>"), ("other", "x")]);
        assert_eq!(page, "<h1>{{other}} &lt;b&gt;</h1>x");
        assert_eq!(escape("a\u{202e}b\u{1b}[2J"), "a\\u{202e}b\\u{1b}[2J");
    }

    #[test]
    fn an_array_is_written_item_by_item() {
        let mut json = ScriptJson::begin(Vec::new(), "rows").unwrap();
        json.item("[1,\"</script>\"]").unwrap();
        json.item("2").unwrap();
        let text = String::from_utf8(json.end().unwrap()).unwrap();
        let inner = "[\n[1,\"\\u003c/script\\u003e\"],\n2]";
        assert_eq!(text, format!("<script type=\"application/json\" id=\"rows\">{inner}</script>\n"));
    }

    proptest! {
        #[test]
        fn json_in_a_script_is_the_same_value_and_ends_nothing(text in "\\PC*[<>&/a-z!\u{2028}\u{2029}-]{0,20}") {
            let json = serde_json::to_string(&text).unwrap();
            let safe = script_json(&json);
            let ends_something = safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(!ends_something);
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }

        #[test]
        fn escaped_text_is_no_markup(text in "\\PC*[<>&\"']{0,9}") {
            prop_assert!(!escape(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
