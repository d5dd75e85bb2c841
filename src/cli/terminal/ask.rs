//! Asks for confirmation before sending.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use crate::app::{Error, Preflight};
use crate::connectors::Connection;
use crate::diag::{Problem, visible};
use crate::model::Request;

use super::console;
use super::preflight::preflight_text;

/// Maximum number of connections to list.
const CONNECTIONS: usize = 8;

/// The content of the confirmation question.
pub(in crate::cli) struct Question<'a> {
    /// The connections that send rows, at least one.
    pub(in crate::cli) connections: Vec<&'a Connection>,
    pub(in crate::cli) sandbox: bool,
    /// The action to confirm: "send 12 messages".
    pub(in crate::cli) act: String,
    pub(in crate::cli) first: Option<&'a Request>,
    /// Information to review before confirming.
    pub(in crate::cli) preflight: &'a Preflight,
}

/// Asks on a terminal; elsewhere `yes` is required. `false` means no. Prints proxies and cautions even with `yes`, because a proxy
/// from the environment is easily forgotten.
pub(in crate::cli) fn may_go(question: &Question<'_>, yes: bool) -> Result<bool, Error> {
    if yes {
        console::tell(&String::from_iter(proxies(&question.connections)));
        let cautions = question.preflight.cautions.clone();
        console::tell(&preflight_text(&Preflight { lines: Vec::new(), cautions }));
        return Ok(true);
    }
    if !console::can_ask() {
        let problem = Problem::new("cannot ask for confirmation: standard input is not a terminal")
            .help("use -y to send without asking");
        return Err(Error::usage(problem));
    }
    let agreed = ask(&text(question));
    if !agreed {
        console::tell("nothing was sent\n");
    }
    Ok(agreed)
}

/// Asks a question. Discards input that was typed before the question appeared.
pub(in crate::cli) fn ask(question: &str) -> bool {
    console::discard_typed_input();
    console::tell(&format!("{question}? [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer).unwrap_or(0);
    read > 0 && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// The proxies of these connections, without duplicates, one line each.
fn proxies(connections: &[&Connection]) -> BTreeSet<String> {
    let proxies = connections.iter().filter_map(|connection| connection.proxy());
    proxies.map(|proxy| format!("proxy       {}\n", visible(&proxy))).collect()
}

fn text(question: &Question<'_>) -> String {
    let Question { connections, sandbox, act, first, preflight } = question;
    let mut text = "\n".to_owned();
    for connection in connections.iter().take(CONNECTIONS) {
        let endpoint = |key| connection.endpoint.get(key).map(visible).unwrap_or_default();
        let to = if *sandbox { "a sandbox on this machine".to_owned() } else { endpoint("base-url") };
        let name = visible(&connection.name);
        text.extend(["connection  ", &name, " (", &to, ", number ", &endpoint(connection.entry.sender_key), ")\n"]);
    }
    if connections.len() > CONNECTIONS {
        text.extend(["            and ", &(connections.len() - CONNECTIONS).to_string(), " more\n"]);
    }
    text.extend(proxies(connections));
    if let Some(request) = first {
        let body = serde_json::from_slice::<serde_json::Value>(&request.draft.body.outline())
            .and_then(|body| serde_json::to_string_pretty(&body))
            .unwrap_or_default();
        let row = request.row.to_string();
        text.extend(["first       row ", &row, "\n", &indent(&body), "\n"]);
    }
    text.push_str(&preflight_text(preflight));
    text.extend(["\n", act]);
    text
}

fn indent(json: &str) -> String {
    json.lines().map(|line| format!("            {}", visible(line))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::{TokenSource, connector};
    use crate::model::Endpoint;

    #[test]
    fn the_question_contains_no_control_characters() {
        const HOSTILE: &str = "\u{1b}]0;pwn\u{7}\u{9b}31m\u{202e}";
        let endpoint = ["base-url", "phone-number-id"].map(|key| (key, HOSTILE));
        let connection = Connection {
            name: HOSTILE.to_owned(),
            entry: connector("whatsapp").unwrap(),
            endpoint: Endpoint::from(endpoint),
            rate: None,
            token: TokenSource::Missing,
            account: None,
            pinned: None,
            file: "connections.yaml".into(),
        };
        let body = serde_json::to_vec(&serde_json::json!({ HOSTILE: HOSTILE })).unwrap();
        let draft = crate::model::Draft::new("POST", String::new(), body);
        let request = Request::new(crate::model::RowNumber(1), 2, draft);
        let preflight = Preflight { lines: vec![("number", HOSTILE.to_owned())], cautions: vec![HOSTILE.to_owned()] };
        let question = Question {
            connections: vec![&connection],
            sandbox: false,
            act: "Send 1 message".to_owned(),
            first: Some(&request),
            preflight: &preflight,
        };
        let text = text(&question);
        assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    }
}
