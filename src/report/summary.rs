//! The summary at the end of a session: figures that add up, the rows that need a look, and the next command.

use crate::diag::visible;
use crate::model::{Counts, StageEnd, State};

/// A row worth showing in the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// Its number.
    pub row: u64,
    /// What it is.
    pub state: State,
    /// Who it is for, if that is known.
    pub recipient: String,
    /// The code of what went wrong, if something did.
    pub code: String,
    /// The message id, or what is wrong.
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
    let total = counts.total();
    let noun = if total == 1 { "row" } else { "rows" };
    let parts: Vec<String> = counts.present().map(|(state, rows)| format!("{rows} {state}")).collect();
    let parts = if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") };
    format!("{total} {noun} = {parts}")
}

/// `stage 1 of 3: 20 rows = 19 accepted + 1 rejected`.
pub fn stage_line(end: &StageEnd) -> String {
    format!("stage {} of {}: {}", end.stage, end.of, counts_line(&end.counts))
}

/// The whole text: figures, a table of `rows`, each advice once, where the results are, and the `next` commands with
/// their reasons.
pub fn summary_text(
    run: &str,
    counts: &Counts,
    rows: &[SummaryRow],
    more: u64,
    results: Option<&str>,
    next: &[(String, String)],
) -> String {
    let mut text = format!("\n{}\n", counts_line(counts));
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table(rows));
    }
    if more > 0 {
        text.push_str(&format_args_line(more, run));
    }
    text.push('\n');
    for advice in advice(rows) {
        text.extend(["advice   ", &advice, "\n"]);
    }
    if let Some(results) = results {
        text.extend(["results  ", results, "\n"]);
    }
    for (command, reason) in next {
        text.extend(["next     ", command, "\n         # ", reason, "\n"]);
    }
    text
}

fn format_args_line(more: u64, run: &str) -> String {
    format!("… and {more} more: rowcast results {run} --status rejected,failed,unknown,invalid\n")
}

/// What to do about the codes of these rows, each advice once, with every code that it is for.
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

/// Columns as wide as their content; the last may run on.
fn table(rows: &[SummaryRow]) -> String {
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            let detail = match row.code.as_str() {
                "" => visible(&row.detail),
                code => format!("{}: {}", visible(code), visible(&row.detail)),
            };
            [row.row.to_string(), row.state.to_string(), visible(&row.recipient), detail]
        })
        .collect();
    let head = ["row", "status", "recipient", "message id, or what went wrong"].map(str::to_owned);
    let width =
        |at: usize| std::iter::once(&head).chain(&cells).map(|line| line[at].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    let line = |cells: &[String; 4]| {
        let [row, state, recipient, detail] = cells;
        let [row_width, state_width, recipient_width] = widths;
        let line = format!("{row:>row_width$}  {state:state_width$}  {recipient:recipient_width$}  {detail}");
        format!("{}\n", line.trim_end())
    };
    std::iter::once(&head).chain(&cells).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_reads_from_figures_to_the_next_command() {
        let mut counts = Counts::default();
        counts.add_many(State::Accepted, 1);
        counts.add_many(State::Rejected, 1);
        let row = |row, state, code: &str, detail: &str, advice: &str| SummaryRow {
            row,
            state,
            recipient: "+4915123456789".to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
            advice: advice.to_owned(),
        };
        let rows = [
            row(1, State::Accepted, "", "wamid.X", ""),
            row(20, State::Rejected, "131026", "unde\u{1b}liverable", "Check that this number uses WhatsApp."),
            row(21, State::Rejected, "131026", "unde\u{1b}liverable", "Check that this number uses WhatsApp."),
            row(22, State::Unknown, "131000", "unclear", "Find out."),
            row(23, State::Unknown, "timeout", "silence", "Find out."),
        ];
        let next = [("rowcast retry --rejected r".to_owned(), "after mending".to_owned())];
        insta::assert_snapshot!(summary_text("r", &counts, &rows, 3, Some("runs/r/results.csv"), &next), @r"

        2 rows = 1 accepted + 1 rejected

        row  status    recipient       message id, or what went wrong
          1  accepted  +4915123456789  wamid.X
         20  rejected  +4915123456789  131026: unde\u{1b}liverable
         21  rejected  +4915123456789  131026: unde\u{1b}liverable
         22  unknown   +4915123456789  131000: unclear
         23  unknown   +4915123456789  timeout: silence
        … and 3 more: rowcast results r --status rejected,failed,unknown,invalid

        advice   131026: Check that this number uses WhatsApp.
        advice   131000, timeout: Find out.
        results  runs/r/results.csv
        next     rowcast retry --rejected r
                 # after mending
        ");
    }
}
