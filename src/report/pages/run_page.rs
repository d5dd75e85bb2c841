//! The page of a run, to read, print and forward. It has no script.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::diag::{plural, thousands};
use crate::model::State;
use crate::page::chart::{Column, columns, labelled, share, share_bar};
use crate::page::{REPORT, escape};
use crate::report::text::duration::clock;

use super::figures::{ErrorFigures, Figures, SessionFigures};
use super::mask::mask;

/// What a run's page shows beside its figures.
#[derive(Debug, Clone)]
pub struct RunPage<'a> {
    /// The run's name.
    pub run: &'a str,
    /// When it was created.
    pub created: Timestamp,
    /// When the page was made.
    pub made: Timestamp,
    /// A process is working on the run.
    pub live: bool,
    /// The run was sent to a sandbox.
    pub sandbox: bool,
    /// Settings, sources and digests: name and value.
    pub facts: &'a [(String, String)],
    /// The next commands, each with a reason.
    pub next: &'a [(String, String)],
    /// Show phone numbers in full.
    pub full: bool,
}

/// Maximum number of session charts: the last sessions with outcomes.
const CHARTS: usize = 6;

/// The whole page.
pub fn run_page(page: &RunPage<'_>, figures: &Figures) -> String {
    let safe = Safe { full: page.full };
    let mut html = REPORT.begin(&format!("{} – report", page.run));
    html += "<main>";
    html += &header(page, figures);
    html += &states(figures, safe);
    html += &throughput(figures);
    html += &latency(figures);
    html += &errors(figures, safe);
    html += &attempts(figures, safe);
    html += &sessions(figures);
    html += &facts(page, safe);
    html += &next(page);
    let numbers =
        if page.full { "This page contains phone numbers." } else { "Phone numbers are masked; --full shows them." };
    let _ = write!(html, "<footer>Made by Rowcast {}. {numbers}</footer>", moment(page.made));
    html += "</main>\n";
    html + &REPORT.end()
}

/// Escapes, and masks unless `full`, all text from lists, servers and users.
#[derive(Debug, Clone, Copy)]
struct Safe {
    full: bool,
}

impl Safe {
    fn text(self, text: &str) -> String {
        if self.full { escape(text) } else { escape(&mask(text)) }
    }
}

fn header(page: &RunPage<'_>, figures: &Figures) -> String {
    let counts = &figures.counts;
    let sent = counts.get(State::Accepted) + counts.get(State::Held);
    let left = counts.get(State::Pending) + counts.get(State::Sending);
    let (class, word) = match (page.live, left, counts.get(State::Unknown)) {
        (true, ..) => ("live", "running"),
        (_, 1.., _) => ("warn", "not finished"),
        (.., 1..) => ("warn", "finished, some rows unknown"),
        _ => ("good", "finished"),
    };
    let sandbox = if page.sandbox { "<span class=\"badge\">sandbox: nothing was delivered</span>" } else { "" };
    let mut html = format!(
        "<header><h1>{}</h1><p class=\"dim\">{} <span class=\"badge {class}\">{word}</span>{sandbox}</p></header>\
         <section class=\"big\">",
        escape(page.run),
        moment(page.created)
    );
    let bad = [State::Rejected, State::Failed, State::Invalid].map(|state| counts.get(state)).iter().sum::<u64>();
    for (figure, what, class) in [
        (counts.total(), "rows".to_owned(), ""),
        (sent, format!("accepted, {}", percent(sent, counts.total())), "good"),
        (bad, "not sent, with an error".to_owned(), if bad > 0 { "bad" } else { "" }),
        (
            counts.get(State::Unknown),
            "unknown: may have arrived".to_owned(),
            if counts.get(State::Unknown) > 0 { "warn" } else { "" },
        ),
        (left, "not tried yet".to_owned(), ""),
    ] {
        let _ = write!(html, "<div class=\"{class}\"><b>{}</b><span>{what}</span></div>", thousands(figure));
    }
    html + "</section>"
}

