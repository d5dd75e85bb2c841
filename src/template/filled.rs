//! Templates that only insert cells into a text, as most do: filled without the engine.
//!
//! Belongs here: recognising and filling such templates. Does not belong here: anything that needs the engine, such as
//! filters and names that are not columns.

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Error, ErrorKind};

use crate::model::Header;

use super::RowScope;
use super::output::{MAX_OUTPUT, too_long};

/// Names that never refer to a column: see [`RowScope`].
const NO_COLUMNS: [&str; 4] = ["row", "vars", "connection", "row_number"];

/// A text that contains cells of the row.
#[derive(Debug)]
pub(super) struct Filled<'e>(Vec<TextPart<'e>>);

#[derive(Debug, Clone, Copy)]
enum TextPart<'e> {
    Text(&'e str),
    /// The cell of a column, by its position.
    Cell(usize),
}

impl<'e> Filled<'e> {
    /// Compiles `text` if its braces hold only names of columns.
    pub(super) fn of(text: &'e str, header: &Header) -> Option<Self> {
        let Ok(Stmt::Template(template)) = parse(text, "<string>", SyntaxConfig::default()) else { return None };
        let piece = |part: &Stmt<'e>| match part {
            Stmt::EmitRaw(raw) => Some(TextPart::Text(raw.raw)),
            Stmt::EmitExpr(emit) => match &emit.expr {
                Expr::Var(name) if !NO_COLUMNS.contains(&name.id) => header.position(name.id).map(TextPart::Cell),
                _ => None,
            },
            _ => None,
        };
        template.children.iter().map(piece).collect::<Option<_>>().map(Self)
    }

    /// The text of a row.
    ///
    /// # Errors
    /// The text is longer than a field may be.
    pub(super) fn fill(&self, scope: &minijinja::Value) -> Result<String, Error> {
        let text = |piece: &TextPart<'e>| match *piece {
            TextPart::Text(text) => Some(text),
            TextPart::Cell(at) => RowScope::column(scope, at).map(|(_, cell)| cell),
        };
        let length: usize = self.0.iter().filter_map(text).map(str::len).sum();
        if length > MAX_OUTPUT {
            return Err(too_long());
        }
        let mut filled = String::with_capacity(length);
        for piece in &self.0 {
            // A row has a cell for every column.
            filled.push_str(text(piece).ok_or_else(|| Error::from(ErrorKind::UndefinedError))?);
        }
        Ok(filled)
    }

    /// The positions of its columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|piece| match *piece {
            TextPart::Cell(at) => Some(at),
            TextPart::Text(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Endpoint, Row, RowNumber};
    use crate::template::{Constants, Engine};

    const HEADER: [&str; 6] = ["name", "city", "row_number", "true", "range", "_status"];

    fn constants() -> Arc<Constants> {
        Arc::new(Constants::new(Header::new(HEADER.map(str::to_owned)), &[], &Endpoint::default()))
    }

    fn scope(name: &str) -> minijinja::Value {
        let cells = [name, "Köln {{ name }}", "no", "cell", "far", "old"].into_iter().collect();
        RowScope::of(constants(), Row { number: RowNumber(7), line: 8, cells })
    }

    #[test]
    fn it_gives_what_the_engine_gives() {
        let engine = Engine::new(None);
        let (scope, constants) = (scope("Ann"), constants());
        for text in [
            "{{ name }}",
            "{{name}}{{city}}",
            "Hello {{ name }},\n  welcome to {{ city }}!\n",
            "Hello {{- name -}} \n, {# nobody #}{{ range }}",
            "{{ name }}\n\n",
            "{% raw %}{{ name }}{% endraw %} {{ name }}",
        ] {
            let filled = Filled::of(text, constants.header()).unwrap_or_else(|| panic!("{text}"));
            let rendered = engine.template(text).unwrap().render(scope.clone()).unwrap();
            assert_eq!(filled.fill(&scope).unwrap(), rendered, "{text}");
        }
    }

    #[test]
    fn what_is_no_column_is_left_to_the_engine() {
        for text in [
            "{{ row_number }}",
            "{{ true }}",
            "{{ row.name }}",
            "{{ name | upper }}",
            "{{ name ~ city }}",
            "{{ name[0] }}",
            "{% if name %}{{ name }}{% endif %}",
            "{% set name = 'x' %}{{ name }}",
            "{{ _status }}",
            "{{ nobody }}",
            "{{ name",
        ] {
            assert!(Filled::of(text, constants().header()).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let constants = constants();
        let filled = Filled::of("{{ name }} {{ name }}", constants.header()).unwrap();
        assert_eq!(filled.fill(&scope(&"x".repeat(MAX_OUTPUT / 2 - 1))).unwrap().len(), MAX_OUTPUT - 1);
        let error = filled.fill(&scope(&"x".repeat(MAX_OUTPUT / 2))).unwrap_err();
        assert_eq!(error.detail(), too_long().detail());
    }
}
