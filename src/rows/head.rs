//! Detection by the first bytes of a data file: its kind, byte order mark and delimiter.
//!
//! Belongs here: pure functions of those bytes. Does not belong here: reading them.

use super::error::DataError;

/// The delimiters that are detected, likelier ones first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How to fix every encoding except UTF-8.
pub(super) const SAVE_AS_UTF8: &str = "save it as UTF-8; in Excel: Save As, \"CSV UTF-8\"";

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Text with a delimiter.
    Csv,
    /// JSON, an object per line.
    JsonLines,
    /// An Excel workbook, `.xlsx` or `.xlsm`.
    Workbook,
    /// A kind that is not read, by name.
    Other(&'static str),
}

/// The kind of a file: by its first bytes, and by its name if the bytes do not decide.
pub(super) fn kind_of(head: &[u8], name: &str) -> FileKind {
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let holds = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    if head.starts_with(b"PK\x03\x04") {
        // The first entry of an OpenDocument file is its type, as text (OpenDocument 1.3, part 2, 3.3).
        return if holds(b"mimetypeapplication/vnd.oasis.opendocument") {
            FileKind::Other("an OpenDocument sheet (.ods)")
        } else {
            FileKind::Workbook
        };
    }
    if head.starts_with(OLE) {
        return FileKind::Other("an old Excel workbook (.xls), or one with a password");
    }
    if head.starts_with(b"%PDF-") {
        return FileKind::Other("a PDF");
    }
    let text = head[bom_length(head)..].trim_ascii_start();
    let lower: Vec<u8> = text.iter().take(16).map(u8::to_ascii_lowercase).collect();
    if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") || lower.starts_with(b"<?xml") {
        return FileKind::Other("a web page or XML");
    }
    let inside = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start().strip_prefix(b"{");
    let by_content = inside.map(<[u8]>::trim_ascii_start).is_some_and(|rest| {
        rest.starts_with(b"}")
            || rest.starts_with(b"\"") && !rest.starts_with(b"\"}") && holds(b"\":")
            || holds(b"\" :")
    });
    let by_name = [".jsonl", ".ndjson", ".json"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if by_content || by_name { FileKind::JsonLines } else { FileKind::Csv }
}

/// The delimiter in Excel's own first line, `sep=;`, and the length of that line in bytes.
pub(super) fn sep_line(head: &[u8]) -> Option<(u8, usize)> {
    let quoted = head.starts_with(b"\"");
    let line = head.strip_prefix(b"\"").unwrap_or(head);
    let prefix = line.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case(b"sep="))?;
    let (&delimiter, rest) = line[prefix.len()..].split_first()?;
    let rest = if quoted { rest.strip_prefix(b"\"")? } else { rest };
    // Excel pads the line with delimiters when it saves it again.
    let end = rest.iter().position(|&byte| byte != delimiter).unwrap_or(rest.len());
    let rest = &rest[end..];
    let rest = match rest {
        [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
        [] => rest,
        _ => return None,
    };
    let known = !matches!(delimiter, b'"' | b'\r' | b'\n' | b'\0') && delimiter.is_ascii();
    known.then_some((delimiter, head.len() - rest.len()))
}

/// Refuses files whose first bytes show another encoding or format.
pub(super) fn check_encoding(head: &[u8]) -> Result<(), DataError> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(DataError::fatal(1, "the file is UTF-16, not UTF-8").help(SAVE_AS_UTF8));
    }
    if head.starts_with(b"PK\x03\x04") {
        let error = DataError::fatal(1, "the file is an Excel workbook or a zip archive, not CSV");
        return Err(error.help("export the sheet as \"CSV UTF-8\""));
    }
    Ok(())
}

/// Length of the byte order marks at the start, in bytes.
pub(super) fn bom_length(head: &[u8]) -> usize {
    // Some tools add a mark to text that has one already.
    head.chunks(BOM.len()).take_while(|&chunk| chunk == BOM).count() * BOM.len()
}

