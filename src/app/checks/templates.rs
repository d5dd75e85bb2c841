//! What is known of the API before anything is sent: the templates of the account, and what the number may send.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::connectors::{Connection, Environment, LookupError, MessageTemplate, PinnedTemplates, TemplateSet};
use crate::diag::{Problem, visible};
use crate::model::{Allowance, ConnectionIndex, Contract};
use crate::recipe::{Node, Recipe, is_template};

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::app::inputs::connections::Connections;

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupPolicy {
    /// The API.
    Api,
    /// Nobody: the user said so.
    Offline,
    /// Nobody: it is a dry run.
    DryRun,
    /// Nobody: the sandbox knows no templates but those of a pinned copy.
    Sandbox,
}

/// The templates that messages are held to.
#[derive(Debug, Default)]
pub(crate) struct TemplateCatalog {
    /// What is known for each connection, by their places; nothing where no template is sent.
    each: Vec<ConnectionTemplates>,
}

/// What is known of one connection's templates.
#[derive(Debug, Clone)]
struct ConnectionTemplates {
    name: String,
    templates: Option<Arc<dyn TemplateSet>>,
    /// Where they are from, or why they are not known.
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
    /// Finds the templates that a recipe needs. A pinned copy is taken before anybody is asked, and connections of one account
    /// are asked for once.
    ///
    /// # Errors
    /// A pinned copy is there and cannot be read.
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

    /// What every message of a connection is held to, by their places.
    pub(crate) fn contracts(&self) -> Vec<Option<&dyn Contract>> {
        self.each.iter().map(|known| known.templates.as_deref().map(|templates| templates as &dyn Contract)).collect()
    }

    /// Where the templates of the connections that `is_used` says are from, or why they are not known: once, if that is the same
    /// for all of them. Nothing where no template is sent.
    pub(crate) fn notes(&self, is_used: impl Fn(ConnectionIndex) -> bool) -> Vec<String> {
        let used: Vec<&ConnectionTemplates> =
            self.each.iter().zip(0..).filter(|(_, index)| is_used(ConnectionIndex(*index))).map(|(it, _)| it).collect();
        match used.split_first() {
            Some((first, others)) if others.iter().all(|other| other.note == first.note) => vec![first.note.clone()],
            _ => used.iter().map(|known| format!("{}: {}", known.name, known.note)).collect(),
        }
    }

    /// The templates that a recipe names, by name and language, as the API has them: for pages that show messages.
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
        let message = format!("the copy of the templates is of another account than the connection's `{key}`");
        let problem = Problem::new(message).help("`rowcast templates pull` makes it anew");
        return Err(problem.in_file(&connection.pinned_templates().unwrap_or_default()).into());
    }
    let note = format!("every message fits the copy that was pulled {}", pinned.age(Timestamp::now()));
    Ok(ConnectionTemplates { name: connection.name.clone(), templates: Some(pinned.templates), note })
}

fn of_api(inputs: &Inputs, connection: &Connection, policy: LookupPolicy) -> ConnectionTemplates {
    let found = match policy {
        LookupPolicy::Offline => Err("--offline, and there is no copy of them".to_owned()),
        LookupPolicy::DryRun => Err("a dry run asks nobody, and there is no copy of them".to_owned()),
        LookupPolicy::Sandbox => Err("a rehearsal asks nobody, and there is no copy of them".to_owned()),
        LookupPolicy::Api => {
            ask(connection, &inputs.environment, constant_name(&inputs.recipe)).map_err(|error| reason(&error))
        }
    };
    let name = connection.name.clone();
    match found {
        Ok(templates) => ConnectionTemplates {
            name,
            templates: Some(templates),
            note: "every message fits what the API has now".to_owned(),
        },
        Err(why) => ConnectionTemplates { name, templates: None, note: format!("not checked: {why}") },
    }
}

fn named(template: &dyn MessageTemplate) -> (String, Value) {
    (format!("{}/{}", template.name(), template.language()), template.raw().clone())
}

/// The copies of all connections' templates, by their places, where there are any.
///
/// # Errors
/// One cannot be read, or a connection names one that is not there.
pub(crate) fn all_pinned(connections: &Connections) -> Result<Vec<Option<PinnedTemplates>>, Problem> {
    connections.iter().map(|(_, connection)| pinned(connection)).collect()
}

/// The copy of a connection's templates, if there is one.
///
/// # Errors
/// It cannot be read, or the connection names one that is not there.
pub(crate) fn pinned(connection: &Connection) -> Result<Option<PinnedTemplates>, Problem> {
    let Some(support) = connection.entry.capabilities.templates else { return Ok(None) };
    let Some(path) = connection.pinned_templates() else { return Ok(None) };
    match fs::read(&path) {
        Ok(text) => PinnedTemplates::read(&text, &support)
            .map(Some)
            .map_err(|why| Problem::new(why).help("`rowcast templates pull` writes it anew").in_file(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && connection.pinned.is_none() => Ok(None),
        Err(error) => Err(Problem::new(error.to_string()).help("`rowcast templates pull` writes it").in_file(&path)),
    }
}

/// What the API allows the number that a connection sends from, or why that is not known.
pub(crate) fn allowance(inputs: &Inputs, connection: &Connection, policy: LookupPolicy) -> Result<Allowance, String> {
    match policy {
        LookupPolicy::Api => {}
        LookupPolicy::Offline => return Err("--offline".to_owned()),
        LookupPolicy::DryRun | LookupPolicy::Sandbox => return Err("nobody is asked".to_owned()),
    }
    let sender = match inputs.recipe.input.iter().find(|(field, _)| field == connection.entry.sender_key) {
        Some((_, Node::Text(id) | Node::Number(id))) if is_template(id) => {
            return Err("each row names its own number".to_owned());
        }
        Some((_, Node::Text(id) | Node::Number(id))) => Some(id.as_str()),
        _ => None,
    };
    connection.allowance(&inputs.environment, sender).map_err(|error| reason(&error))
}

/// The templates of the account that has `name`, or all of them.
pub(crate) fn ask(
    connection: &Connection,
    environment: &Environment,
    name: Option<&str>,
) -> Result<Arc<dyn TemplateSet>, LookupError> {
    connection.templates(environment, name)
}

/// Why a question has no answer, in one line.
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
