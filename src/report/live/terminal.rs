//! The terminal for indicatif, without the blanks that it pads a line with: they would push `^C` to the next line, and
//! wrap when the terminal becomes narrower.

use std::io;

use console::Term;
use indicatif::TermLike;

/// Standard error, written in whole lines.
#[derive(Debug, Clone)]
pub(super) struct Terminal(Term);

impl Terminal {
    pub(super) fn stderr() -> Self {
        Self(Term::buffered_stderr())
    }

    /// Its current columns; the terminal may be resized at any time.
    pub(super) fn columns(&self) -> usize {
        self.0.size_checked().map_or(80, |(_, columns)| usize::from(columns)).max(1)
    }

    /// Clears this many lines above the cursor and the cursor's line, and moves to the start of the first.
    pub(super) fn wipe(&self, above: usize) -> io::Result<()> {
        self.0.move_cursor_up(above)?;
        self.0.write_str("\r")?;
        self.0.clear_to_end_of_screen()?;
        self.0.flush()
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        u16::try_from(self.columns()).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.bytes().all(|byte| byte == b' ') { Ok(()) } else { self.0.write_str(text) }
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
