//! `cargo bench --bench wire`: what sending costs, on a server of its own on the loopback interface.
//!
//! `-- peers` puts Rowcast beside other tools, `-- sizes` has every command work on lists of a thousand to a million rows,
//! `-- pace` looks at when messages arrive, and `-- numbers` at a run that spreads over many numbers. README.md says what came out.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bare;
mod list;
mod measure;
mod numbers;
mod pace;
mod peers;
mod server;
mod sizes;

/// What sending costs.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Rowcast beside other tools, in turns
    Peers(peers::Extent),
    /// Every command over lists of ten times the rows, and what a run takes on the disk
    Sizes(sizes::Extent),
    /// The most messages in a second, and how much of the allowed rate is used
    Pace(pace::Extent),
    /// Many numbers in one run, each at its own rate
    Numbers(numbers::Extent),
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
    // Where the ledger is, syncs cost what they cost on a disk: a folder of the build and not the system's, which may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    match what {
        What::Peers(extent) => peers::compare(&extent, folder.path()),
        What::Sizes(extent) => sizes::grow(&extent, folder.path()),
        What::Pace(extent) => pace::hold(&extent, folder.path()),
        What::Numbers(extent) => numbers::spread(&extent, folder.path()),
        What::Serve => server::serve().map(|()| String::new()),
        What::Bare { url, messages, connections } => bare::send(&url, messages, connections).map(|()| String::new()),
    }
}

/// Tells how it is going.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
