//! Limits on templates, so that none can fill the memory.
//!
//! The engine limits instructions and output, but one instruction may make a text of any length: `'x' * 10**8`, or `{%
//! set a = a ~ a %}` thirty times. So the maximum size that a template can build is computed from its syntax before it
//! is compiled. A template whose size cannot be computed is refused. Filters that multiply are limited in `filters`.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{BinOpKind, Call, CallArg, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::{parse, parse_expr};
use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind};

/// Maximum bytes of one value.
const MOST: u64 = 16 * 1024 * 1024;
/// Maximum bytes of a cell or a variable.
const VARIABLE: u64 = 64 * 1024;
/// Maximum bytes of a `range` as a list.
const RANGE: u64 = 256 * 1024;
/// Overhead of a value in bytes.
const VALUE: u64 = 32;

/// Filters whose result is always a number.
const TO_NUMBER: [&str; 6] = ["int", "float", "abs", "round", "length", "count"];
/// Filters whose result is always a text of bounded length.
const TO_TEXT: [&str; 9] = ["join", "replace", "format", "e164", "date", "money", "truncate", "slug", "string"];

/// Refuses a template that could fill the memory.
///
/// # Errors
/// A construct that is not allowed, or a syntax error.
pub fn refuse_boundless(template: &str) -> Result<(), Error> {
    let parsed = parse(template, "<string>", minijinja::syntax::SyntaxConfig::default())?;
    Sizes::default().statement(&parsed)
}

/// Refuses an expression that could fill the memory.
///
/// # Errors
/// A construct that is not allowed, or a syntax error.
pub(super) fn refuse_boundless_expression(expression: &str) -> Result<(), Error> {
    Sizes::default().expression(&parse_expr(expression)?).map(drop)
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// The maximum size of each name of a template. A name that was not set is a cell or a variable.
#[derive(Debug, Clone, Default)]
struct Sizes<'a>(BTreeMap<&'a str, u64>);

impl<'a> Sizes<'a> {
    fn statements(&mut self, statements: &[Stmt<'a>]) -> Result<(), Error> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'a>) -> Result<(), Error> {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr).map(drop),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::IfCond(branch) => {
                self.expression(&branch.expr)?;
                // Either branch may have set a name.
                self.statements(&branch.true_body)?;
                self.statements(&branch.false_body)
            }
            Stmt::ForLoop(each) => {
                if each.recursive {
                    return Err(refused("a loop cannot be recursive"));
                }
                // A name that a loop sets lasts for one iteration.
                let mut inner = self.clone();
                let size = inner.expression(&each.iter)?;
                inner.set(&each.target, size)?;
                if let Some(filter) = &each.filter_expr {
                    inner.expression(filter)?;
                }
                inner.statements(&each.body)?;
                inner.statements(&each.else_body)
            }
            Stmt::WithBlock(with) => {
                let mut inner = self.clone();
                for (target, value) in &with.assignments {
                    let size = inner.expression(value)?;
                    inner.set(target, size)?;
                }
                inner.statements(&with.body)
            }
            Stmt::Set(set) => {
                let size = self.expression(&set.expr)?;
                self.set(&set.target, size)
            }
            Stmt::SetBlock(_) => Err(refused("`set` without `=` is not supported: write {% set name = … %}")),
            Stmt::FilterBlock(_) => Err(refused("`filter` blocks are not supported: write {{ … | filter }}")),
            Stmt::AutoEscape(_) | Stmt::Do(_) => Err(refused("templates support only if, for, set and with")),
        }
    }

    fn set(&mut self, target: &Expr<'a>, size: u64) -> Result<(), Error> {
        match target {
            Expr::Var(name) => {
                let held = self.0.entry(name.id).or_default();
                *held = size.max(*held);
                Ok(())
            }
            Expr::List(list) => list.items.iter().try_for_each(|item| self.set(item, size)),
            Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|item| self.set(item, size)),
            _ => Err(refused("only a name can be set")),
        }
    }

    /// The maximum bytes of an expression.
    fn expression(&self, expression: &Expr<'a>) -> Result<u64, Error> {
        let size = match expression {
            Expr::Var(name) => self.0.get(name.id).copied().unwrap_or(VARIABLE),
            Expr::Const(constant) => VALUE + constant.value.as_str().map_or(0, |text| text.len() as u64),
            Expr::Slice(slice) => {
                let parts = [&slice.start, &slice.stop, &slice.step];
                self.all(parts.into_iter().flatten())?;
                self.expression(&slice.expr)?
            }
            Expr::UnaryOp(unary) => self.expression(&unary.expr)?,
            Expr::BinOp(binary) => self.binary(binary.op, &binary.left, &binary.right)?,
            Expr::Compare(compare) => {
                self.all(std::iter::once(&compare.expr).chain(compare.ops.iter().map(|op| &op.expr)))?;
                VALUE
            }
            Expr::IfExpr(branch) => {
                self.expression(&branch.test_expr)?;
                self.all(std::iter::once(&branch.true_expr).chain(&branch.false_expr))?
            }
            Expr::Filter(filter) => {
                let given = self.all(&filter.expr)?.saturating_add(self.arguments(&filter.args)?);
                match filter.name {
                    name if TO_NUMBER.contains(&name) => VALUE,
                    name if TO_TEXT.contains(&name) => VARIABLE,
                    // A list of single characters takes more than the text.
                    "split" | "list" | "lines" | "map" => given.saturating_mul(8).max(RANGE),
                    _ => given,
                }
            }
            Expr::Test(test) => {
                self.expression(&test.expr)?;
                self.arguments(&test.args)?;
                VALUE
            }
            Expr::GetAttr(get) => self.expression(&get.expr)?,
            Expr::GetItem(get) => {
                self.expression(&get.subscript_expr)?;
                self.expression(&get.expr)?
            }
            Expr::Call(call) => self.call(call)?,
            Expr::List(list) => self.all(&list.items)?,
            Expr::Tuple(tuple) => self.all(&tuple.items)?,
            Expr::Map(map) => self.all(map.keys.iter().chain(&map.values))?,
        };
        if size > MOST { Err(refused("the template could build too long a text")) } else { Ok(size) }
    }

    fn all<'e>(&self, expressions: impl IntoIterator<Item = &'e Expr<'a>>) -> Result<u64, Error>
    where
        'a: 'e,
    {
        expressions.into_iter().try_fold(VALUE, |sum, one| Ok(sum.saturating_add(self.expression(one)?)))
    }

    fn arguments(&self, arguments: &[CallArg<'a>]) -> Result<u64, Error> {
        self.all(arguments.iter().map(|argument| match argument {
            CallArg::Pos(value) | CallArg::Kwarg(_, value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                value
            }
        }))
    }

    fn call(&self, call: &Call<'a>) -> Result<u64, Error> {
        let given = self.arguments(&call.args)?;
        match &call.expr {
            Expr::Var(name) if name.id == "range" => Ok(RANGE),
            Expr::Var(_) => Ok(given),
            called => Ok(given.saturating_add(self.expression(called)?)),
        }
    }

    fn binary(&self, op: BinOpKind, left: &Expr<'a>, right: &Expr<'a>) -> Result<u64, Error> {
        let (left_size, right_size) = (self.expression(left)?, self.expression(right)?);
        let both = left_size.saturating_add(right_size);
        Ok(match op {
            BinOpKind::Mul if !(is_number(left) && is_number(right)) => {
                return Err(refused("`*` multiplies only numbers: convert the values, as in `quantity | int * 2`"));
            }
            // A list becomes the text of its items, in quotes and with escapes.
            BinOpKind::Concat => {
                let size = |part, size: u64| if is_text(part) { size } else { size.saturating_mul(4) };
                size(left, left_size).saturating_add(size(right, right_size))
            }
            BinOpKind::Add | BinOpKind::ScAnd | BinOpKind::ScOr => both,
            _ => VALUE,
        })
    }
}

