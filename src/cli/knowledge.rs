//! What is known of the API before anything is sent: the templates of the account, and what the number may send.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::connectors::whatsapp::template_contract::{Pinned, Template, Templates};
use crate::connectors::{Connection, LookupError, Surroundings};
use crate::diag::{Problem, visible};
use crate::model::{Allowance, Contract, Field};
use crate::recipe::{Node, Recipe};

use super::exit::Failure;
use super::inputs::Inputs;

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
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
pub(super) struct Knowledge {
    templates: Option<Templates>,
    /// Where they are from, or why they are not known. Nothing where no template is sent.
    pub(super) note: Option<String>,
}

impl Knowledge {
    /// Finds the templates that a recipe needs. A pinned copy is taken before anybody is asked.
    ///
    /// # Errors
    /// A pinned copy is there and cannot be read.
    pub(super) fn gather(inputs: &Inputs, pinned: Option<Pinned>, reach: Reach) -> Result<Self, Failure> {
        if !sends_templates(inputs.task.fields) {
            return Ok(Self::default());
        }
        let connection = &inputs.connection;
        if let Some(pinned) = pinned {
            if connection.account.as_ref().is_some_and(|account| *account != pinned.account) {
                let message = "the copy of the templates is of another account than the connection's `waba-id`";
                let problem = Problem::new(message).help("`rowcast templates pull` makes it anew");
                return Err(problem.in_file(&connection.pinned_templates().unwrap_or_default()).into());
            }
            let note = format!("every message fits the copy that was pulled {}", pinned.age(Timestamp::now()));
            return Ok(Self { templates: Some(pinned.templates), note: Some(note) });
        }
        let why = match reach {
            Reach::Offline => "--offline, and there is no copy of them".to_owned(),
            Reach::DryRun => "a dry run asks nobody, and there is no copy of them".to_owned(),
            Reach::Sandbox => "a rehearsal asks nobody, and there is no copy of them".to_owned(),
            Reach::Api => match ask(connection, &inputs.surroundings, constant_name(&inputs.recipe)) {
                Ok(templates) => {
                    let note = "every message fits what the API has now".to_owned();
                    return Ok(Self { templates: Some(templates), note: Some(note) });
                }
                Err(error) => reason(&error),
            },
        };
        Ok(Self { templates: None, note: Some(format!("not checked: {why}")) })
    }

    /// What every message is held to.
    pub(super) fn contract(&self) -> Option<&dyn Contract> {
        self.templates.as_ref().map(|templates| templates as &dyn Contract)
    }

    /// The templates that a recipe names, by name and language, as the API has them: for pages that show messages.
    pub(super) fn shown(&self, recipe: &Recipe) -> Option<Value> {
        let templates = self.templates.as_ref()?;
        let name = constant_name(recipe);
        let wanted = templates.iter().filter(|template| name.is_none_or(|name| template.name == name));
        let by_name: Map<String, Value> = wanted.map(named).collect::<BTreeMap<_, _>>().into_iter().collect();
        Some(by_name.into())
    }
}

fn named(template: &Template) -> (String, Value) {
    (format!("{}/{}", template.name, template.language), template.raw().clone())
}

/// True if the task sends a template: it names one.
pub(super) fn sends_templates(fields: &[Field]) -> bool {
    ["name", "language-code"].iter().all(|wanted| fields.iter().any(|field| field.name == *wanted))
}

/// The copy of a connection's templates, if there is one.
///
/// # Errors
/// It cannot be read, or the connection names one that is not there.
pub(super) fn pinned(connection: &Connection) -> Result<Option<Pinned>, Problem> {
    let Some(path) = connection.pinned_templates() else { return Ok(None) };
    match fs::read(&path) {
        Ok(text) => Pinned::read(&text)
            .map(Some)
            .map_err(|why| Problem::new(why).help("`rowcast templates pull` writes it anew").in_file(&path)),
        Err(error) if error.kind() == ErrorKind::NotFound && connection.templates.is_none() => Ok(None),
        Err(error) => Err(Problem::new(error.to_string()).help("`rowcast templates pull` writes it").in_file(&path)),
    }
}

/// What the API allows the number that sends, or why that is not known.
pub(super) fn allowance(inputs: &Inputs, reach: Reach) -> Result<Allowance, String> {
    match reach {
        Reach::Api => {}
        Reach::Offline => return Err("--offline".to_owned()),
        Reach::DryRun | Reach::Sandbox => return Err("nobody is asked".to_owned()),
    }
    let sender = match inputs.recipe.input.iter().find(|(field, _)| field == "phone-number-id") {
        Some((_, Node::Text(id) | Node::Number(id))) if is_template(id) => {
            return Err("each row names its own number".to_owned());
        }
        Some((_, Node::Text(id) | Node::Number(id))) => Some(id.as_str()),
        _ => None,
    };
    let asked = inputs.connection.lookup(&inputs.surroundings).and_then(|lookup| lookup.allowance(sender));
    asked.map_err(|error| reason(&error))
}

/// The templates of the account that has `name`, or all of them.
pub(super) fn ask(
    connection: &Connection,
    surroundings: &Surroundings,
    name: Option<&str>,
) -> Result<Templates, LookupError> {
    connection.lookup(surroundings)?.templates(name)
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

fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}
