//! The chaos engine: lists, faults and kills drawn from a seed, the real program, and one oracle.
//!
//! | file | what |
//! |---|---|
//! | `draw` | the scenario: its list, faults and pace, all drawn from the seed |
//! | `bench` | a working folder and the program in it, as a child that is killed by its process id |
//! | `scenario` | kill, resume, check, retry, check |
//! | `several` | several runs at the same time over overlapping lists, killed and started again |
//! | `harm` | logs, marks and folders are harmed, copied and removed |
//! | `oracle` | the rules that hold after every scenario |
//! | `ledger` | reads the ledger with plain SQL and none of the program's code |
//! | `inject` | a kill or an error at the n-th system call, with `strace` |
//!
//! Belongs here: everything that the command and the integration test share. Does not belong here: arguments, printing.

mod bench;
mod draw;
pub(crate) mod harm;
pub(crate) mod inject;
mod ledger;
mod oracle;
pub(crate) mod scenario;
pub(crate) mod several;

use std::fmt;
use std::path::PathBuf;

/// The program under test and its sizes.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The program.
    pub(crate) rowcast: PathBuf,
    /// Rows of a list.
    pub(crate) rows: usize,
    /// Rows in flight at most.
    pub(crate) concurrency: u32,
}

/// A violated rule.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The oracle's message.
    pub(crate) said: Vec<String>,
    /// The working folder, kept.
    pub(crate) folder: PathBuf,
    /// The drawn scenario.
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
