//! A recipe compiled for one connection: the request of a row, or what is wrong with it.
//!
//! Belongs here: what depends on the connection, that is all templates, since they may show its settings and know its country.
//! Does not belong here: which connection a row goes by.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diag::Problems;
use crate::model::{
    Built, Endpoint, FieldError, FieldVariation, Header, InputField, Mark, Marks, Request, RowNumber, TaskEntry, Value,
    Via,
};
use crate::recipe::{Node, Recipe, Unique};
use crate::template::{Condition, Constants, Templates, Text, Zone};

use super::field_path::about;
use super::target::Target;
use super::verdict::Verdict;

/// A recipe compiled for one connection.
#[derive(Debug)]
pub(super) struct Compiled<'e> {
    via: Via,
    task: &'static TaskEntry,
    endpoint: Endpoint,
    pub(super) templates: Templates<'e>,
    pub(super) when: Option<Condition<'e>>,
    pub(super) unique: Option<Text<'e>>,
    pub(super) once: Option<Text<'e>>,
    pub(super) zone: Option<Zone<'e>>,
    variation: Arc<FieldVariation>,
    pub(super) constants: Arc<Constants>,
    /// What is wrong with every row, whatever it holds.
    pub(super) of_every_row: Vec<FieldError>,
    /// Where everything goes in a test, instead of to the row's own recipient.
    pub(super) redirected_to: Option<String>,
}

impl<'e> Compiled<'e> {
    /// Compiles everything; what is wrong with the recipe itself goes to `problems`, each at its place, but for what is wrong
    /// with every row.
    pub(super) fn new(
        recipe: &'e Recipe,
        (vars, header, task): (&[(String, Node)], &Header, &'static TaskEntry),
        target: &Target<'e>,
        via: Via,
        problems: &mut Problems,
    ) -> Self {
        let Target { engine, endpoint, .. } = target;
        let constants = Arc::new(Constants::new(header.clone(), vars, endpoint));
        let source = &recipe.source;
        let templates = Templates::compile(engine, &recipe.input, source, &constants, problems);
        let when = recipe.when.as_ref().map(|node| Condition::compile(engine, node, source, &constants, problems));
        let mut key =
            |name, node| Text::compile(engine, (name, node), source, &constants, problems).as_key(source, problems);
        let unique = match &recipe.audience.unique {
            Unique::By(node) => Some(key("unique", node)),
            Unique::Recipient | Unique::Off => None,
        };
        let once = recipe.audience.once.as_ref().map(|node| key("once", node));
        let zone = recipe.send.timezone.as_deref().filter(|_| recipe.send.window.is_some());
        let zone = zone.map(|text| Zone::compile(engine, text, source, &constants, problems));
        let variation = Arc::new(templates.variation());
        // What is wrong whatever the row holds is found without any row: with one value, with another and with none.
        let wrong_with = |text| (task.build)(&templates.probe(text), endpoint).err().unwrap_or_default();
        let [mut of_every_row, other, none] = ["1", "2", ""].map(wrong_with);
        of_every_row.retain(|error| other.contains(error) && none.contains(error));
        let endpoint = endpoint.clone();
        Self {
            via,
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
        }
    }

    /// Whether the recipe's `when` takes a row.
    pub(super) fn when(&self, scope: &minijinja::Value) -> Result<bool, FieldError> {
        self.when.as_ref().map_or(Ok(true), |when| when.holds(scope))
    }

    /// What a row comes to that `when` takes.
    pub(super) fn verdict(&self, scope: &minijinja::Value, row: RowNumber, line: u64) -> Verdict {
        let (input, mut errors) = self.templates.render(scope);
        let marks = self.marks(scope, &mut errors);
        errors.extend(self.zone.as_ref().and_then(|zone| zone.of(scope).err()));
        let built = (self.task.build)(&input, &self.endpoint).and_then(|built| self.redirect(input, built));
        match built {
            Ok(Built { draft, warnings }) if errors.is_empty() => {
                let (via, variation) = (self.via, Arc::clone(&self.variation));
                Verdict::Ready(Request { row, line, draft, via, variation, marks }, warnings)
            }
            Ok(_) => Verdict::Invalid(errors),
            Err(more) => {
                // Of a field that did not render there is nothing more to say.
                let unrendered: Vec<String> = errors.iter().map(|error| error.field.clone()).collect();
                errors.extend(
                    more.into_iter().filter(|error| !unrendered.iter().any(|field| about(field, &error.field))),
                );
                Verdict::Invalid(errors)
            }
        }
    }

    /// The request as it goes in a test.
    fn redirect(&self, mut input: Vec<InputField<'_>>, built: Built) -> Result<Built, Vec<FieldError>> {
        let Some(number) = &self.redirected_to else { return Ok(built) };
        for (_, value) in input.iter_mut().filter(|(field, _)| *field == self.task.recipient) {
            *value = Cow::Owned(Value::Text(number.clone()));
        }
        (self.task.build)(&input, &self.endpoint)
    }

    /// The keys of a row; what is wrong with them goes to `errors`.
    pub(super) fn marks(&self, scope: &minijinja::Value, errors: &mut Vec<FieldError>) -> Marks {
        let mut mark = |text: &Option<Text<'_>>| match text.as_ref()?.key(scope) {
            Ok(key) => Some(Mark::of(&key)),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        Marks { unique: mark(&self.unique), once: mark(&self.once) }
    }
}