fn states(figures: &Figures, safe: Safe) -> String {
    let counts = &figures.counts;
    let parts: Vec<_> = counts.present().map(|(state, rows)| (state.word(), rows)).collect();
    let mut html = format!("<section><h2>Outcomes of the rows</h2>{}<table class=\"states\">", share_bar(&parts));
    for (state, rows) in counts.present() {
        let _ = write!(
            html,
            "<tr><td><i class=\"dot {0}\"></i>{0}</td><td class=\"num\">{1}</td><td class=\"num dim\">{2}</td><td class=\"dim\">{3}</td></tr>",
            state.word(),
            thousands(rows),
            percent(rows, counts.total()),
            meaning(state)
        );
    }
    html += "</table>";
    if !figures.skipped.is_empty() {
        let reasons: Vec<_> =
            figures.skipped.iter().map(|(why, rows)| format!("{} ({})", safe.text(why), thousands(*rows))).collect();
        let _ = write!(html, "<p class=\"dim\">Skipped because of: {}.</p>", reasons.join(", "));
    }
    html + "</section>"
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Accepted => "the API took the message; not the same as delivered",
        State::Held => "accepted, but held back by the API for now",
        State::Rejected => "refused for its content or its recipient",
        State::Failed => "certainly not sent",
        State::Unknown => "may have been sent; there is no trustworthy answer",
        State::Invalid => "not a valid message; never tried",
        State::Skipped => "left out on purpose",
        State::Pending => "not tried yet",
        State::Sending => "being sent now",
    }
}

fn throughput(figures: &Figures) -> String {
    let with: Vec<_> = figures.sessions.iter().filter(|session| !session.timeline.steps.is_empty()).collect();
    if with.is_empty() {
        return String::new();
    }
    let mut html = "<section><h2>Throughput</h2>".to_owned();
    let skip = with.len().saturating_sub(CHARTS);
    for session in &with[skip..] {
        let timeline = &session.timeline;
        let seconds = timeline.step_ms / 1000;
        let rate = |rows: u64| share(rows, u64::try_from(seconds).unwrap_or(1));
        let bars: Vec<_> = timeline
            .steps
            .iter()
            .zip(0_i64..)
            .map(|([good, bad], at)| Column {
                parts: vec![("accepted", rate(*good)), ("rejected", rate(*bad))],
                title: format!("after {}: {good} accepted, {bad} others", span(at * timeline.step_ms)),
            })
            .collect();
        let whole = i64::try_from(bars.len()).unwrap_or_default() * timeline.step_ms;
        let labels: Vec<_> = (0..=4).map(|part| span(whole * part / 4)).collect();
        let took = (timeline.end_ms - timeline.begin_ms).max(1);
        let sum = session.outcomes.iter().sum::<u64>();
        let average = share(sum.saturating_mul(1000), u64::try_from(took).unwrap_or(1));
        let _ = write!(
            html,
            "<h3>Session {}: {}</h3><p class=\"dim\">{} rows in {}, {average:.1} a second on average</p>{}",
            session.id,
            escape(&session.mode),
            thousands(sum),
            span(took),
            columns("Outcomes per second over time", &bars, &labels, "/s")
        );
    }
    if skip > 0 {
        let _ = write!(html, "<p class=\"dim\">and {skip} earlier sessions</p>");
    }
    html + "<p class=\"legend\"><i class=\"dot accepted\"></i>accepted <i class=\"dot rejected\"></i>all other outcomes</p></section>"
}

/// Bounds of the chart's columns in milliseconds.
const BOUNDS: [u64; 13] = [0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, u64::MAX];

fn latency(figures: &Figures) -> String {
    let latency = &figures.latency;
    if latency.total() == 0 {
        return String::new();
    }
    let bars: Vec<_> = BOUNDS
        .windows(2)
        .map(|bounds| {
            let answers = latency.between(bounds[0], bounds[1]);
            let label = if bounds[1] == u64::MAX { "more".to_owned() } else { format!("≤ {}", short(bounds[1])) };
            let parts = vec![("latency", share(answers, latency.total()) * 100.0)];
            (Column { parts, title: format!("{answers} answers") }, label)
        })
        .collect();
    let figure = |part| short(latency.within(part));
    format!(
        "<section><h2>Response times</h2><p class=\"dim\">half within <b>{}</b> · 95 % within <b>{}</b> · 99 % within <b>{}</b> · \
         the longest <b>{}</b> · {} answers</p>{}</section>",
        figure(0.5),
        figure(0.95),
        figure(0.99),
        short(latency.longest_ms),
        thousands(latency.total()),
        labelled("Answers by time, in percent", &bars, "%")
    )
}

fn errors(figures: &Figures, safe: Safe) -> String {
    let errors = figures.errors();
    if errors.is_empty() {
        return String::new();
    }
    let mut html = "<section class=\"wide\"><h2>What went wrong</h2>".to_owned();
    for error in errors {
        html += &one_error(error, safe);
    }
    if figures.other_errors > 0 {
        let _ = write!(
            html,
            "<p class=\"dim\">and {} rows with other codes: see the results</p>",
            thousands(figures.other_errors)
        );
    }
    html + "</section>"
}

