//! How to send: each flag overrides the recipe's `send`.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::recipe::{MaxFailures, Rate, Send, parse_duration};

/// How to send; each overrides the recipe's `send`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending (each overrides the recipe's `send`)")]
pub(in crate::cli) struct SendArgs {
    /// Rows in flight at most [default: the recipe's, else 64]
    #[arg(short = 'j', long, value_name = "ROWS")]
    pub(in crate::cli) concurrency: Option<NonZeroU32>,
    /// At most so many requests per s, m, h or d, for example 80/s
    #[arg(long, value_name = "RATE")]
    pub(in crate::cli) rate: Option<Rate>,
    /// Further attempts where nothing was sent for certain [default: the recipe's, else 3]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) retries: Option<u32>,
    /// How long one request may take, for example 30s [default: the recipe's, else 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Stop when more than so many rows, or percent of the rows tried, were not accepted
    #[arg(long, value_name = "N|N%")]
    pub(in crate::cli) max_failures: Option<MaxFailures>,
    /// Send nothing after this moment, for example 2026-12-01T18:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(in crate::cli) not_after: Option<Timestamp>,
}

impl SendArgs {
    pub(in crate::cli) fn settings(&self) -> Send {
        let Self { concurrency, rate, retries, timeout, max_failures, not_after } = *self;
        Send { concurrency, rate, retries, timeout, max_failures, not_after }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than nothing".to_owned()),
        timeout => Ok(timeout),
    }
}