/// The most frequent delimiter in the header line, outside quotes; the comma if there is none.
pub(super) fn detect_delimiter(head: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut quoted, mut quote_may_open, mut begun) = (false, true, false);
    for &byte in head {
        let delimiter = DELIMITERS.iter().position(|&delimiter| delimiter == byte);
        match byte {
            b'"' if quoted => quoted = false,
            // At the start of a cell, or doubled inside one: `quote_may_open` stays true after a closing quote.
            b'"' if quote_may_open => quoted = true,
            _ if quoted => {}
            b'\r' | b'\n' if begun => break,
            b'\r' | b'\n' => continue,
            _ => {
                quote_may_open = delimiter.is_some();
                if let Some(at) = delimiter {
                    counts[at] += 1;
                }
            }
        }
        begun = true;
    }
    // The first of equal counts wins: `max_by_key` takes the last, so the candidates are reversed.
    let best = (0..DELIMITERS.len()).rev().max_by_key(|&at| counts[at]);
    best.map_or(b',', |at| DELIMITERS[at])
}

/// A delimiter as a user would name it.
pub(super) fn name_of(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "a tab".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_file_is_told_by_its_bytes_then_by_its_name() {
        let cases: [(&[u8], &str, FileKind); 15] = [
            (b"phone,name\n", "a.csv", FileKind::Csv),
            (b"phone,name\n", "a.xlsx", FileKind::Csv),
            (b"", "a.csv", FileKind::Csv),
            (b"", "a.JSONL", FileKind::JsonLines),
            (b"\xef\xbb\xbf\n {\"a\":1}\n", "-", FileKind::JsonLines),
            (b"{ \"a\" : 1}\n", "a.csv", FileKind::JsonLines),
            (b"{}\n", "a.csv", FileKind::JsonLines),
            (b"[{\"a\":1}]", "a", FileKind::JsonLines),
            (b"{name},phone\n", "a.csv", FileKind::Csv),
            (b"[x],phone\n", "a.csv", FileKind::Csv),
            (b"PK\x03\x04 xl/workbook.xml", "a.csv", FileKind::Workbook),
            (
                b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
                "a.xlsx",
                FileKind::Other("an OpenDocument sheet (.ods)"),
            ),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
                "a.xls",
                FileKind::Other("an old Excel workbook (.xls), or one with a password"),
            ),
            (b"<!DOCTYPE html>", "a.csv", FileKind::Other("a web page or XML")),
            (b"%PDF-1.7", "a.csv", FileKind::Other("a PDF")),
        ];
        for (head, name, kind) in cases {
            assert_eq!(kind_of(head, name), kind, "{name}: {}", head.escape_ascii());
        }
    }

    #[test]
    fn excels_own_first_line() {
        for (head, expected) in [
            ("sep=;\r\na;b", Some((b';', 7))),
            ("SEP=,\na", Some((b',', 6))),
            ("sep=\t\ra", Some((b'\t', 6))),
            ("\"sep=;\"\na", Some((b';', 8))),
            ("sep=;;;;\r\na;b", Some((b';', 10))),
            ("sep=;", Some((b';', 5))),
            ("sep=", None),
            ("sep=\n", None),
            ("sep=;x\n", None),
            ("sep;name\n", None),
            ("\"sep=;\n", None),
        ] {
            assert_eq!(sep_line(head.as_bytes()), expected, "{head:?}");
        }
    }

    #[test]
    fn the_delimiter_is_found_in_the_header_line_alone() {
        let cases: [(&str, u8); 12] = [
            ("phone,name", b','),
            ("phone;name", b';'),
            ("phone\tname", b'\t'),
            ("phone|name", b'|'),
            ("phone", b','),
            ("", b','),
            ("a,b;c", b','),
            ("a;b;c,d", b';'),
            ("\r\n\na;b\n1,2,3,4", b';'),
            ("\"a,b,c\";d", b';'),
            ("\"a\"\",,\n,\";b", b';'),
            ("5\" pipe|b\n", b'|'),
        ];
        for (head, expected) in cases {
            assert_eq!(char::from(detect_delimiter(head.as_bytes())), char::from(expected), "{head:?}");
        }
    }
}
