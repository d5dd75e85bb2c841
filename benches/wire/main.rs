//! `cargo bench --bench wire`: the cost of sending, to a server of its own on the loopback interface.
//!
//! `-- peers` compares Rowcast with other tools, `-- sizes` runs every command on lists of a thousand to a million rows,
//! `-- pace` measures when messages arrive, `-- numbers` measures a run over many numbers, and `-- memory` a check against a large memory. README.md has the results.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bare;
mod list;
mod measure;
mod memory;
mod numbers;
mod pace;
mod peers;
mod server;
mod sizes;

/// Measure the cost of sending.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
    /// Cargo passes this flag to every benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Rowcast and other tools, in turns
    Peers(peers::Extent),
    /// Every command over lists of increasing size, and the size of a run on disk
    Sizes(sizes::Extent),
    /// The most messages in a second, and the share of the allowed rate that is used
    Pace(pace::Extent),
    /// Many numbers in one run, each at its own rate
    Numbers(numbers::Extent),
    /// What it costs to ask a large memory for every row, and to build it
    Memory(memory::Extent),
    /// The server, in a process of its own
    #[command(hide = true)]
    Serve,
    /// Bare reqwest, in a process of its own
    #[command(hide = true)]
    Bare { url: String, messages: u64, connections: usize },
}

fn main() -> ExitCode {
    match measure(Args::parse().what) {
        Ok(table) => {
            let _ = io::stdout().write_all(table.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn measure(what: What) -> io::Result<String> {
    // The ledger must be on a disk, so that a sync has its real cost. The system's temporary folder may be in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    match what {
        What::Peers(extent) => peers::compare(&extent, folder.path()),
        What::Sizes(extent) => sizes::grow(&extent, folder.path()),
        What::Pace(extent) => pace::hold(&extent, folder.path()),
        What::Numbers(extent) => numbers::spread(&extent, folder.path()),
        What::Memory(extent) => memory::ask(&extent, folder.path()),
        What::Serve => server::serve().map(|()| String::new()),
        What::Bare { url, messages, connections } => bare::send(&url, messages, connections).map(|()| String::new()),
    }
}

/// Prints a progress message.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
