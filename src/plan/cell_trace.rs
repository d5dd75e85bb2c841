//! The cells that a field of a row was made of, so that a problem of the field can show them.
//!
//! Only a row with a problem is traced: its template is rendered once more, and the columns that it reads are recorded. This
//! covers `{{ mobile or phone }}`, `row[vars.column]`, and a template that stops halfway.

use std::collections::BTreeSet;

use minijinja::Value;

use crate::diag::{Step, cell_lines};
use crate::model::{Cell, FieldError};
use crate::template::{RowScope, Zone};

use super::field_path::path_of;
use super::prepared::Plan;

/// Traces the cells of a row that has a problem.
#[derive(Debug, Clone, Copy)]
pub struct CellTrace<'a> {
    plan: &'a Plan<'a>,
    scope: &'a Value,
}

impl<'a> CellTrace<'a> {
    /// Traces the row of `scope`.
    pub fn new(plan: &'a Plan<'a>, scope: &'a Value) -> Self {
        Self { plan, scope }
    }

    /// The cells that the field of an error was made of, in the order of the columns; none if no column fills the field.
    pub fn cells(&self, error: &FieldError) -> Vec<Cell> {
        self.cells_at(self.plan.reads(self.scope, &error.field))
    }

    /// The cells at these positions of the header. The text of a secret cell is omitted.
    pub fn cells_at(&self, columns: BTreeSet<usize>) -> Vec<Cell> {
        let secret = if columns.is_empty() { BTreeSet::new() } else { self.plan.secrets(self.scope) };
        let cell = |at| {
            let (column, text) = RowScope::column(self.scope, at)?;
            let text = (!secret.contains(&at)).then(|| text.to_owned());
            Some(Cell { column: column.to_owned(), text })
        };
        columns.into_iter().filter_map(cell).collect()
    }

    /// [`Self::cells`] for people, one line per cell.
    pub fn lines(&self, error: &FieldError) -> Vec<String> {
        cell_lines(self.cells(error).iter().map(Cell::parts))
    }
}

impl Plan<'_> {
    /// The positions of the columns that fill a field of a row.
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

    /// The positions of the columns that fill a secret field, such as a one-time password. No message may show their cells.
    fn secrets(&self, scope: &Value) -> BTreeSet<usize> {
        let secret = self.task.fields.iter().filter(|field| field.secret);
        secret.flat_map(|field| self.of(scope).templates.reads(scope, &[Step::from(field.name)])).collect()
    }
}
