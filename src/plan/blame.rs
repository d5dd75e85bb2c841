//! Which cells are to blame for a problem of a row: those that the template of the field has looked at.
//!
//! Asked only of rows that have a problem: the template is rendered once more, and what it reads is written down. So it is
//! known of `{{ mobile or phone }}` and of `row[vars.column]` too, and of a template that stops halfway.

use std::collections::BTreeSet;

use minijinja::Value;

use crate::diag::{Step, cell_lines};
use crate::model::{Cell, FieldError};
use crate::template::{Scope, Zone};

use super::field_path::path_of;
use super::prepared::Plan;

/// A row that has a problem, and the plan that found it.
#[derive(Debug, Clone, Copy)]
pub struct Blame<'a> {
    plan: &'a Plan<'a>,
    scope: &'a Value,
}

impl<'a> Blame<'a> {
    /// The row is the one of `scope`.
    pub fn new(plan: &'a Plan<'a>, scope: &'a Value) -> Self {
        Self { plan, scope }
    }

    /// The cells that a problem of the row is about, in the order of the columns: none if no column fills the field.
    pub fn cells(&self, error: &FieldError) -> Vec<Cell> {
        self.cells_at(self.plan.reads(self.scope, &error.field))
    }

    /// The cells of these columns, given by their positions; the text of a secret one is left out.
    pub fn cells_at(&self, columns: BTreeSet<usize>) -> Vec<Cell> {
        let secret = if columns.is_empty() { BTreeSet::new() } else { self.plan.secrets(self.scope) };
        let cell = |at| {
            let (column, text) = Scope::column(self.scope, at)?;
            let text = (!secret.contains(&at)).then(|| text.to_owned());
            Some(Cell { column: column.to_owned(), text })
        };
        columns.into_iter().filter_map(cell).collect()
    }

    /// The same cells for people, a line each.
    pub fn lines(&self, error: &FieldError) -> Vec<String> {
        cell_lines(self.cells(error).iter().map(Cell::parts))
    }
}

impl Plan<'_> {
    /// The columns that fill a field for a row, by their positions.
    fn reads(&self, scope: &Value, field: &str) -> BTreeSet<usize> {
        let compiled = self.of(scope);
        let read = match field {
            "connection" => Some(self.route.reads(scope)),
            "when" => compiled.when.as_ref().map(|when| when.reads(scope)),
            "unique" => compiled.unique.as_ref().map(|text| text.reads(scope)),
            "once" => compiled.once.as_ref().map(|text| text.reads(scope)),
            Zone::FIELD => compiled.zone.as_ref().map(|zone| zone.reads(scope)),
            field => Some(compiled.templates.reads(scope, &path_of(field))),
        };
        read.unwrap_or_default()
    }

    /// The columns whose cells no message may show: those that fill a secret field, such as a one-time password.
    fn secrets(&self, scope: &Value) -> BTreeSet<usize> {
        let secret = self.task.fields.iter().filter(|field| field.secret);
        secret.flat_map(|field| self.of(scope).templates.reads(scope, &[Step::from(field.name)])).collect()
    }
}
