//! What is told about rows that other runs have sent.

use crate::diag::{count, plural, thousands};
use crate::recipe::{Audience, Once};
use crate::run::{PriorCounts, PriorRows};

/// Runs to name, at most.
const RUNS: usize = 3;

/// Who has sent what already, how many are in doubt there, and what to do about it.
pub(crate) fn told(sent: &PriorCounts, audience: &Audience, again: bool) -> Vec<String> {
    let rows = sent.rows();
    if rows == 0 {
        return Vec::new();
    }
    let what = what(audience, sent);
    let consequence = if again { "; --again sends to them once more" } else { "" };
    let mut told = vec![format!("{} {what} already: {}{consequence}", have(rows), by_run(sent))];
    let doubts = sent.runs.iter().filter_map(|(run, of_run)| Some((run, of_run.doubt, of_run.first_doubt.as_ref()?)));
    told.extend(doubts.take(RUNS).map(|(run, doubt, first)| {
        let them = if doubt == 1 { "it" } else { "them" };
        format!(
            "{} of them in doubt in {run}: `rowcast show {run} {}` explains one; `rowcast retry {run} --unknown` sends {them} again",
            thousands(doubt),
            first.row
        )
    }));
    told
}

/// A line of its own for people who are left out because of something that was sent more than a day ago: a new event with the same
/// text must not go unnoticed.
pub(crate) fn old_message(sent: &PriorCounts, audience: &Audience) -> Option<String> {
    let old = sent.old();
    if old == 0 || audience.once != Once::Message || audience.repeat_after.is_some() {
        return None;
    }
    let (people, got) = if old == 1 {
        ("1 row is".to_owned(), "its person")
    } else {
        (format!("{} rows are", thousands(old)), "their people")
    };
    Some(format!(
        "{people} left out because {got} got the same text more than a day ago. If each row is a new event, write \
         `once: \"{{{{ order_id }}}}\"` with a column that tells events apart; for reminders write `repeat-after: 20h`"
    ))
}

/// One line that says who has everything since when.
pub(crate) fn nothing_left(sent: &PriorCounts, audience: &Audience, skipped: u64) -> String {
    let rows = sent.rows();
    let others = skipped.saturating_sub(rows);
    let others =
        if others > 0 { format!(" ({} skipped for other reasons)", count(others, "row")) } else { String::new() };
    let doubt = match sent.doubt() {
        0 => String::new(),
        doubt => format!("; {} in doubt: see `rowcast check`", thousands(doubt)),
    };
    format!(
        "nothing to send: {} {} already: {}{others}{doubt}; --again sends to all once more",
        have(rows),
        what(audience, sent),
        by_run(sent)
    )
}

/// What is true of rows that other runs have sent; more careful if all of them are in doubt.
fn what(audience: &Audience, sent: &PriorCounts) -> &'static str {
    let (rows, sure) = (sent.rows(), sent.doubt() < sent.rows());
    match (&audience.once, rows, sure) {
        (Once::By(_), 1, true) => "was sent by its `once` key",
        (Once::By(_), _, true) => "were sent by their `once` key",
        (Once::By(_), 1, false) => "may have been sent by its `once` key",
        (Once::By(_), _, false) => "may have been sent by their `once` key",
        (_, 1, true) => "has this message",
        (_, _, true) => "have their message",
        (_, 1, false) => "may have this message",
        (_, _, false) => "may have their message",
    }
}

fn have(rows: u64) -> String {
    count(rows, "row")
}

/// `1,200 by spring-1 on 2026-11-24, 3 by spring-2 on 2026-11-25`.
fn by_run(sent: &PriorCounts) -> String {
    let mut runs: Vec<(&String, &PriorRows)> = sent.runs.iter().collect();
    runs.sort_by_key(|(run, of_run)| (of_run.first.at, (*run).clone()));
    let several = runs.len() > 1;
    let mut parts: Vec<String> = runs
        .iter()
        .take(RUNS)
        .map(|(run, of_run)| {
            let day = of_run.first.at.strftime("%Y-%m-%d");
            let rows = if several { format!("{} ", thousands(of_run.rows)) } else { String::new() };
            format!("{rows}by {run} on {day}")
        })
        .collect();
    if runs.len() > RUNS {
        let more = runs.len() - RUNS;
        parts.push(format!("and by {more} more {}", plural(more as u64, "run")));
    }
    parts.join(", ")
}
