//! The plan: a recipe checked and compiled against a header, that turns rows into requests. It sends nothing.
//!
//! Belongs here: joining templates and task, the selection of rows, and the places of problems that the recipe itself has.
//! Does not belong here: reading the data, and what is done with the requests.

mod blame;
mod select;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use blame::Blame;
pub use select::{Selector, Taken};

use crate::diag::{Problem, Problems, Source, Step, did_you_mean, locate, locate_key};
use crate::model::{
    Built, Endpoint, FieldError, Header, Mark, Marks, Request, Row, RowNumber, Skip, TaskEntry, Uniform, Value,
};
use crate::recipe::{Node, Recipe, Unique};
use crate::template::{BROKEN, Condition, Constants, Engine, Templates, Text, Zone};

/// A recipe made ready for the rows of one header.
#[derive(Debug)]
pub struct Plan<'e> {
    source: Source,
    task: &'static TaskEntry,
    endpoint: Endpoint,
    templates: Templates<'e>,
    when: Option<Condition<'e>>,
    unique: Option<Text<'e>>,
    once: Option<Text<'e>>,
    zone: Option<Zone<'e>>,
    uniform: Arc<Uniform>,
    constants: Arc<Constants>,
    /// What is wrong with every row, whatever it holds.
    of_every_row: Vec<FieldError>,
    /// Where everything goes in a test, instead of to the row's own recipient.
    redirected_to: Option<String>,
    /// Problems of the recipe itself that were reported once: not every row has to report them again.
    reported: Mutex<HashSet<FieldError>>,
}

/// What a row comes to.
#[derive(Debug)]
pub enum Verdict {
    /// A valid request, and what should be said about it.
    Ready(Request, Vec<FieldError>),
    /// Left out on purpose, with the reason.
    Skipped(Skip),
    /// Not a valid request: everything that is wrong with it.
    Invalid(Vec<FieldError>),
}

impl<'e> Plan<'e> {
    /// Compiles `recipe` for data with this `header`. What is wrong with the recipe itself goes to `problems`, each at its
    /// place; rows can be checked all the same.
    pub fn prepare(
        engine: &'e Engine,
        recipe: &'e Recipe,
        vars: &[(String, Node)],
        header: &Header,
        task: &'static TaskEntry,
        endpoint: Endpoint,
        problems: &mut Problems,
    ) -> Self {
        let constants = Arc::new(Constants::new(header.clone(), vars, &endpoint));
        let source = &recipe.source;
        unknown_fields(recipe, task, problems);
        let templates = Templates::compile(engine, &recipe.input, source, &constants, problems);
        let when = recipe.when.as_ref().map(|node| Condition::compile(engine, node, source, &constants, problems));
        let mut key = |name, node| Text::compile(engine, (name, node), source, &constants, problems);
        let unique = match &recipe.audience.unique {
            Unique::By(node) => Some(key("unique", node)),
            Unique::Recipient | Unique::Off => None,
        };
        let once = recipe.audience.once.as_ref().map(|node| key("once", node));
        let zone = recipe.send.timezone.as_deref().filter(|_| recipe.send.window.is_some());
        let zone = zone.map(|text| Zone::compile(engine, text, source, &constants, problems));
        let uniform = Arc::new(templates.uniform());
        // What is wrong whatever the row holds is found without any row: with one value, with another and with none.
        let wrong_with = |text| (task.build)(&templates.probe(text), &endpoint).err().unwrap_or_default();
        let [mut of_every_row, other, none] = ["1", "2", ""].map(wrong_with);
        of_every_row.retain(|error| other.contains(error) && none.contains(error));
        let plan = Self {
            source: source.clone(),
            task,
            endpoint,
            templates,
            when,
            unique,
            once,
            zone,
            uniform,
            constants,
            of_every_row: of_every_row.clone(),
            redirected_to: None,
            reported: Mutex::default(),
        };
        plan.of_the_row(of_every_row, problems);
        plan
    }

    /// The same plan, with everything going to one number. A row has to be right with its own recipient all the same.
    #[must_use]
    pub fn redirected_to(self, number: Option<String>) -> Self {
        Self { redirected_to: number, ..self }
    }

    /// The constants that templates of this plan see, for compiling further expressions.
    pub fn constants(&self) -> &Arc<Constants> {
        &self.constants
    }

    /// The header of the data.
    pub fn header(&self) -> &Header {
        self.constants.header()
    }

