//! `run.json`: what a run is bound to. Versions, arguments, digests; never a secret and never a cell.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Endpoint, Routing, RunToken};
use crate::recipe::SendSettings;

/// The contents of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, with a key of its own")]
pub struct RunFile {
    /// The version of this layout.
    pub format: u32,
    /// The Rowcast that made the run.
    pub rowcast: String,
    /// The run's folder name.
    pub run: String,
    /// What names the run to the outside world. Older runs have none: see [`RunFile::token`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<RunToken>,
    /// When it was created.
    pub created: Timestamp,
    /// The task's id.
    pub task: String,
    /// The recipe, and its revisions by `retry --recipe`, the latest last.
    pub recipes: Vec<RecipeFacts>,
    /// The data.
    pub data: DataFacts,
    /// The connection without its secret; the first of them, if there are several.
    pub connection: ConnectionFacts,
    /// The other connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ConnectionFacts>,
    /// How the rows are spread over the connections.
    #[serde(default, skip_serializing_if = "is_one")]
    pub routing: Routing,
    /// The run talks to a sandbox of its own.
    pub sandbox: bool,
    /// `--var`, which wins over the recipe's `vars`.
    pub vars: Vec<(String, String)>,
    /// `--again`: the user wanted all rows sent, whoever has the message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// A test: everything goes to this number, and counts as sent to nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Which rows of the data belong to the run.
    pub selection: Selection,
    /// How many rows those are.
    pub rows: u64,
    /// How many of them the check found ready to be sent; an earlier Rowcast did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<u64>,
    /// How it sends.
    pub send: SendSettings,
    /// Rows that do not render are left out instead of refusing the run.
    pub skip_invalid: bool,
    /// Formula injection is defused in input cells too.
    pub safe_cells: bool,
    /// Where else the results go.
    pub output: Option<PathBuf>,
}

/// One revision of the recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeFacts {
    /// The file it was copied from.
    pub path: PathBuf,
    /// SHA-256 of the copy, in hex.
    pub digest: String,
}

/// The data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFacts {
    /// The file it was copied from; `-` is standard input.
    pub path: PathBuf,
    /// SHA-256 of the copy, in hex.
    pub digest: String,
    /// The delimiter that was found or given.
    pub delimiter: char,
    /// What the file was, where it was no CSV: `xlsx` or `jsonl`. The copy is CSV, and its first column is the line of the
    /// original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The encoding that the file was in, where it was not UTF-8. The copy is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The sheet of the workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// The connection, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFacts {
    /// Its name, or `inline`.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// The file it stands in; none for an inline one.
    pub file: Option<PathBuf>,
    /// Its settings.
    pub endpoint: Endpoint,
    /// Who sends, in the connector's words; an earlier Rowcast did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// How many of the rows it gets where they are dealt out, beside the others' shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u64>,
}

#[cfg(test)]
impl RunFile {
    /// The file of a run over the first `rows` rows of a list, for tests that read little of it.
    pub(crate) fn for_test(run: String, rows: u64) -> Self {
        Self {
            format: 1,
            rowcast: String::new(),
            run,
            token: None,
            created: Timestamp::UNIX_EPOCH,
            task: String::new(),
            recipes: vec![RecipeFacts { path: PathBuf::new(), digest: String::new() }],
            data: DataFacts {
                path: PathBuf::new(),
                digest: String::new(),
                delimiter: ',',
                format: None,
                encoding: None,
                sheet: None,
            },
            connection: ConnectionFacts {
                name: String::new(),
                kind: String::new(),
                file: None,
                endpoint: crate::model::Endpoint::default(),
                sender: None,
                share: None,
            },
            others: Vec::new(),
            routing: Routing::One,
            sandbox: false,
            vars: Vec::new(),
            again: false,
            test: None,
            selection: Selection::default(),
            rows,
            ready: Some(rows),
            send: SendSettings::default(),
            skip_invalid: false,
            safe_cells: false,
            output: None,
        }
    }
}

