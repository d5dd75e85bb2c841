//! `rowcast find`: everything that a person was sent, over all runs.

use jiff::Timestamp;
use serde_json::json;

use crate::app::{Error, FoundRow, find_person, runs_dir};
use crate::cli::args::FindArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::observer::TerminalObserver;
use crate::diag::{count, utc, visible};
use crate::model::Reply;

/// Runs the command.
pub(in crate::cli) fn find(args: &FindArgs) -> Result<Exit, Error> {
    let runs_dir = runs_dir(args.runs_dir.as_deref());
    let found = find_person(&runs_dir, &args.phone, &mut TerminalObserver)?;
    for found in &found {
        let line = if args.json { object(found).to_string() } else { line(found) };
        if !console::data(&format!("{line}\n"))? {
            return Ok(Exit::Done);
        }
    }
    if !args.json {
        console::tell(&format!("{} to this person in {}\n", count(found.len() as u64, "row"), runs_dir.display()));
    }
    Ok(Exit::Done)
}

/// `2026-12-01 04:20:09 UTC  accepted  row 3 of order-update-…  wamid.…`.
fn line(FoundRow { run, row, status }: &FoundRow) -> String {
    let sent = sent_at(status.sent_at_ms).map_or_else(|| "not sent".to_owned(), utc);
    let kind = match (&run.test, run.sandbox) {
        (Some(_), _) => "  (test)",
        (None, true) => "  (sandbox)",
        (None, false) => "",
    };
    let what = match status.answer.as_ref().map(|answer| &answer.reply) {
        Some(Reply::Accepted { id, .. }) => id.clone(),
        Some(reply) => reply.message().to_owned(),
        None => "no answer".to_owned(),
    };
    visible(&format!("{sent}  {:<9} row {row} of {}{kind}  {what}", status.state.word(), run.run))
}

fn object(FoundRow { run, row, status }: &FoundRow) -> serde_json::Value {
    let reply = status.answer.as_ref().map(|answer| &answer.reply);
    let id = match reply {
        Some(Reply::Accepted { id, .. }) => Some(id),
        _ => None,
    };
    let error = reply.filter(|_| id.is_none());
    json!({
        "run": run.run, "row": row, "recipient": status.recipient.as_deref(), "status": status.state.word(), "message_id": id,
        "error_code": error.map(Reply::code), "error": error.map(Reply::message), "attempts": status.attempts,
        "sent_at": sent_at(status.sent_at_ms), "sandbox": run.sandbox, "test": run.test.is_some(),
    })
}

fn sent_at(at_ms: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(at_ms?).ok()
}
