//! The pace: the most messages that arrive in a second, and the share of the allowed rate that is used.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::list::Project;
use super::measure::Cost;
use super::server::{Refused, Server};

/// The time of sending.
#[derive(Debug, clap::Args)]
pub(crate) struct Extent {
    /// Seconds of sending at each rate and latency
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

/// Messages a second.
const RATES: [u32; 3] = [20, 80, 1000];

/// The latency of answers and the share of throttled messages: none, or three of a hundred.
const ANSWERS: [(Duration, Refused); 3] = [
    (Duration::from_millis(150), Refused::None),
    (Duration::from_millis(600), Refused::None),
    (Duration::from_millis(150), Refused::ForNow(33)),
];

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The time to exclude at the start. The first few messages are sent one by one; by then they are answered at every
/// measured latency.
pub(crate) const BEGINNING: Duration = Duration::from_secs(3);

/// Measures and returns the table.
pub(crate) fn hold(extent: &Extent, folder: &Path) -> io::Result<String> {
    let server = Server::start()?;
    let mut lines = vec![
        "| rate | latency, ms | throttled | requests | most in any second | used, % | used after the first 3 s, % |"
            .to_owned(),
        "|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for rate in RATES {
        for (latency, refused) in ANSWERS {
            let messages = rate * extent.seconds;
            let throttled = if refused == Refused::None { "none" } else { "3 %" };
            let own = folder.join(format!("{rate}-{}-{}", latency.as_millis(), refused != Refused::None));
            std::fs::create_dir_all(&own)?;
            let project = Project::create(&own, messages.into(), &server.url(), &format!("{rate}/s"))?;
            server.reset(latency, refused)?;
            Cost::of(&mut project.send(), 0)?;
            let arrivals = server.seen()?.arrivals;
            let late = arrivals.partition_point(|at| *at < BEGINNING);
            let row = [
                format!("{rate}/s"),
                latency.as_millis().to_string(),
                throttled.to_owned(),
                arrivals.len().to_string(),
                most_within(&arrivals, SECOND).to_string(),
                format!("{:.1}", used(&arrivals, rate)),
                format!("{:.1}", used(&arrivals[late..], rate)),
            ];
            lines.push(format!("| {} |", row.join(" | ")));
            super::say(&format!("{rate}/s with {} ms, throttled: {throttled}", latency.as_millis()));
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// The most arrivals in any window of this length; the end of the window is excluded.
pub(crate) fn most_within(arrivals: &[Duration], window: Duration) -> usize {
    let within = |(first, at): (usize, &Duration)| arrivals[first..].partition_point(|later| *later < *at + window);
    arrivals.iter().enumerate().map(within).max().unwrap_or(0)
}

/// Percent of the rate, from the first arrival to the last.
pub(crate) fn used(arrivals: &[Duration], rate: u32) -> f64 {
    let (Some(first), Some(last)) = (arrivals.first(), arrivals.last()) else { return 0.0 };
    let gaps = u32::try_from(arrivals.len() - 1).unwrap_or(u32::MAX);
    100.0 * f64::from(gaps) / (f64::from(rate) * last.saturating_sub(*first).as_secs_f64())
}
