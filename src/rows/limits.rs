//! The limits of a list: what is more is no list, and ends the reading of it.

/// How much is looked at to find encoding and delimiter, and how much is read at a time.
pub(super) const CHUNK: usize = 64 * 1024;
/// The most columns of a file.
pub(super) const COLUMNS: usize = 512;
/// The most bytes of one cell, as written, quotes included.
pub(super) const CELL_BYTES: usize = 64 * 1024;
/// The most bytes of one row, as written.
pub(super) const ROW_BYTES: usize = 256 * 1024;
/// The most lines that a quoted cell may span.
pub(super) const QUOTED_LINES: u64 = 50;

/// As much of a cell as a message can hold.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
