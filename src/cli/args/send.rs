//! The send settings as flags; each overrides the recipe's `send`.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::model::{FailureLimit, Rate};
use crate::recipe::{SendSettings, StageSetting, parse_duration, parse_stages};
use crate::schedule::{Window, zone};

/// The send settings; each overrides the recipe's `send`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending (each overrides the recipe's `send`)")]
pub(in crate::cli) struct SendArgs {
    /// Maximum number of rows in flight [default: the recipe's, or 64, rising to 1000 if the rate needs it]
    #[arg(short = 'j', long, value_name = "ROWS", value_parser = concurrency)]
    pub(in crate::cli) concurrency: Option<NonZeroU32>,
    /// Maximum request rate, for example 80/s (per s, m, h or d)
    #[arg(long, value_name = "RATE")]
    pub(in crate::cli) rate: Option<Rate>,
    /// Retry a row up to N times if it was certainly not sent [default: the recipe's, or 3]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) retries: Option<u32>,
    /// Timeout of one request, for example 30s [default: the recipe's, or 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Stop once more than N rows, or N% of the rows tried, were not accepted
    #[arg(long, value_name = "N|N%")]
    pub(in crate::cli) max_failures: Option<FailureLimit>,
    /// Send nothing after this time, for example 2026-12-01T18:00:00Z
    #[arg(long, value_name = "TIMESTAMP")]
    pub(in crate::cli) not_after: Option<Timestamp>,
    /// Send in stages: pause after N rows, or N% of them, and show how it went
    #[arg(long, value_name = "20,10%,100%", value_parser = stages)]
    pub(in crate::cli) stages: Option<StageList>,
    /// Wait this long between stages instead of asking, for example 30m
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(in crate::cli) stage_wait: Option<Duration>,
    /// Send only in these hours, for example "Mon-Fri 09:00-18:00, Sat 10:00-14:00"
    #[arg(long, value_name = "HOURS")]
    pub(in crate::cli) window: Option<Window>,
    /// Time zone of --window for every row, for example Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = timezone)]
    pub(in crate::cli) timezone: Option<String>,
    /// Exit instead of waiting for the window or the next stage; continue with `resume`
    #[arg(long)]
    pub(in crate::cli) no_wait: bool,
}

/// The stages given by one flag.
#[derive(Debug, Clone)]
pub(in crate::cli) struct StageList(Vec<StageSetting>);

impl SendArgs {
    pub(in crate::cli) fn settings(&self) -> SendSettings {
        SendSettings {
            concurrency: self.concurrency,
            rate: self.rate,
            retries: self.retries,
            timeout: self.timeout,
            max_failures: self.max_failures,
            not_after: self.not_after,
            stages: self.stages.as_ref().map(|StageList(stages)| stages.clone()).unwrap_or_default(),
            stage_wait: self.stage_wait,
            window: self.window.clone(),
            timezone: self.timezone.clone(),
        }
    }
}

fn concurrency(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "not a whole number of at least 1".to_owned())
}

fn stages(text: &str) -> Result<StageList, String> {
    parse_stages(text).map(StageList)
}

fn timezone(text: &str) -> Result<String, String> {
    zone(text).map(|_| text.to_owned())
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than 0s".to_owned()),
        timeout => Ok(timeout),
    }
}
