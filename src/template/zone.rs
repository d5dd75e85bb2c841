//! The time zone of a row: fixed, or given by a template.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::diag::{Problems, Source, Step};
use crate::model::{FieldError, Value};
use crate::schedule::zone;

use super::compile::{Compiler, Leaf};
use super::{Constants, Engine};

/// A recipe's `timezone`, compiled.
#[derive(Debug)]
pub struct Zone<'e>(ZoneSource<'e>);

#[derive(Debug)]
enum ZoneSource<'e> {
    Fixed(TimeZone),
    OfRow(Leaf<'e>),
}

impl<'e> Zone<'e> {
    /// The field name in errors of a row.
    pub const FIELD: &'static str = "timezone";

    /// Compiles `text`: a name or a template. Adds problems to `problems`, each with its place.
    pub fn compile(
        engine: &'e Engine,
        text: &'e str,
        source: &Source,
        constants: &Arc<Constants>,
        problems: &mut Problems,
    ) -> Self {
        if let Ok(fixed) = zone(text) {
            return Self(ZoneSource::Fixed(fixed));
        }
        let path = [Step::from("send"), Step::from(Self::FIELD)];
        Self(ZoneSource::OfRow(Compiler::new(engine, source, constants, problems).text(text, &path)))
    }

    /// The zone, if it is the same for every row.
    pub fn fixed(&self) -> Option<&TimeZone> {
        match &self.0 {
            ZoneSource::Fixed(zone) => Some(zone),
            ZoneSource::OfRow(_) => None,
        }
    }

    /// The positions of the columns that it reads for a row.
    pub fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        match &self.0 {
            ZoneSource::Fixed(_) => BTreeSet::new(),
            ZoneSource::OfRow(leaf) => leaf.reads(scope),
        }
    }

    /// The zone of a row.
    ///
    /// # Errors
    /// The template does not render the name of a time zone.
    pub fn of(&self, scope: &minijinja::Value) -> Result<TimeZone, FieldError> {
        let leaf = match &self.0 {
            ZoneSource::Fixed(zone) => return Ok(zone.clone()),
            ZoneSource::OfRow(leaf) => leaf,
        };
        let mut errors = Vec::new();
        let given = leaf.render(scope, Self::FIELD, &mut errors);
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        let wrong = |message: String| FieldError::new(Self::FIELD, message);
        match given {
            Value::Text(text) if text.trim().is_empty() => Err(wrong(
                "empty, so the window of this row is unknown; fill the column, or add a default zone: \
                 {{ (phone | timezone) or 'Europe/Berlin' }}"
                    .to_owned(),
            )),
            Value::Text(text) => zone(&text).map_err(wrong),
            other => Err(wrong(format!("gives {}, not the name of a time zone", other.describe()))),
        }
    }
}
