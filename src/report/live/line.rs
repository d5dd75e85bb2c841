//! The text of the progress bar's line, cut to the width of the terminal.

use console::{Style, measure_text_width};

use crate::model::State;

use super::progress::{ProgressSnapshot, Wait};
use super::words;
use crate::report::text::{duration, style};

/// Columns kept free at the right: the terminal writes `^C` there, and may wrap a full line.
const FREE: usize = 3;

/// One piece of the line.
struct LineItem {
    /// Pieces with a high rank are dropped first.
    rank: u8,
    long: String,
    short: String,
    style: Style,
}

/// The line for `width` columns, with or without colours.
pub(super) fn line(snapshot: &ProgressSnapshot, width: usize, color: bool) -> String {
    let room = width.saturating_sub(FREE);
    let bar = match width {
        100.. => 24,
        72..100 => 16,
        50..72 => 10,
        _ => 0,
    };
    let paint = |style: Style| style.for_stderr().force_styling(color);
    let total = snapshot.counts.total();
    let done = total - snapshot.counts.get(State::Pending) - snapshot.counts.get(State::Sending);
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    let (mut line, used) = if bar > 0 {
        let (full, rest) = drawn(done, total, bar);
        let (full, rest) = (paint(Style::new().green()).apply_to(full), paint(Style::new().dim()).apply_to(rest));
        (format!("{full}{rest} {percent:>3}%"), bar + 5)
    } else {
        (format!("{percent:>3}%"), 4)
    };
    for (at, (text, style)) in fit(parts(snapshot), room.saturating_sub(used)).into_iter().enumerate() {
        line.push_str(if at == 0 { "  " } else { " · " });
        line.push_str(&paint(style).apply_to(text).to_string());
    }
    line
}

/// The filled and the empty part of a bar.
fn drawn(done: u64, total: u64, bar: usize) -> (String, String) {
    let halves = usize::try_from(done.saturating_mul(2 * bar as u64).checked_div(total).unwrap_or(0)).unwrap_or(0);
    let (full, half) = (halves / 2, halves % 2);
    ("━".repeat(full) + if half == 1 { "╸" } else { "" }, "─".repeat(bar - full - half))
}

/// All pieces, in their order on the line.
fn parts(snapshot: &ProgressSnapshot) -> Vec<LineItem> {
    let mut parts = Vec::new();
    let mut part = |rank, long: String, short: String, style| parts.push(LineItem { rank, long, short, style });
    let calm = Style::new();
    if let Some(wait) = snapshot.wait {
        part(0, words::wait(wait, false), words::wait(wait, true), Style::new().yellow());
    }
    if let Some(left) = snapshot.left.map(duration::span) {
        let long = if snapshot.in_parts { "of sending left" } else { "left" };
        let short = if snapshot.in_parts { "of sending" } else { "left" };
        part(1, format!("{left} {long}"), format!("{left} {short}"), calm.clone());
    }
    // Outside a window or between stages a rate means nothing.
    let sends = !matches!(snapshot.wait, Some((Wait::Window | Wait::Stage, _)));
    if sends && let (Some(long), Some(short)) = (words::rate(snapshot, false), words::rate(snapshot, true)) {
        part(2, long, short, calm.clone());
    }
    for (state, rows) in snapshot.counts.present() {
        let rank = match state {
            // The number in flight changes too fast to read.
            State::Pending | State::Sending => continue,
            State::Rejected | State::Failed | State::Unknown | State::Held => 3,
            State::Accepted => 4,
            State::Invalid | State::Skipped => 5,
        };
        part(rank, format!("{rows} {state}"), format!("{rows} {state}"), style(state));
    }
    parts
}

/// The pieces that fit: shortens those of highest rank first, then drops them.
fn fit(parts: Vec<LineItem>, columns: usize) -> Vec<(String, Style)> {
    let mut parts: Vec<(LineItem, bool)> = parts.into_iter().map(|part| (part, false)).collect();
    let fits = |parts: &[(LineItem, bool)]| {
        let width =
            |(part, short): &(LineItem, bool)| measure_text_width(if *short { &part.short } else { &part.long });
        parts.iter().map(width).sum::<usize>() + (parts.len() * 3).saturating_sub(1) <= columns
    };
    while !fits(&parts) {
        let least =
            |short: bool| (0..parts.len()).filter(|at| parts[*at].1 == short).max_by_key(|at| parts[*at].0.rank);
        match (least(false), least(true)) {
            (Some(long), _) => parts[long].1 = true,
            (None, Some(short)) => drop(parts.remove(short)),
            (None, None) => break,
        }
    }
    // Dropped pieces may have made room for long forms.
    for at in 0..parts.len() {
        parts[at].1 = false;
        parts[at].1 = !fits(&parts);
    }
    parts.into_iter().map(|(part, short)| (if short { part.short } else { part.long }, part.style)).collect()
}

#[cfg(test)]
mod tests;
