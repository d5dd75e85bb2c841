//! A recipe compiled for one connection: builds the request of a row, or finds its errors.
//!
//! Belongs here: everything that depends on the connection, that is all templates, because they may use its settings
//! and its country. Does not belong here: choosing the connection of a row.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diag::Problems;
use crate::model::{
    Built, ConnectionIndex, Endpoint, FieldError, FieldVariation, Header, InputField, KeyDigest, Request, RowKeys,
    RowNumber, TaskEntry, Value, message_space,
};
use crate::recipe::{Node, Once, Recipe, Unique};
use crate::template::{CompiledTemplates, Condition, Constants, Text, Zone};

use super::field_path::about;
use super::target::Target;
use super::verdict::Verdict;

/// A recipe compiled for one connection.
#[derive(Debug)]
pub(super) struct Compiled<'e> {
    connection: ConnectionIndex,
    task: &'static TaskEntry,
    endpoint: Endpoint,
    pub(super) templates: CompiledTemplates<'e>,
    pub(super) when: Option<Condition<'e>>,
    pub(super) unique: Option<Text<'e>>,
    pub(super) once: Option<Text<'e>>,
    pub(super) zone: Option<Zone<'e>>,
    variation: Arc<FieldVariation>,
    pub(super) constants: Arc<Constants>,
    /// Errors that every row has.
    pub(super) of_every_row: Vec<FieldError>,
    /// In a test: the number that gets every message instead of the row's recipient.
    pub(super) redirected_to: Option<String>,
    /// The messages go to a sandbox of the run's own.
    pub(super) rehearsal: bool,
    /// The space in which its messages count.
    space: String,
}

impl<'e> Compiled<'e> {
    /// Compiles all templates. Adds problems of the recipe to `problems`, each with its place, except errors that every
    /// row has.
    pub(super) fn new(
        recipe: &'e Recipe,
        (vars, header, task): (&[(String, Node)], &Header, &'static TaskEntry),
        target: &Target<'e>,
        connection: ConnectionIndex,
        problems: &mut Problems,
    ) -> Self {
        let Target { engine, endpoint, .. } = target;
        let constants = Arc::new(Constants::new(header.clone(), vars, endpoint));
        let source = &recipe.source;
        let templates = CompiledTemplates::compile(engine, &recipe.input, source, &constants, problems);
        let when = recipe.when.as_ref().map(|node| Condition::compile(engine, node, source, &constants, problems));
        let mut key =
            |name, node| Text::compile(engine, (name, node), source, &constants, problems).as_key(source, problems);
        let unique = match &recipe.audience.unique {
            Unique::By(node) => Some(key("unique", node)),
            Unique::Recipient | Unique::Off => None,
        };
        let once = match &recipe.audience.once {
            Once::By(node) => Some(key("once", node)),
            Once::Message | Once::Off => None,
        };
        let zone = recipe.send.timezone.as_deref().filter(|_| recipe.send.window.is_some());
        let zone = zone.map(|text| Zone::compile(engine, text, source, &constants, problems));
        let variation = Arc::new(templates.variation());
        // Errors that every row has are found without a row: they occur with two different values and with none.
        let wrong_with = |text| (task.build)(&templates.probe(text), endpoint).err().unwrap_or_default();
        let [mut of_every_row, other, none] = ["1", "2", ""].map(wrong_with);
        of_every_row.retain(|error| other.contains(error) && none.contains(error));
        let endpoint = endpoint.clone();
        let space = message_space(endpoint.get("base-url").unwrap_or_default());
        Self {
            connection,
            space,
            task,
            endpoint,
            templates,
            when,
            unique,
            once,
            zone,
            variation,
            constants,
            of_every_row,
            redirected_to: None,
            rehearsal: false,
        }
    }

    /// Whether the recipe's `when` is true for a row.
    pub(super) fn when(&self, scope: &minijinja::Value) -> Result<bool, FieldError> {
        self.when.as_ref().map_or(Ok(true), |when| when.holds(scope))
    }

    /// The verdict on a row for which `when` is true.
    pub(super) fn verdict(&self, scope: &minijinja::Value, row: RowNumber, line: u64) -> Verdict {
        let (input, mut errors) = self.templates.render(scope);
        let mut keys = self.keys(scope, &mut errors);
        errors.extend(self.zone.as_ref().and_then(|zone| zone.of(scope).err()));
        let built = (self.task.build)(&input, &self.endpoint).and_then(|built| self.redirect(input, built));
        match built {
            Ok(Built { draft, warnings }) if errors.is_empty() => {
                let (connection, variation) = (self.connection, Arc::clone(&self.variation));
                keys.message = draft.message(&self.space).filter(|_| self.is_remembered());
                Verdict::Ready(Request { row, line, draft, connection, variation, keys }, warnings)
            }
            Ok(_) => Verdict::Invalid(errors),
            Err(more) => {
                // A field that did not render needs no second error.
                let unrendered: Vec<String> = errors.iter().map(|error| error.field.clone()).collect();
                errors.extend(
                    more.into_iter().filter(|error| !unrendered.iter().any(|field| about(field, &error.field))),
                );
                Verdict::Invalid(errors)
            }
        }
    }

    /// The request of a test, with the recipient replaced.
    fn redirect(&self, mut input: Vec<InputField<'_>>, built: Built) -> Result<Built, Vec<FieldError>> {
        let Some(number) = &self.redirected_to else { return Ok(built) };
        for (_, value) in input.iter_mut().filter(|(field, _)| *field == self.task.recipient) {
            *value = Cow::Owned(Value::Text(number.clone()));
        }
        (self.task.build)(&input, &self.endpoint)
    }

    /// The keys of a row. Adds their errors to `errors`.
    pub(super) fn keys(&self, scope: &minijinja::Value, errors: &mut Vec<FieldError>) -> RowKeys {
        let mut mark = |text: &Option<Text<'_>>| match text.as_ref()?.key(scope) {
            Ok(key) => Some(KeyDigest::of(&key)),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let (unique, once) = (mark(&self.unique), mark(&self.once));
        RowKeys { unique, once, message: None }
    }

    /// Whether what is sent counts for later runs. Tests and rehearsals count for nobody.
    fn is_remembered(&self) -> bool {
        self.redirected_to.is_none() && !self.rehearsal
    }
}
