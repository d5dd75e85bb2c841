//! What the first bytes of a data file tell: its encoding and its delimiter.
//!
//! Belongs here: pure functions of those bytes. Does not belong here: reading them.

use super::DataError;

/// The delimiters that are recognised, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The way out of every encoding but UTF-8.
pub(super) const SAVE_AS_UTF8: &str = "save it as UTF-8; in Excel: Save As, \"CSV UTF-8\"";

/// What the first bytes say of a file's encoding.
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

/// How many bytes of byte order marks the head begins with.
pub(super) fn bom_length(head: &[u8]) -> usize {
    // Some tools add a mark to text that has one; the csv crate would swallow the second, so none is left to it.
    head.chunks(BOM.len()).take_while(|&chunk| chunk == BOM).count() * BOM.len()
}

/// The delimiter that stands most often in the header line, outside quotes; the comma if there is none.
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
    // The first of the greatest: `max_by_key` takes the last, so the candidates come in reverse.
    let most = (0..DELIMITERS.len()).rev().max_by_key(|&at| counts[at]);
    most.map_or(b',', |at| DELIMITERS[at])
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
