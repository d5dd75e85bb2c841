//! The limits of a list. Data beyond them is not a list and ends reading.

/// Bytes that are read at a time, and that detection of encoding and delimiter uses.
pub(super) const CHUNK: usize = 64 * 1024;
/// Maximum columns of a file.
pub(super) const COLUMNS: usize = 512;
/// Maximum bytes of a cell as written, quotes included.
pub(super) const CELL_BYTES: usize = 64 * 1024;
/// Maximum bytes of a row as written.
pub(super) const ROW_BYTES: usize = 256 * 1024;
/// Maximum lines of a quoted cell.
pub(super) const QUOTED_LINES: u64 = 50;

/// The start of a text, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 40;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
