//! An approval: a digest of every message that would be sent, with what they were made of.
//!
//! Belongs here: the contents of the digest, and the difference between two approvals. Does not belong here: who
//! approves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Draft, Endpoint, Setting};
use crate::rows::Digester;

use super::pass::{Finding, Tally};

/// The version of the file format.
const FORMAT: u32 = 1;

/// An approval, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The version of this format.
    pub format: u32,
    /// When it was written.
    pub approved: Timestamp,
    /// The task's id.
    pub task: String,
    /// The sender and the API's address; the first one, if there are several.
    pub connection: Endpoint,
    /// The other senders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Endpoint>,
    /// SHA-256 of the recipe, in hex.
    pub recipe: String,
    /// SHA-256 of the list, in hex.
    pub data: String,
    /// Rows checked.
    pub rows: u64,
    /// Messages that they make.
    pub messages: u64,
    /// SHA-256 over every row: its number, and the address and body of its message or the word for why it has none.
    pub digest: String,
}

/// Computes the digest of an [`Approval`] from the findings of a check.
#[derive(Debug)]
pub struct Approver {
    digester: Digester,
    /// The API addresses, by connection index.
    bases: Vec<String>,
}

impl Approver {
    /// An approver for these connections. Their addresses are not part of the digest, because a rehearsal sends the
    /// same messages.
    pub fn new<'c>(connections: impl IntoIterator<Item = &'c Endpoint>) -> Self {
        let base = |connection: &Endpoint| connection.get("base-url").unwrap_or_default().to_owned();
        Self { digester: Digester::default(), bases: connections.into_iter().map(base).collect() }
    }

    /// Adds a finding. Findings must come in row order.
    pub fn add(&mut self, finding: &Finding<'_>) {
        match finding {
            Finding::Ready(request, _) => {
                let base = self.bases.get(request.connection.index()).map_or("", String::as_str);
                let url = request.draft.url.strip_prefix(base).unwrap_or(&request.draft.url);
                let body = request.draft.body.outline();
                let mut parts = vec![request.draft.method.as_bytes(), url.as_bytes(), &body];
                // A request without headers or files has the same digest as in earlier approvals.
                parts
                    .extend(request.draft.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
                if request.draft.content_type != Draft::JSON {
                    parts.push(request.draft.content_type.as_bytes());
                }
                self.row(request.row.0, &parts);
            }
            Finding::Skipped { row, reason, .. } => self.row(row.0, &[reason.word().as_bytes()]),
            Finding::Invalid { row, .. } => self.row(row.0, &[b"invalid"]),
            Finding::Broken(_) | Finding::Recipe(_) => {}
        }
    }

    /// Each part has its length before it, so that different parts never give the same bytes.
    fn row(&mut self, row: u64, parts: &[&[u8]]) {
        self.digester.update(&row.to_le_bytes());
        self.digester.update(&(parts.len() as u64).to_le_bytes());
        for part in parts {
            self.digester.update(&(part.len() as u64).to_le_bytes());
            self.digester.update(part);
        }
    }

    /// The approval of all findings.
    pub fn finish(
        self,
        tally: &Tally,
        task: &str,
        mut connections: Vec<Endpoint>,
        recipe: String,
        data: String,
    ) -> Approval {
        let others = connections.split_off(connections.len().min(1));
        let digest = self.digester.finish().to_string();
        Approval {
            format: FORMAT,
            approved: Timestamp::now(),
            task: task.to_owned(),
            connection: connections.pop().unwrap_or_default(),
            others,
            recipe,
            data,
            rows: tally.rows,
            messages: tally.ready,
            digest,
        }
    }
}

impl Approval {
    fn connections(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.connection).chain(&self.others)
    }

    /// The differences between `now` and this approval, for people; empty if they are the same. A `rehearsal` has
    /// another address.
    ///
    /// # Errors
    ///
    /// A later version of Rowcast wrote the file.
    pub fn differences(&self, now: &Self, rehearsal: bool) -> Result<Vec<String>, String> {
        if self.format != FORMAT {
            return Err(format!(
                "it has format {}, but this version of Rowcast reads only format {FORMAT}",
                self.format
            ));
        }
        let mut found = Vec::new();
        for (approved, now) in self.connections().zip(now.connections()) {
            for (key, value) in &approved.0 {
                let now = now.0.get(key);
                if now != Some(value) && !(rehearsal && key == "base-url") {
                    let now = now.map_or_else(|| "nothing".to_owned(), Setting::to_string);
                    found.push(format!("the connection's {key} changed from {value} to {now}"));
                }
            }
            let added = now.0.keys().filter(|key| !approved.0.contains_key(*key));
            found.extend(added.map(|key| format!("the connection's {key} was added")));
        }
        if self.others.len() != now.others.len() {
            let (are, were) = (now.others.len() + 1, self.others.len() + 1);
            found.push(format!("the number of connections changed from {were} to {are}"));
        }
        if self.task != now.task {
            found.push(format!("the task changed from {} to {}", self.task, now.task));
        }
        if self.recipe != now.recipe {
            found.push("the recipe changed".to_owned());
        }
        if self.data != now.data {
            found.push("the list changed".to_owned());
        }
        if (self.rows, self.messages) != (now.rows, now.messages) {
            let (rows, messages) = (self.rows, self.messages);
            found.push(format!(
                "{messages} messages for {rows} rows were approved; now there are {} for {}",
                now.messages, now.rows
            ));
        } else if self.digest != now.digest {
            found.push("the messages changed".to_owned());
        }
        Ok(found)
    }
}
