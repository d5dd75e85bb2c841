//! The chaos engine: lists, faults and deaths drawn from a seed, the real program in the middle, and one oracle.
//!
//! | file | what |
//! |---|---|
//! | `draw` | what a scenario is: its list, faults, pace, all drawn from the seed |
//! | `bench` | a working folder and the program in it, as a child that is ended by its own process id |
//! | `scenario` | kill, resume, judge, retry, judge |
//! | `oracle` | what must hold whatever happened |
//! | `ledger` | what the ledger says, read with plain SQL and none of the program's code |
//! | `inject` | death or an error at the n-th system call, with `strace` |
//!
//! Belongs here: everything that the command and the integration test share. Does not belong here: arguments, printing.

mod bench;
mod draw;
pub(crate) mod inject;
mod ledger;
mod oracle;
pub(crate) mod scenario;

use std::fmt;
use std::path::PathBuf;

/// What is put to the test.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The program.
    pub(crate) rowcast: PathBuf,
    /// Rows of a list.
    pub(crate) rows: usize,
    /// Rows in flight at most.
    pub(crate) concurrency: u32,
}

/// A promise that was not kept.
#[derive(Debug)]
pub(crate) struct Violation {
    /// What the oracle said.
    pub(crate) said: Vec<String>,
    /// The working folder, kept.
    pub(crate) folder: PathBuf,
    /// What was drawn.
    pub(crate) drawn: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.said {
            writeln!(f, "  {line}")?;
        }
        write!(f, "  drawn: {}\n  kept:  {}", self.drawn, self.folder.display())
    }
}
