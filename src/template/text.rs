//! Texts of a recipe beside its `input` that a row fills: the key that makes a row unique, say.

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
    /// What the recipe calls it.
    name: &'static str,
}

impl<'e> Text<'e> {
    /// Compiles the text that stands at the recipe's key `name`.
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

    /// The same text as a key that tells rows apart: one that is the same for every row is a mistake.
    #[must_use]
    pub fn as_key(self, source: &Source, problems: &mut Problems) -> Self {
        if self.leaf.is_constant() {
            let name = self.name;
            let help = format!("write what tells rows apart in braces, for example `{name}: \"{{{{ phone }}}}\"`");
            let problem = Problem::new(format!("`{name}` is the same for every row")).help(help);
            problems.push(at_leaf(problem, source, &[Step::from(name)], ""));
        }
        self
    }

    /// The columns that it looks at for a row, by their positions.
    pub fn reads(&self, scope: &minijinja::Value) -> BTreeSet<usize> {
        self.leaf.reads(scope)
    }

    /// The key of one row.
    ///
    /// # Errors
    /// The template does not render, or gives no text, or an empty one.
    pub fn key(&self, scope: &minijinja::Value) -> Result<String, FieldError> {
        let key = self.of(scope)?;
        if key.is_empty() {
            return Err(FieldError::new(self.name, "gives nothing for this row; it would tell it from no other"));
        }
        Ok(key)
    }

    /// The text of one row, without the white space around it.
    ///
    /// # Errors
    /// The template does not render, or gives no text.
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