impl RunFile {
    /// The layout of a run with one connection, and of one with several: an earlier Rowcast, which knew no others, would send
    /// all of it over the first.
    pub const FORMATS: [u32; 2] = [1, 2];

    /// The token that names the run to the outside world.
    ///
    /// A run that was made before there were tokens gets the same one in each session: one that depends on facts that do not
    /// change. They include the digest of the list, which nobody knows who does not have the list.
    pub fn token(&self) -> RunToken {
        self.token.unwrap_or_else(|| {
            let Self { run, created, data, .. } = self;
            RunToken::derived(&format!("{run}\n{created}\n{}", data.digest))
        })
    }

    /// All connections, in the order in which rows know them.
    pub fn connections(&self) -> impl Iterator<Item = &ConnectionFacts> {
        std::iter::once(&self.connection).chain(&self.others)
    }

    /// The names of all connections, for people.
    pub fn connection_names(&self) -> String {
        self.connections().map(|connection| connection.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl ConnectionFacts {
    /// True if a recipient sees the same sender, however the settings are written.
    pub fn sends_as(&self, other: &Self) -> bool {
        match (&self.sender, &other.sender) {
            (Some(one), Some(other)) => one == other,
            _ => self.endpoint == other.endpoint,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_one(routing: &Routing) -> bool {
    *routing == Routing::One
}

/// Which rows of the data belong to a run: first `only`, then `offset`, then `limit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Rows for which this expression is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// So many of those are passed over.
    #[serde(default)]
    pub offset: u64,
    /// So many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Selection {
    /// True unless the two certainly have no row in common.
    pub fn may_overlap(&self, other: &Self) -> bool {
        if self.only.is_some() || other.only.is_some() {
            return true;
        }
        let end = |selection: &Self| selection.limit.map_or(u64::MAX, |limit| selection.offset.saturating_add(limit));
        self.offset < end(other) && other.offset < end(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of an earlier Rowcast, as it stands in `run.json`.
    const EARLIER: &str = r#"{
        "format": 1, "rowcast": "0.1.0", "run": "r-20261201T000000Z-abcd", "created": "2026-12-01T00:00:00.123456789Z",
        "task": "TASK_SEND_TEXT_MESSAGE", "recipes": [], "data": { "path": "list.csv", "digest": "d1", "delimiter": "," },
        "connection": { "name": "acme", "kind": "whatsapp", "file": null, "endpoint": { "base-url": "https://x" } },
        "sandbox": false, "vars": [], "selection": {}, "rows": 1, "send": {}, "skip_invalid": false, "safe_cells": false,
        "output": null
    }"#;

    #[test]
    fn a_run_without_a_token_has_the_same_one_every_time() {
        let read = |text: &str| serde_json::from_str::<RunFile>(text).unwrap();
        let token = read(EARLIER).token();
        assert_eq!(token, read(EARLIER).token());
        for (fact, other) in [("-abcd", "-abce"), ("456789Z", "456788Z"), ("d1", "d2")] {
            assert_ne!(token, read(&EARLIER.replace(fact, other)).token(), "{fact}");
        }
        let run = RunFile { token: Some(RunToken([3; 16])), ..read(EARLIER) };
        assert_eq!(read(&serde_json::to_string(&run).unwrap()).token(), RunToken([3; 16]));
    }

    #[test]
    fn selections_overlap_unless_their_ranges_do_not() {
        let range = |offset, limit| Selection { only: None, offset, limit };
        let only = Selection { only: Some("x".to_owned()), ..Selection::default() };
        assert!(range(0, None).may_overlap(&range(0, Some(3))));
        assert!(range(2, Some(3)).may_overlap(&range(0, Some(3))));
        assert!(!range(3, None).may_overlap(&range(0, Some(3))));
        assert!(!range(0, Some(3)).may_overlap(&range(3, Some(3))));
        assert!(only.may_overlap(&range(3, Some(3))) && range(3, Some(3)).may_overlap(&only));
    }
}
