//! How to send: each flag overrides the recipe's `send`.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::model::{FailureLimit, Rate};
use crate::recipe::{Send, Stage, parse_duration, parse_stages};
use crate::schedule::{Window, zone};

/// How to send; each overrides the recipe's `send`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending (each overrides the recipe's `send`)")]
pub(in crate::cli) struct SendArgs {
    /// Rows in flight at most [default: the recipe's, else 64, and up to 1000 where the rate needs more]
    #[arg(short = 'j', long, value_name = "ROWS", value_parser = concurrency)]
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
    pub(in crate::cli) max_failures: Option<FailureLimit>,
    /// Send nothing after this moment, for example 2026-12-01T18:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(in crate::cli) not_after: Option<Timestamp>,
    /// Send in stages: up to so many rows, or percent of them, then look how it went
    #[arg(long, value_name = "20,10%,100%", value_parser = stages)]
    pub(in crate::cli) stages: Option<Stages>,
    /// Wait so long between two stages instead of asking, for example 30m
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(in crate::cli) stage_wait: Option<Duration>,
    /// Send in these hours alone, for example "Mon-Fri 09:00-18:00, Sat 10:00-14:00"
    #[arg(long, value_name = "HOURS")]
    pub(in crate::cli) window: Option<Window>,
    /// Whose hours: a time zone such as Europe/Berlin, the same for every row
    #[arg(long, value_name = "ZONE", value_parser = timezone)]
    pub(in crate::cli) timezone: Option<String>,
    /// End, to be resumed, where the run would wait for the window or for the next stage
    #[arg(long)]
    pub(in crate::cli) no_wait: bool,
}

/// All stages of one flag.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Stages(Vec<Stage>);

impl SendArgs {
    pub(in crate::cli) fn settings(&self) -> Send {
        Send {
            concurrency: self.concurrency,
            rate: self.rate,
            retries: self.retries,
            timeout: self.timeout,
            max_failures: self.max_failures,
            not_after: self.not_after,
            stages: self.stages.as_ref().map(|Stages(stages)| stages.clone()).unwrap_or_default(),
            stage_wait: self.stage_wait,
            window: self.window.clone(),
            timezone: self.timezone.clone(),
        }
    }
}

fn concurrency(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "not a whole number from 1 on".to_owned())
}

fn stages(text: &str) -> Result<Stages, String> {
    parse_stages(text).map(Stages)
}

fn timezone(text: &str) -> Result<String, String> {
    zone(text).map(|_| text.to_owned())
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than nothing".to_owned()),
        timeout => Ok(timeout),
    }
}
