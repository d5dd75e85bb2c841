//! The typed contents of a recipe.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::diag::Source;
use crate::model::{FailureLimit, Rate};
use crate::schedule::Window;

use super::{Audience, Node, StageSetting};

/// A parsed recipe. Templates are still text; nothing is checked against data or task yet.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Its text, for problems that refer to it.
    pub source: Source,
    /// The run's name: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Its connection.
    pub connection: ConnectionRef,
    /// The task, as written: an id or a short name.
    pub task: String,
    /// The data file, as written.
    pub data: Option<String>,
    /// Constants for templates.
    pub vars: Vec<(String, Node)>,
    /// Rows for which this is false are skipped.
    pub when: Option<Node>,
    /// Which recipients are left out.
    pub audience: Audience,
    /// The task's input: a mapping whose leaf strings may be templates.
    pub input: Vec<(String, Node)>,
    /// How to send.
    pub send: SendSettings,
}

/// The connection of a recipe.
#[derive(Debug, Clone)]
pub enum ConnectionRef {
    /// A name from the connections file.
    Named(String),
    /// The same mapping, written in the recipe.
    Inline(Vec<(String, Node)>),
    /// A template: each row names its own connection.
    OfRow(Node),
    /// At least two names that share the rows.
    Several(Vec<String>),
}

/// How to send. Every setting is optional and has a flag and a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SendSettings {
    /// Maximum rows in flight; also the bound on rows in doubt after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
    /// Requests per unit of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Further attempts after a refusal that proves that nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// Time limit of one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// When to stop because too many rows fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<FailureLimit>,
    /// No row is sent after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// The stages; empty to send all rows at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageSetting>,
    /// How long to wait between two stages instead of asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_wait: Option<Duration>,
    /// The hours in which rows are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// The time zone of the window: an IANA name, or a template that renders to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

impl SendSettings {
    /// These settings, overridden by those that `flags` has.
    #[must_use]
    pub fn overridden_by(&self, flags: &Self) -> Self {
        Self {
            concurrency: flags.concurrency.or(self.concurrency),
            rate: flags.rate.or(self.rate),
            retries: flags.retries.or(self.retries),
            timeout: flags.timeout.or(self.timeout),
            max_failures: flags.max_failures.or(self.max_failures),
            not_after: flags.not_after.or(self.not_after),
            stages: if flags.stages.is_empty() { &self.stages } else { &flags.stages }.clone(),
            stage_wait: flags.stage_wait.or(self.stage_wait),
            window: flags.window.as_ref().or(self.window.as_ref()).cloned(),
            timezone: flags.timezone.as_ref().or(self.timezone.as_ref()).cloned(),
        }
    }
}
