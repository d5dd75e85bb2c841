//! Printing: standard output is data, standard error is for people. A closed pipe or a lost terminal is no error; data that
//! is lost in any other way is.

use std::io::{self, IsTerminal, Write};

use console::Term;

use crate::app::{Error, ErrorKind};
use crate::diag::{Problem, Problems, render, visible};
use crate::report::TextStyle;

/// True if people's text may be coloured: a terminal, and `NO_COLOR` (no-color.org) not set.
pub(in crate::cli) fn color() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// What text for people is written on.
pub(in crate::cli) fn text_style() -> TextStyle {
    let columns = Term::stderr().size_checked().map(|(_, columns)| usize::from(columns));
    TextStyle { columns: columns.filter(|columns| *columns > 0 && io::stderr().is_terminal()), color: color() }
}

/// True if a line on standard error can be written over.
pub(in crate::cli) fn can_move() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| !term.is_empty() && term != "dumb")
}

/// True if somebody is there to answer a question.
pub(in crate::cli) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Forgets what was typed on the terminal and not yet read.
pub(in crate::cli) fn forget_what_was_typed() {
    // Where there is no terminal there is nothing to forget.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Text for people, as it is.
pub(in crate::cli) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Data, as it is. False if nobody reads it any more.
pub(in crate::cli) fn data(text: &str) -> Result<bool, Error> {
    let mut out = io::stdout().lock();
    taken(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What became of data that was written to standard output. False if nobody reads it any more, which is no error: whoever reads
/// has seen enough, as in `rowcast results | head`.
pub(in crate::cli) fn taken(written: io::Result<()>) -> Result<bool, Error> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::new(ErrorKind::Unexpected, no_data(&error))),
    }
}

/// The problem that data is lost.
pub(in crate::cli) fn no_data(error: &io::Error) -> Problem {
    Problem::new(format!("standard output cannot be written: {error}"))
}

/// One problem.
pub(in crate::cli) fn problem(problem: &Problem) {
    tell(&render(problem, color()));
}

/// Something that is good to know and no problem.
pub(in crate::cli) fn note(text: &str) {
    tell(&format!("note: {}\n", visible(text)));
}

/// All problems.
pub(in crate::cli) fn problems(problems: &Problems) {
    for one in problems {
        problem(one);
    }
}
