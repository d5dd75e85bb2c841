//! A recipe checked and compiled against a header.
//!
//! Belongs here: joining templates and task, and placing problems of the recipe itself. Does not belong here: what
//! depends on the connection (`compiled`).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::compiled::Compiled;
use super::field_path::at_field;
use super::route::Route;
use super::target::Target;
use super::verdict::Verdict;
use crate::diag::{Problem, Problems, Source, Step, did_you_mean, locate_key};
use crate::model::{ConnectionIndex, Endpoint, FieldError, Header, Routing, Row, RowKeys, RowNumber, Skip, TaskEntry};
use crate::recipe::{Node, Recipe};
use crate::template::{BROKEN, Constants, Engine, RowScope, Zone};

/// A recipe prepared for the rows of one header.
#[derive(Debug)]
pub struct Plan<'e> {
    source: Source,
    pub(super) task: &'static TaskEntry,
    pub(super) route: Route<'e>,
    /// The recipe compiled for each connection of the run, at least one.
    each: Vec<Compiled<'e>>,
    /// Problems of the recipe that were reported, so that rows do not report them again.
    reported: Mutex<HashSet<FieldError>>,
}

impl<'e> Plan<'e> {
    /// Compiles `recipe` for data with this `header` and one connection. Adds the problems of the recipe to `problems`,
    /// each with its place; rows can be checked nevertheless.
    pub fn prepare(
        engine: &'e Engine,
        recipe: &'e Recipe,
        vars: &[(String, Node)],
        header: &Header,
        task: &'static TaskEntry,
        endpoint: Endpoint,
        problems: &mut Problems,
    ) -> Self {
        let only = Target { name: "", engine, endpoint, share: 1 };
        Self::with_routes(recipe, (vars, header, task), &[only], Routing::One, problems)
    }

    /// Compiles a recipe for one or more connections; `routing` decides which one sends a row.
    pub fn with_routes(
        recipe: &'e Recipe,
        (vars, header, task): (&[(String, Node)], &Header, &'static TaskEntry),
        targets: &[Target<'e>],
        routing: Routing,
        problems: &mut Problems,
    ) -> Self {
        let source = &recipe.source;
        unknown_fields(recipe, task, problems);
        let route = Route::compile(recipe, (vars, header, task), targets, routing, problems);
        let compiled = targets.iter().zip(0..).map(|(target, index)| {
            let mut found = Problems::default();
            let compiled = Compiled::new(recipe, (vars, header, task), target, ConnectionIndex(index), &mut found);
            (compiled, found.into_iter().collect())
        });
        let (each, found): (Vec<_>, Vec<Vec<Problem>>) = compiled.unzip();
        let plan = Self { source: source.clone(), task, route, each, reported: Mutex::default() };
        let of_every_row = plan.each.iter().map(|compiled| plan.at_their_fields(&compiled.of_every_row));
        for of_one in [found, of_every_row.collect()] {
            problems.extend(told_once(&of_one, targets));
        }
        plan
    }

    /// Places errors that every row has in the recipe. Rows do not report them again.
    fn at_their_fields(&self, errors: &[FieldError]) -> Vec<Problem> {
        let mut problems = Problems::default();
        // Another connection may have reported the same error.
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).retain(|error| !errors.contains(error));
        self.of_the_row(errors.to_vec(), &mut problems);
        problems.into_iter().collect()
    }

    /// Sends every request to one number. A row must still be valid with its own recipient.
    #[must_use]
    pub fn redirected_to(mut self, number: Option<&str>) -> Self {
        for compiled in &mut self.each {
            compiled.redirected_to = number.map(str::to_owned);
        }
        self
    }

    /// Sends every request to a sandbox of the run's own, so that no message counts for later runs.
    #[must_use]
    pub fn rehearsed(mut self, rehearsal: bool) -> Self {
        self.each.iter_mut().for_each(|compiled| compiled.rehearsal = rehearsal);
        self
    }

    /// The constants of the templates, for compiling further expressions. With several connections, those of the first.
    pub fn constants(&self) -> &Arc<Constants> {
        &self.first().constants
    }

    /// The header of the data.
    pub fn header(&self) -> &Header {
        self.constants().header()
    }

    /// The task.
    pub fn task(&self) -> &'static TaskEntry {
        self.task
    }