fn one_error(error: &ErrorFigures, safe: Safe) -> String {
    let ErrorFigures { state, code, title, advice, rows, first } = error;
    let title = if title.is_empty() { String::new() } else { format!(" {}", safe.text(title)) };
    let noun = plural(*rows, "row");
    let mut html = format!(
        "<article><h3><span class=\"code\">{}</span>{title} <span class=\"count\"><i class=\"dot {state}\"></i>{} {noun} {state}</span></h3>",
        safe.text(code),
        thousands(*rows)
    );
    if !advice.is_empty() {
        let _ = write!(html, "<p class=\"advice\">{}</p>", safe.text(advice));
    }
    html += "<table class=\"rows\"><tr><th>row</th><th>line</th><th>recipient</th><th>what happened</th></tr>";
    for row in first {
        let _ = write!(
            html,
            "<tr><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td>{}</td></tr>",
            row.row,
            row.line,
            safe.text(&row.recipient),
            safe.text(&row.message)
        );
    }
    html += "</table>";
    let more = rows - first.len() as u64;
    if more > 0 {
        let _ = write!(html, "<p class=\"dim\">and {} more: see the results</p>", thousands(more));
    }
    html + "</article>"
}

fn attempts(figures: &Figures, safe: Safe) -> String {
    if figures.again.is_empty() && figures.attempts.keys().all(|attempts| *attempts < 2) {
        return String::new();
    }
    let mut html = "<section><h2>Attempts</h2><table class=\"states\">".to_owned();
    for (attempts, rows) in &figures.attempts {
        let what = match attempts {
            0 => "never tried".to_owned(),
            1 => "one attempt".to_owned(),
            more => format!("{more} attempts"),
        };
        let _ = write!(
            html,
            "<tr><td>{what}</td><td class=\"num\">{}</td><td class=\"num dim\">{}</td></tr>",
            thousands(*rows),
            percent(*rows, figures.counts.total())
        );
    }
    html += "</table>";
    if !figures.again.is_empty() {
        let codes: Vec<_> =
            figures.again.iter().map(|(code, times)| format!("{} ({})", safe.text(code), thousands(*times))).collect();
        let _ = write!(
            html,
            "<p class=\"dim\">Retried after: {}. The API refused these attempts before it accepted anything.</p>",
            codes.join(", ")
        );
    }
    html + "</section>"
}

fn sessions(figures: &Figures) -> String {
    let mut html =
        "<section><h2>Sessions</h2><table class=\"states\"><tr><th></th><th>began</th><th class=\"num\">took</th>\
                    <th class=\"num\">attempts</th><th class=\"num\">accepted</th><th class=\"num\">others</th></tr>"
            .to_owned();
    for SessionFigures { id, mode, timeline, attempts, outcomes, .. } in &figures.sessions {
        let began = Timestamp::from_millisecond(timeline.begin_ms).map(moment).unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td>{id} {}</td><td>{began}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            escape(mode),
            span(timeline.end_ms - timeline.begin_ms),
            thousands(*attempts),
            thousands(outcomes[0]),
            thousands(outcomes[1])
        );
    }
    html + "</table></section>"
}

fn facts(page: &RunPage<'_>, safe: Safe) -> String {
    let mut html = "<section><h2>Settings and digests</h2><table class=\"facts\">".to_owned();
    for (name, value) in page.facts {
        // Text that a user typed may hold a phone number. Digests and addresses hold none, whatever their digits.
        let typed = name == "only" || name.starts_with("var ");
        let value = if typed { safe.text(value) } else { escape(value) };
        let _ = write!(html, "<tr><th>{}</th><td>{value}</td></tr>", escape(name));
    }
    html + "</table></section>"
}

fn next(page: &RunPage<'_>) -> String {
    let mut html = "<section><h2>Next</h2>".to_owned();
    for (command, reason) in page.next {
        let _ = write!(
            html,
            "<p class=\"next\"><code>{}</code><span class=\"dim\">{}</span></p>",
            escape(command),
            escape(reason)
        );
    }
    html + "</section>"
}

fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// A duration: `0:07`, `1:02:03`.
fn span(ms: i64) -> String {
    clock(std::time::Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
}

/// `850 ms`, `1.2 s`.
fn short(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        _ => format!("{:.1} s", share(ms, 1000)),
    }
}

fn percent(part: u64, whole: u64) -> String {
    let percent = share(part, whole) * 100.0;
    match percent {
        _ if part == 0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        // A rounded part must not look like nothing or like the whole.
        _ => format!("{:.1} %", percent.clamp(0.1, 99.9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(
            [percent(0, 5), percent(5, 5), percent(1, 100_000), percent(99_999, 100_000), percent(1, 3)],
            ["0 %", "100 %", "0.1 %", "99.9 %", "33.3 %"]
        );
        assert_eq!([short(7), short(1000), short(1250)], ["7 ms", "1 s", "1.2 s"]);
    }
}
