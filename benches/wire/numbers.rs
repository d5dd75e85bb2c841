//! Many numbers in one run: whether each keeps its own rate in any order of the list, and the cost.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::list::Project;
use super::measure::Cost;
use super::pace::{BEGINNING, SECOND, most_within, used};
use super::server::{Refused, Seen, Server};

/// The time of sending.
#[derive(Debug, clap::Args)]
pub(crate) struct Extent {
    /// Seconds of sending for each count of numbers
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// The count of numbers, and the rate of each per second.
const NUMBERS: [(u64, u32); 4] = [(1, 80), (10, 80), (100, 40), (100, 80)];

const LATENCY: Duration = Duration::from_millis(150);

/// Measures and returns the table.
pub(crate) fn spread(extent: &Extent, folder: &Path) -> io::Result<String> {
    let server = Server::start()?;
    let mut lines = vec![
        "| numbers | rate of each | order of the list | messages | messages/s | most of one number in any second | least used, % | CPU µs a message | peak memory, MiB |"
            .to_owned(),
        "|--:|--:|---|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for (numbers, rate) in NUMBERS {
        for (order, sorted) in [("mixed", false), ("sorted by number", true)] {
            let messages = numbers * u64::from(rate) * extent.seconds;
            let own = folder.join(format!("{numbers}-{rate}-{sorted}"));
            std::fs::create_dir_all(&own)?;
            let project = Project::spread(&own, messages, numbers, sorted, (&server.url(), &format!("{rate}/s")))?;
            server.reset(LATENCY, Refused::None)?;
            let cost = Cost::of(&mut project.send(), 0)?;
            let row = line(&server.seen()?, cost, rate);
            lines.push(format!("| {numbers} | {rate}/s | {order} | {} |", row.join(" | ")));
            super::say(&format!("{numbers} numbers, {order}"));
        }
    }
    Ok(lines.join("\n") + "\n")
}

fn line(seen: &Seen, cost: Cost, rate: u32) -> [String; 6] {
    let mut by_number: BTreeMap<u64, Vec<Duration>> = BTreeMap::new();
    for (at, number) in seen.arrivals.iter().zip(&seen.numbers) {
        by_number.entry(*number).or_default().push(*at);
    }
    let most = by_number.values().map(|arrivals| most_within(arrivals, SECOND)).max().unwrap_or(0);
    let late = |arrivals: &Vec<Duration>| {
        let begin = arrivals.first().copied().unwrap_or_default() + BEGINNING;
        used(&arrivals[arrivals.partition_point(|at| *at < begin)..], rate)
    };
    let least = by_number.values().map(late).fold(f64::INFINITY, f64::min);
    let messages = u32::try_from(seen.arrivals.len()).unwrap_or(u32::MAX);
    let seconds = seen.arrivals.last().map_or(0.0, Duration::as_secs_f64);
    [
        messages.to_string(),
        format!("{:.0}", f64::from(messages) / seconds),
        most.to_string(),
        format!("{least:.1}"),
        format!("{:.0}", cost.cpu.as_secs_f64() * 1e6 / f64::from(messages)),
        (cost.peak / 1024 / 1024).to_string(),
    ]
}