    /// The time zone of the sending window, if there is a window and its zone is the same for every row.
    pub fn fixed_zone(&self) -> Option<&jiff::tz::TimeZone> {
        self.first().zone.as_ref()?.fixed()
    }

    /// The time zone of the sending window for a row, if there is a window.
    pub fn zone(&self, scope: &minijinja::Value) -> Option<&Zone<'e>> {
        self.of(scope).zone.as_ref()
    }

    /// The template scope of a row. Chooses the row's connection.
    pub fn scope(&self, row: Row) -> minijinja::Value {
        let scope = RowScope::of(Arc::clone(self.constants()), row);
        match self.route.of(&scope) {
            Ok(ConnectionIndex(0)) => scope,
            Ok(index) => RowScope::going_by(&scope, Some(index), &self.each[index.index()].constants),
            Err(_) => RowScope::going_by(&scope, None, self.constants()),
        }
    }

    /// The verdict on a row. Pure: the same row gives the same request, byte for byte.
    pub fn verdict(&self, scope: &minijinja::Value, row: RowNumber, line: u64) -> Verdict {
        let compiled = self.of(scope);
        match compiled.when(scope) {
            Ok(true) => {}
            Ok(false) => return Verdict::Skipped(Skip::When),
            Err(error) => return Verdict::Invalid(vec![error]),
        }
        match RowScope::index(scope) {
            Some(_) => compiled.verdict(scope, row, line),
            None => Verdict::Invalid(self.route.of(scope).err().into_iter().collect()),
        }
    }

    /// The keys of a row for `unique` and `once`, also if `when` leaves the row out. A key that cannot be rendered is none.
    pub fn keys(&self, scope: &minijinja::Value) -> RowKeys {
        self.of(scope).keys(scope, &mut Vec::new())
    }

    /// A problem of a field of the input, at its place in the recipe.
    pub fn at_field(&self, problem: Problem, field: &str) -> Problem {
        at_field(problem, &self.source, field)
    }

    /// Splits a row's errors. Errors that every row has, and those of fields without a template, belong to the recipe
    /// and are added to `problems` once. Returns the others.
    pub fn of_the_row(&self, errors: Vec<FieldError>, problems: &mut Problems) -> Vec<FieldError> {
        let of_the_recipe = |error: &FieldError| {
            let of_input = !["connection", "when", "unique", "once", Zone::FIELD].contains(&error.field.as_str());
            self.each.iter().any(|compiled| compiled.of_every_row.contains(error))
                || of_input && self.first().templates.is_constant(&error.field)
        };
        let (recipes, rows): (Vec<_>, Vec<_>) =
            errors.into_iter().filter(|error| error.message != BROKEN).partition(of_the_recipe);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        for error in recipes {
            // Unknown fields were reported at their keys.
            if error.field != "input" && reported.insert(error.clone()) {
                problems.push(at_field(Problem::new(error.to_string()), &self.source, &error.field));
            }
        }
        rows
    }

    /// The recipe compiled for a row's connection; for the first one if the row names none of them.
    pub(super) fn of(&self, scope: &minijinja::Value) -> &Compiled<'e> {
        let index = RowScope::index(scope).unwrap_or_default();
        self.each.get(index.index()).unwrap_or_else(|| self.first())
    }

    fn first(&self) -> &Compiled<'e> {
        &self.each[0]
    }
}

/// The problems of all connections: one that all have is reported once, any other with the name of its connection.
fn told_once<'p>(found: &'p [Vec<Problem>], targets: &'p [Target<'_>]) -> impl Iterator<Item = Problem> + 'p {
    let of_all = |problem: &Problem| found.iter().all(|of_one| of_one.contains(problem));
    found.iter().zip(targets).enumerate().flat_map(move |(at, (of_one, target))| {
        of_one.iter().filter_map(move |problem| {
            if of_all(problem) {
                return (at == 0).then(|| problem.clone());
            }
            let message = format!("{} (connection `{}`)", problem.message, target.name);
            Some(Problem { message, ..problem.clone() })
        })
    })
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
