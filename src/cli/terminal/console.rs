//! Printing: standard output is for data, standard error for messages. A closed pipe or terminal is not an error; any other loss
//! of data is.

use std::io::{self, IsTerminal, Write};

use console::Term;

use crate::app::{Error, ErrorKind};
use crate::diag::{Problem, Problems, render, visible};
use crate::report::TextStyle;

/// True if messages may be coloured: standard error is a terminal and `NO_COLOR` (no-color.org) is not set.
pub(in crate::cli) fn color() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The width and colour of message output.
pub(in crate::cli) fn text_style() -> TextStyle {
    let columns = Term::stderr().size_checked().map(|(_, columns)| usize::from(columns));
    TextStyle { columns: columns.filter(|columns| *columns > 0 && io::stderr().is_terminal()), color: color() }
}

/// True if a line on standard error can be overwritten.
pub(in crate::cli) fn can_move() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| !term.is_empty() && term != "dumb")
}

/// True if the user can answer a question.
pub(in crate::cli) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Discards terminal input that was typed but not read.
pub(in crate::cli) fn discard_typed_input() {
    // Fails only without a terminal, which has no input to discard.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Prints a message unchanged.
pub(in crate::cli) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints data unchanged. False if the reader closed the pipe.
pub(in crate::cli) fn data(text: &str) -> Result<bool, Error> {
    let mut out = io::stdout().lock();
    taken(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Checks the result of writing data to standard output. False if the reader closed the pipe, which is not an error: see
/// `rowcast results | head`.
pub(in crate::cli) fn taken(written: io::Result<()>) -> Result<bool, Error> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::new(ErrorKind::Unexpected, no_data(&error))),
    }
}

/// The problem that data could not be written.
pub(in crate::cli) fn no_data(error: &io::Error) -> Problem {
    Problem::new(format!("standard output cannot be written: {error}"))
}

/// Prints a problem.
pub(in crate::cli) fn problem(problem: &Problem) {
    tell(&render(problem, color()));
}

/// Prints a note, which is not a problem.
pub(in crate::cli) fn note(text: &str) {
    tell(&format!("note: {}\n", visible(text)));
}

/// Prints all problems.
pub(in crate::cli) fn problems(problems: &Problems) {
    for one in problems {
        problem(one);
    }
}
