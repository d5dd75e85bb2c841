//! The plan: a recipe checked and compiled against a header, that turns rows into requests. It sends nothing.
//!
//! Belongs here: joining templates and task, the selection of rows, and the places of problems that the recipe itself has.
//! Does not belong here: reading the data, and what is done with the requests.

mod select;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use select::{Selector, Taken};

use crate::diag::{Problem, Problems, Source, Step, did_you_mean, locate, locate_key};
use crate::model::{Endpoint, FieldError, Header, Request, Row, RowNumber, TaskEntry, Uniform};
use crate::recipe::{Node, Recipe};
use crate::template::{Condition, Constants, Engine, Templates};

/// A recipe made ready for the rows of one header.
#[derive(Debug)]
pub struct Plan<'e> {
    source: Source,
    task: &'static TaskEntry,
    endpoint: Endpoint,
    templates: Templates<'e>,
    when: Option<Condition<'e>>,
    /// `when` has problems, which are reported already.
    when_is_broken: bool,
    uniform: Arc<Uniform>,
    constants: Arc<Constants>,
    /// Problems of the recipe itself that were reported once: not every row has to report them again.
    reported: Mutex<HashSet<FieldError>>,
}

/// What a row comes to.
#[derive(Debug)]
pub enum Verdict {
    /// A valid request, and what should be said about it.
    Ready(Request, Vec<FieldError>),
    /// Left out on purpose, with the reason.
    Skipped(&'static str),
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
        let before = problems.errors();
        let when = recipe.when.as_ref().map(|node| Condition::compile(engine, node, source, &constants, problems));
        let when_is_broken = problems.errors() > before;
        let uniform = Arc::new(templates.uniform());
        let plan = Self {
            source: source.clone(),
            task,
            endpoint,
            templates,
            when,
            when_is_broken,
            uniform,
            constants,
            reported: Mutex::default(),
        };
        if !problems.has_errors() {
            // What is wrong whatever the row holds is found without any row.
            let errors = (task.build)(&plan.templates.probe(), &plan.endpoint).err().unwrap_or_default();
            plan.of_the_row(errors, problems);
        }
        plan
    }

    /// The constants that templates of this plan see, for compiling further expressions.
    pub fn constants(&self) -> &Constants {
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

    /// What templates see of a row.
    pub fn scope(&self, row: Row) -> minijinja::Value {
        self.templates.scope(row)
    }

    /// What a row comes to. Pure: the same row gives the same request, byte for byte.
    pub fn verdict(&self, scope: &minijinja::Value, row: RowNumber, line: u64) -> Verdict {
        match self.when.as_ref().map(|when| when.holds(scope)) {
            Some(Ok(false)) => return Verdict::Skipped("when"),
            Some(Err(error)) => return Verdict::Invalid(vec![error]),
            Some(Ok(true)) | None => {}
        }
        let built = self.templates.render(scope).and_then(|input| (self.task.build)(&input, &self.endpoint));
        match built {
            Ok(built) => {
                let request = Request { row, line, draft: built.draft, uniform: Arc::clone(&self.uniform) };
                Verdict::Ready(request, built.warnings)
            }
            Err(errors) => Verdict::Invalid(errors),
        }
    }

    /// Splits a row's errors: those of fields without a template are the recipe's, and are reported once at their place;
    /// those of templates that have problems of their own are not worth a line for every row. Returns the row's own.
    pub fn of_the_row(&self, errors: Vec<FieldError>, problems: &mut Problems) -> Vec<FieldError> {
        let told = |field: &str| if field == "when" { self.when_is_broken } else { self.templates.is_broken(field) };
        let (recipes, rows): (Vec<_>, Vec<_>) = errors
            .into_iter()
            .filter(|error| !told(&error.field))
            .partition(|error| error.field != "when" && self.templates.is_constant(&error.field));
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

/// The problem at the value of a field such as `body-parameters[1].name`, or at the nearest thing around it that is there.
fn at_field(problem: Problem, source: &Source, field: &str) -> Problem {
    let mut path = vec![Step::from("input")];
    for part in field.split('.') {
        let mut pieces = part.split('[');
        path.push(Step::from(pieces.next().unwrap_or(part)));
        path.extend(pieces.filter_map(|index| index.trim_end_matches(']').parse().ok().map(Step::Item)));
    }
    while !path.is_empty() {
        if let Some(at) = locate(&source.text, &path) {
            return problem.at_text(source, at, 1);
        }
        path.pop();
    }
    problem.in_file(&source.path)
}
