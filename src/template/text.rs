//! Templates of a recipe outside its `input`, such as the key that makes a row unique.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Problem, Problems, Source, Step};
use crate::model::{FieldError, Value};
use crate::recipe::Node;

use super::compile::{Compiler, Leaf, at_leaf};
use super::{Constants, Engine};

/// A compiled text.
#[derive(Debug)]
pub struct Text<'e> {
    leaf: Leaf<'e>,
    /// Its key in the recipe.
    name: &'static str,
}

impl<'e> Text<'e> {
    /// Compiles the text at the recipe's key `name`.
    pub fn compile(
        engine: &'e Engine,
        (name, node): (&'static str, &'e Node),
        source: &Source,
        constants: &Arc<Constants>,
        problems: &mut Problems,
    ) -> Self {
        let path = [Step::from(name)];
        let leaf = Compiler::new(engine, source, constants, problems).leaf(node, &mut path.to_vec());
        Self { leaf, name }
    }

    /// Uses the text as a key of rows. A text that is the same for every row is a problem.
    #[must_use]
    pub fn as_key(self, source: &Source, problems: &mut Problems) -> Self {
        if self.leaf.is_constant() {
            let name = self.name;
            let help = format!("write what differs between rows in braces, for example `{name}: \"{{{{ phone }}}}\"`");
            let problem = Problem::new(format!("`{name}` is the same for every row")).help(help);
            problems.push(at_leaf(problem, source, &[Step::from(name)], ""));
        }
        self
    }

    /// The positions of the columns that it reads for a row.
    pub fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        self.leaf.reads(scope)
    }

    /// The key of one row.
    ///
    /// # Errors
    /// The template does not render, or its value is no text or empty.
    pub fn key(&self, scope: &minijinja::Value) -> Result<String, FieldError> {
        let key = self.of(scope)?;
        if key.is_empty() {
            return Err(FieldError::new(self.name, "is empty for this row, so it cannot identify the row"));
        }
        Ok(key)
    }

    /// The text of one row, trimmed.
    ///
    /// # Errors
    /// The template does not render, or its value is no text.
    pub fn of(&self, scope: &minijinja::Value) -> Result<String, FieldError> {
        let mut errors = Vec::new();
        let value = self.leaf.render(scope, self.name, &mut errors);
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        let text = match &value {
            Value::Text(text) => text.trim(),
            Value::Number(number) => number.text.as_str(),
            other => return Err(FieldError::new(self.name, format!("wanted text, got {}", other.describe()))),
        };
        Ok(text.to_owned())
    }
}