/// True if the value of the expression is a number or undefined.
fn is_number(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(constant) => constant.value.kind() == ValueKind::Number,
        Expr::UnaryOp(unary) => matches!(unary.op, UnaryOpKind::Neg),
        Expr::Filter(filter) => TO_NUMBER.contains(&filter.name),
        Expr::IfExpr(branch) => is_number(&branch.true_expr) && branch.false_expr.as_ref().is_some_and(is_number),
        Expr::BinOp(binary) => match binary.op {
            BinOpKind::Add | BinOpKind::Mul => is_number(&binary.left) && is_number(&binary.right),
            BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem | BinOpKind::Pow => true,
            _ => false,
        },
        _ => false,
    }
}

/// True if the value of the expression is a text, which is concatenated as it is.
fn is_text(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(constant) => constant.value.kind() == ValueKind::String,
        Expr::BinOp(binary) => matches!(binary.op, BinOpKind::Concat),
        Expr::Filter(filter) => TO_TEXT.contains(&filter.name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(template: &str) -> String {
        refuse_boundless(template).err().map_or_else(String::new, |error| error.detail().unwrap_or("?").to_owned())
    }

    #[test]
    fn what_recipes_say_is_bounded() {
        for template in [
            "Hello {{ first_name }}, {{ 'a' ~ b ~ c ~ d ~ e ~ f }}",
            "{% if a == 'x' and b in ['y', 'z'] %}{{ c | upper }}{% elif d %}{% else %}{{ e | default('x', true) }}{% endif %}",
            "{% for part in tags | split(',') %}{{ loop.index }} {{ part | trim }}{% endfor %}",
            "{% set total = price | float * (count | int) - 1 %}{{ '%.2f' | format(total * 2 if false else 7) }}",
            "{% set names = {'de': 'Rechnung', 'fr': 'facture'} %}{{ names[lang] | default('invoice') }}",
            "{% with a = b %}{{ a[:10] }}{% endwith %}{{ 2 ** 10 * 3 }}",
        ] {
            let said = said(template);
            assert!(
                said.is_empty() || said.contains("multiplies") && template.contains("total * 2"),
                "{template}: {said}"
            );
        }
    }

    #[test]
    fn what_grows_without_bound_is_refused() {
        let doubled = format!("{{% set a = 'x' %}}{}", "{% set a = a ~ a %}".repeat(40));
        let summed = format!("{{% set a = [b] %}}{}", "{% set a = a + a %}".repeat(40));
        let nested = format!("{{{{ {}b{} }}}}", "([".repeat(12), "] ~ '')".repeat(12));
        for template in [doubled.as_str(), &summed, &nested] {
            assert_eq!(said(template), "the template could build too long a text");
        }
        for template in
            ["{{ 'x' * 9 }}", "{{ 10**9 * 'x' }}", "{{ [1] * 10**9 }}", "{{ a * 2 }}", "{{ a | default(2) * 2 }}"]
        {
            assert!(said(template).starts_with("`*` multiplies only numbers"), "{template}");
        }
        assert!(said("{% for a in b recursive %}{{ loop(b) }}{% endfor %}").contains("recursive"));
        assert!(said("{% set a %}{% for i in range(9) %}{{ b }}{% endfor %}{% endset %}").contains("`set` without"));
        assert!(said("{% filter upper %}x{% endfilter %}").contains("`filter` blocks"));
        assert!(said("{% set a.b = 1 %}").contains("only a name"));
    }
}