    /// The task.
    pub fn task(&self) -> &'static TaskEntry {
        self.task
    }

    /// Whose clocks the sending window goes by, if there is a window.
    pub fn zone(&self) -> Option<&Zone<'e>> {
        self.zone.as_ref()
    }

    /// What templates see of a row.
    pub fn scope(&self, row: Row) -> minijinja::Value {
        self.templates.scope(row)
    }

    /// What a row comes to. Pure: the same row gives the same request, byte for byte.
    pub fn verdict(&self, scope: &minijinja::Value, row: RowNumber, line: u64) -> Verdict {
        match self.when.as_ref().map(|when| when.holds(scope)) {
            Some(Ok(false)) => return Verdict::Skipped(Skip::When),
            Some(Err(error)) => return Verdict::Invalid(vec![error]),
            Some(Ok(true)) | None => {}
        }
        let (input, mut errors) = self.templates.render(scope);
        let marks = self.marks(scope, &mut errors);
        errors.extend(self.zone.as_ref().and_then(|zone| zone.of(scope).err()));
        let built = (self.task.build)(&input, &self.endpoint).and_then(|built| self.redirect(input, built));
        match built {
            Ok(built) if errors.is_empty() => {
                let request = Request { row, line, draft: built.draft, uniform: Arc::clone(&self.uniform), marks };
                Verdict::Ready(request, built.warnings)
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
    fn redirect(&self, mut input: Vec<(String, Value)>, built: Built) -> Result<Built, Vec<FieldError>> {
        let Some(number) = &self.redirected_to else { return Ok(built) };
        for (_, value) in input.iter_mut().filter(|(field, _)| field == self.task.recipient) {
            *value = Value::Text(number.clone());
        }
        (self.task.build)(&input, &self.endpoint)
    }

    /// The keys of a row; what is wrong with them goes to `errors`.
    fn marks(&self, scope: &minijinja::Value, errors: &mut Vec<FieldError>) -> Marks {
        let mut mark = |text: &Option<Text<'_>>| match text.as_ref()?.of(scope) {
            Ok(key) => Some(Mark::of(&key)),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        Marks { unique: mark(&self.unique), once: mark(&self.once) }
    }

    /// A problem of a field of the input, at its place in the recipe.
    pub fn at_field(&self, problem: Problem, field: &str) -> Problem {
        at_field(problem, &self.source, field)
    }

    /// Splits a row's errors: those that every row has, and those of fields without a template, are the recipe's and are
    /// reported once at their place. Returns those that are the row's own.
    pub fn of_the_row(&self, errors: Vec<FieldError>, problems: &mut Problems) -> Vec<FieldError> {
        let of_the_recipe = |error: &FieldError| {
            let of_input = !["when", "unique", "once", Zone::FIELD].contains(&error.field.as_str());
            self.of_every_row.contains(error) || of_input && self.templates.is_constant(&error.field)
        };
        let (recipes, rows): (Vec<_>, Vec<_>) =
            errors.into_iter().filter(|error| error.message != BROKEN).partition(of_the_recipe);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        for error in recipes {
            // Unknown fields were reported by their keys.
            if error.field != "input" && reported.insert(error.clone()) {
                problems.push(at_field(Problem::new(error.to_string()), &self.source, &error.field));
            }
        }
        rows
    }
}

fn unknown_fields(recipe: &Recipe, task: &TaskEntry, problems: &mut Problems) {
    let known: Vec<&str> = task.fields.iter().map(|field| field.name).collect();
    for (name, _) in recipe.input.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let message = format!("input: unknown field \"{name}\"{}", did_you_mean(name, known.iter().copied()));
        let at = locate_key(&recipe.source.text, &[Step::from("input")], name).unwrap_or((1, 1));
        let problem = Problem::new(message).help(format!("{} has: {}", task.short(), known.join(", ")));
        problems.push(problem.at_text(&recipe.source, at, name.chars().count()));
    }
}

/// True if one of two fields is the other or a part of it: `body-parameters` and `body-parameters[1].name`.
fn about(one: &str, other: &str) -> bool {
    let part = |whole: &str, part: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    };
    part(one, other) || part(other, one)
}

/// The way to a field such as `body-parameters[1].name` within the input.
fn path_of(field: &str) -> Vec<Step> {
    let mut path = Vec::new();
    for part in field.split('.') {
        let mut pieces = part.split('[');
        path.push(Step::from(pieces.next().unwrap_or(part)));
        path.extend(pieces.filter_map(|index| index.trim_end_matches(']').parse().ok().map(Step::Item)));
    }
    path
}

/// The problem at the value of a field such as `body-parameters[1].name`, or at the nearest thing around it that is there.
fn at_field(problem: Problem, source: &Source, field: &str) -> Problem {
    let mut path = vec![Step::from("input")];
    path.extend(path_of(field));
    while !path.is_empty() {
        if let Some(at) = locate(&source.text, &path) {
            return problem.at_text(source, at, 1);
        }
        path.pop();
    }
    problem.in_file(&source.path)
}
