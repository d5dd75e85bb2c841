//! The summary at the end of a session: rows by state, the rows that need attention, and the next commands.

use console::Style;

use crate::diag::{count, visible};
use crate::model::{Counts, FoundRate, StageEnd, State};

use super::rate::rate_line;
use super::text_style::TextStyle;

/// A row in the summary's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// Its number.
    pub row: u64,
    /// Its state.
    pub state: State,
    /// The recipient, if known.
    pub recipient: String,
    /// The error code, empty if there is none.
    pub code: String,
    /// The message id or the error message.
    pub detail: String,
    /// What to do.
    pub advice: String,
}

/// `12 rows = 9 accepted + 1 rejected + 2 skipped`.
///
/// ```
/// use rowcast::model::{Counts, State};
/// let mut counts = Counts::default();
/// counts.add_many(State::Accepted, 9);
/// counts.add_many(State::Skipped, 3);
/// assert_eq!(rowcast::report::counts_line(&counts), "12 rows = 9 accepted + 3 skipped");
/// ```
pub fn counts_line(counts: &Counts) -> String {
    let parts: Vec<String> = counts.present().map(|(state, rows)| format!("{rows} {state}")).collect();
    let parts = if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") };
    format!("{} = {parts}", count(counts.total(), "row"))
}

/// `stage 1 of 3: 20 rows = 19 accepted + 1 rejected`.
pub fn stage_line(end: &StageEnd) -> String {
    format!("stage {} of {}: {}", end.stage, end.of, counts_line(&end.counts))
}

/// Says that a run or one of its connections stops, and why.
pub(in crate::report) fn stopping_line(connection: Option<&str>, reason: &str) -> String {
    let reason = visible(reason);
    match connection {
        Some(name) => format!("stopping connection `{}`: {reason}; the others continue", visible(name)),
        None => format!("stopping: {reason}"),
    }
}

/// The summary of a session.
#[derive(Debug)]
pub struct SummaryText<'a> {
    /// The run's name.
    pub run: &'a str,
    /// Its rows by state.
    pub counts: &'a Counts,
    /// The rates that the APIs take, where those are less than allowed.
    pub rates: &'a [FoundRate],
    /// The rows to show.
    pub rows: &'a [SummaryRow],
    /// How many more rows could be shown.
    pub more: u64,
    /// The path of the results, if they could be written.
    pub results: Option<&'a str>,
    /// The next commands, each with a reason.
    pub next: &'a [(String, String)],
}

impl SummaryText<'_> {
    /// The text: counts, table, each advice once, path of the results, next commands. Paths and commands are never cut,
    /// because users copy them.
    pub fn on(&self, text_style: TextStyle) -> String {
        let mut text = format!("\n{}", text_style.paragraph("", &counts_line(self.counts)));
        if !self.rows.is_empty() {
            text.push('\n');
            text.push_str(&table(self.rows, text_style));
        }
        if self.more > 0 {
            let (more, run) = (self.more, self.run);
            let more = format!("… and {more} more: rowcast results {run} --status rejected,failed,unknown,invalid\n");
            text.push_str(&more);
        }
        text.push('\n');
        for found in self.rates {
            text.push_str(&text_style.paragraph("rate     ", &rate_line(found)));
        }
        for advice in advice(self.rows) {
            text.push_str(&text_style.paragraph("advice   ", &advice));
        }
        if let Some(results) = self.results {
            text.extend(["results  ", results, "\n"]);
        }
        for (command, reason) in self.next {
            let reason = text_style.style(Style::new().dim()).apply_to(format!("# {reason}"));
            text.extend(["next     ", command, &format!("\n         {reason}\n")]);
        }
        text
    }
}

/// Each advice once, with all codes that it applies to.
fn advice(rows: &[SummaryRow]) -> Vec<String> {
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows.iter().filter(|row| !row.advice.is_empty()) {
        match known.iter_mut().find(|(advice, _)| *advice == row.advice) {
            Some((_, codes)) if codes.contains(&row.code.as_str()) => {}
            Some((_, codes)) => codes.push(&row.code),
            None => known.push((&row.advice, vec![&row.code])),
        }
    }
    known.into_iter().map(|(advice, codes)| format!("{}: {}", visible(&codes.join(", ")), visible(advice))).collect()
}

fn table(rows: &[SummaryRow], text_style: TextStyle) -> String {
    let line = |row: &SummaryRow| {
        let detail = match row.code.as_str() {
            "" => visible(&row.detail),
            code => format!("{}: {}", visible(code), visible(&row.detail)),
        };
        ([row.row.to_string(), row.state.to_string(), visible(&row.recipient), detail], style(row.state))
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    text_style.table(["row", "status", "recipient", "message id, or what went wrong"], &lines)
}

/// The colour of a state, the same in the summary and in the progress bar.
pub(in crate::report) fn style(state: State) -> Style {
    match state {
        State::Accepted => Style::new().green(),
        State::Held | State::Unknown => Style::new().yellow(),
        State::Rejected | State::Failed | State::Invalid => Style::new().red(),
        State::Skipped | State::Pending | State::Sending => Style::new().dim(),
    }
}

#[cfg(test)]
mod tests;
