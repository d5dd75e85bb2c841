//! The keys of `send`: speed, attempts, hours and stages.

use std::time::Duration;

use jiff::Timestamp;

use crate::diag::{Problem, Step};
use crate::schedule::{Window, zone};

use super::stage::shrinking;
use super::template_text::is_template;
use super::{Node, Reader, SendSettings, StageSetting, parse_duration};

const WINDOW: &str = "for example \"Mon-Fri 09:00-18:00\", or a list of them";
const STAGES: &str = "for example [20, 10%, 100%], or with a limit [{ upto: 10%, max-failures: 2% }, 100%]";
const ZONE: &str = "for example `timezone: Europe/Berlin`, a column `\"{{ tz }}\"`, or `\"{{ phone | timezone }}\"`";

/// Reads the settings of `send` and reports each problem at its place.
pub(super) fn read_send(send: &mut Reader<'_>) -> SendSettings {
    send.refuse_unknown("`send`");
    let whole = |text: &str| text.parse().map_err(|_| format!("\"{text}\" is not a whole number"));
    SendSettings {
        concurrency: send.parsed("concurrency", |text| {
            text.parse().map_err(|_| format!("\"{text}\" is not a whole number of at least 1"))
        }),
        rate: send.parsed("rate", str::parse),
        retries: send.parsed("retries", whole),
        timeout: send.parsed("timeout", positive),
        max_failures: send.parsed("max-failures", str::parse),
        not_after: send.parsed("not-after", |text| {
            text.parse::<Timestamp>()
                .map_err(|_| format!("\"{text}\" is not a time with its UTC offset, such as 2026-12-01T18:00:00Z"))
        }),
        stages: stages(send),
        stage_wait: send.parsed("stage-wait", positive),
        window: window(send),
        timezone: timezone(send),
    }
}

fn positive(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than 0s".to_owned()),
        duration => Ok(duration),
    }
}

/// One text, or a list of texts.
fn window(send: &mut Reader<'_>) -> Option<Window> {
    let Some(Node::List(items)) = send.get("window") else { return send.parsed("window", str::parse) };
    let mut entries = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let problem = match item {
            Node::Text(text) => match text.parse::<Window>() {
                Ok(_) => {
                    entries.push(text.as_str());
                    continue;
                }
                Err(message) => Problem::new(format!("`window`: {message}")),
            },
            other => Problem::new(format!("`window`: wanted text, got {}", other.describe())).help(WINDOW),
        };
        send.report_within("window", &[Step::Item(at)], problem);
    }
    if items.is_empty() {
        send.report("window", Problem::new("`window`: has no hours, so nothing would ever be sent").help(WINDOW));
    }
    entries.join(", ").parse().ok()
}

/// The name of an existing zone, or a template, which is resolved per row.
fn timezone(send: &mut Reader<'_>) -> Option<String> {
    if send.get("timezone").is_none() && send.get("window").is_some() {
        let message = "`window` needs `timezone`, which says in whose local time the hours are";
        send.report("window", Problem::new(message).help(ZONE));
    }
    send.parsed(
        "timezone",
        |text| {
            if is_template(text) { Ok(text.to_owned()) } else { zone(text).map(|_| text.to_owned()) }
        },
    )
}

fn stages(send: &mut Reader<'_>) -> Vec<StageSetting> {
    let items = match send.get("stages") {
        None => return Vec::new(),
        Some(Node::List(items)) if !items.is_empty() => items,
        Some(other) => {
            let given = if matches!(other, Node::List(_)) { "an empty list" } else { other.describe() };
            send.report("stages", Problem::new(format!("`stages`: wanted a list, got {given}")).help(STAGES));
            return Vec::new();
        }
    };
    let (mut stages, mut fine) = (Vec::new(), true);
    for (at, item) in items.iter().enumerate() {
        match stage(send, at, item) {
            Some(stage) => stages.push(stage),
            None => fine = false,
        }
    }
    if let Some((at, message)) = shrinking(&stages).filter(|_| fine) {
        send.report_within("stages", &[Step::Item(at)], Problem::new(format!("`stages`: {message}")));
    }
    stages
}

fn stage(send: &mut Reader<'_>, at: usize, item: &Node) -> Option<StageSetting> {
    let wrong = |send: &mut Reader<'_>, key: Option<&str>, message: String| {
        let path: Vec<Step> = [Step::Item(at)].into_iter().chain(key.map(Step::from)).collect();
        let of = key.map_or(String::new(), |key| format!(".{key}"));
        send.report_within("stages", &path, Problem::new(format!("`stages[{at}]{of}`: {message}")).help(STAGES));
    };
    let entries = match item {
        Node::Text(text) | Node::Number(text) => {
            return text.parse().map_err(|message| wrong(send, None, message)).ok();
        }
        Node::Map(entries) => entries,
        other => {
            wrong(send, None, format!("wanted rows, a percentage or a mapping, got {}", other.describe()));
            return None;
        }
    };
    let (mut upto, mut max_failures, mut fine) = (None, None, true);
    for (key, value) in entries {
        let read = match (key.as_str(), value) {
            ("upto", Node::Text(text) | Node::Number(text)) => text.parse().map(|share| upto = Some(share)),
            ("max-failures", Node::Text(text) | Node::Number(text)) => {
                text.parse().map(|limit| max_failures = Some(limit))
            }
            ("upto" | "max-failures", other) => {
                Err(format!("wanted a number or a percentage, got {}", other.describe()))
            }
            _ => Err("no such key; a stage has upto and max-failures".to_owned()),
        };
        if let Err(message) = read {
            fine = false;
            wrong(send, Some(key), message);
        }
    }
    if upto.is_none() && fine {
        wrong(send, None, "`upto` is missing, which says where the stage ends".to_owned());
    }
    upto.filter(|_| fine).map(|upto| StageSetting { upto, max_failures })
}
