//! Lookups before a run: the templates of the account and the limits of the number.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::connectors::{Connection, Environment, LookupError, MessageTemplate, PinnedTemplates, TemplateSet};
use crate::diag::{Problem, visible};
use crate::files::{refuse_named_pipe, text_of};
use crate::model::{Allowance, ConnectionIndex, Contract};
use crate::recipe::{Node, Recipe, is_template};

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::app::inputs::connections::Connections;
use crate::app::inputs::project::connections_flag;

/// Whether the API may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupPolicy {
    /// Ask the API.
    Api,
    /// Do not ask: the user chose `--offline`.
    Offline,
    /// Do not ask: this is a dry run.
    DryRun,
    /// Do not ask: a rehearsal's sandbox has only the templates of the saved copies.
    Sandbox,
}

/// The templates that messages are checked against.
#[derive(Debug, Default)]
pub(crate) struct TemplateCatalog {
    /// The templates of each connection, by index; empty if the task sends no template.
    each: Vec<ConnectionTemplates>,
}

/// The templates of one connection.
#[derive(Debug, Clone)]
struct ConnectionTemplates {
    name: String,
    templates: Option<Arc<dyn TemplateSet>>,
    /// Their source, or why they are not known.
    note: String,
}

impl LookupPolicy {
    /// The policy of a run.
    pub(crate) fn of(sandbox: bool, offline: bool) -> Self {
        match (sandbox, offline) {
            (true, _) => Self::Sandbox,
            (false, true) => Self::Offline,
            (false, false) => Self::Api,
        }
    }
}

impl TemplateCatalog {
    /// Finds the templates that a recipe needs. A saved copy takes precedence over the API, and each account is asked once.
    ///
    /// # Errors
    /// A saved copy belongs to another account.
    pub(crate) fn gather(
        inputs: &Inputs,
        pinned: Vec<Option<PinnedTemplates>>,
        policy: LookupPolicy,
    ) -> Result<Self, Error> {
        if !inputs.task.sends_template() {
            return Ok(Self::default());
        }
        let mut asked: HashMap<(&str, Option<&str>), ConnectionTemplates> = HashMap::new();
        let mut each = Vec::new();
        for ((_, connection), pinned) in inputs.connections.iter().zip(pinned) {
            let name = connection.name.clone();
            let account = connection.account.as_deref().map(|account| (account, connection.endpoint.get("base-url")));
            let known = match (pinned, account.and_then(|account| asked.get(&account))) {
                (Some(pinned), _) => of_copy(connection, pinned)?,
                (None, Some(known)) => ConnectionTemplates { name, ..known.clone() },
                (None, None) => of_api(inputs, connection, policy),
            };
            asked.extend(account.map(|account| (account, known.clone())));
            each.push(known);
        }
        Ok(Self { each })
    }

    /// The contract of each connection's messages, by connection index.
    pub(crate) fn contracts(&self) -> Vec<Option<&dyn Contract>> {
        self.each.iter().map(|known| known.templates.as_deref().map(|templates| templates as &dyn Contract)).collect()
    }

    /// The notes of the connections for which `is_used` holds: one note if it is the same for all. Empty if the task sends no
    /// template.
    pub(crate) fn notes(&self, is_used: impl Fn(ConnectionIndex) -> bool) -> Vec<String> {
        let used: Vec<&ConnectionTemplates> =
            self.each.iter().zip(0..).filter(|(_, index)| is_used(ConnectionIndex(*index))).map(|(it, _)| it).collect();
        match used.split_first() {
            Some((first, others)) if others.iter().all(|other| other.note == first.note) => vec![first.note.clone()],
            _ => used.iter().map(|known| format!("{}: {}", known.name, known.note)).collect(),
        }
    }

    /// The templates that a recipe names, by name and language, as the API returns them, for the preview page.
    pub(crate) fn shown(&self, recipe: &Recipe) -> Option<Value> {
        let mut all = self.each.iter().filter_map(|known| known.templates.as_deref()).peekable();
        all.peek()?;
        let name = constant_name(recipe);
        let wanted =
            all.flat_map(TemplateSet::templates).filter(|template| name.is_none_or(|name| template.name() == name));
        let by_name: Map<String, Value> = wanted.map(named).collect::<BTreeMap<_, _>>().into_iter().collect();
        Some(by_name.into())
    }
}

fn of_copy(connection: &Connection, pinned: PinnedTemplates) -> Result<ConnectionTemplates, Error> {
    if connection.account.as_ref().is_some_and(|account| *account != pinned.account) {
        let key = connection.entry.capabilities.templates.map_or("account", |support| support.account_key);
        let message = format!("the saved templates belong to another account than the connection's `{key}`");
        let problem = Problem::new(message).help(format!("replace them with `{}`", pull_command(connection)));
        return Err(problem.in_file(&connection.pinned_templates().unwrap_or_default()).into());
    }
    let note = format!("every message matches the saved copy, pulled {}", pinned.age(Timestamp::now()));
    Ok(ConnectionTemplates { name: connection.name.clone(), templates: Some(pinned.templates), note })
}

fn of_api(inputs: &Inputs, connection: &Connection, policy: LookupPolicy) -> ConnectionTemplates {
    let found = match policy {
        LookupPolicy::Offline => Err("--offline is set, and there is no saved copy".to_owned()),
        LookupPolicy::DryRun => Err("a dry run does not ask the API, and there is no saved copy".to_owned()),
        LookupPolicy::Sandbox => Err("a rehearsal does not ask the API, and there is no saved copy".to_owned()),
        LookupPolicy::Api => {
            ask(connection, &inputs.environment, constant_name(&inputs.recipe)).map_err(|error| reason(&error))
        }
    };
    let name = connection.name.clone();
    match found {
        Ok(templates) => ConnectionTemplates {
            name,
            templates: Some(templates),
            note: "every message matches the current templates of the API".to_owned(),
        },
        Err(why) => ConnectionTemplates { name, templates: None, note: format!("not checked: {why}") },
    }
}

fn named(template: &dyn MessageTemplate) -> (String, Value) {
    (format!("{}/{}", template.name(), template.language()), template.raw().clone())
}

/// The saved templates of all connections, by index; `None` where no copy exists.
///
/// # Errors
/// A copy cannot be read, or a connection names a copy that does not exist.
pub(crate) fn all_pinned(connections: &Connections) -> Result<Vec<Option<PinnedTemplates>>, Problem> {
    connections.iter().map(|(_, connection)| pinned(connection)).collect()
}

/// The saved templates of a connection, if a copy exists.
///
/// # Errors
/// The copy cannot be read, or the connection names a copy that does not exist.
pub(crate) fn pinned(connection: &Connection) -> Result<Option<PinnedTemplates>, Problem> {
    let Some(support) = connection.entry.capabilities.templates else { return Ok(None) };
    let Some(path) = connection.pinned_templates() else { return Ok(None) };
    match refuse_named_pipe(&path).and_then(|()| fs::read(&path)) {
        Ok(bytes) => {
            let text = text_of(bytes).map_err(|error| error.to_string());
            let read = text.and_then(|text| PinnedTemplates::read(text.as_bytes(), &support));
            read.map(Some).map_err(|why| {
                Problem::new(why).help(format!("replace it with `{}`", pull_command(connection))).in_file(&path)
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && connection.pinned.is_none() => Ok(None),
        Err(error) => Err(Problem::new(error.to_string())
            .help(format!("create it with `{}`", pull_command(connection)))
            .in_file(&path)),
    }
}

/// The command that saves the templates of a connection, as it is typed in the working folder.
pub(crate) fn pull_command(connection: &Connection) -> String {
    format!("rowcast templates pull{}", connections_flag(connection))
}

/// The limits of a connection's sending number, or why they are not known.
pub(crate) fn allowance(inputs: &Inputs, connection: &Connection, policy: LookupPolicy) -> Result<Allowance, String> {
    match policy {
        LookupPolicy::Api => {}
        LookupPolicy::Offline => return Err("--offline is set".to_owned()),
        LookupPolicy::DryRun | LookupPolicy::Sandbox => return Err("the API is not asked".to_owned()),
    }
    let sender = match inputs.recipe.input.iter().find(|(field, _)| field == connection.entry.sender_key) {
        Some((_, Node::Text(id) | Node::Number(id))) if is_template(id) => {
            return Err("each row has its own sending number".to_owned());
        }
        Some((_, Node::Text(id) | Node::Number(id))) => Some(id.as_str()),
        _ => None,
    };
    connection.allowance(&inputs.environment, sender).map_err(|error| reason(&error))
}

/// Asks the API for the templates called `name`, or for all of them.
pub(crate) fn ask(
    connection: &Connection,
    environment: &Environment,
    name: Option<&str>,
) -> Result<Arc<dyn TemplateSet>, LookupError> {
    connection.templates(environment, name)
}

/// The error of a lookup, in one line.
fn reason(error: &LookupError) -> String {
    visible(&error.to_string())
}

/// The name of the template, if it is the same for every row.
fn constant_name(recipe: &Recipe) -> Option<&str> {
    match recipe.input.iter().find(|(field, _)| field == "name") {
        Some((_, Node::Text(name))) if !is_template(name) => Some(name.trim()),
        _ => None,
    }
}
