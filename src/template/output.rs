//! The output of templates: plain values of bounded size, or an error in words.

use std::io;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Template};

use crate::model::{Number, Origin, Value};

/// Maximum bytes of a field's text; a message has a few thousand characters at most.
pub(super) const MAX_OUTPUT: usize = 64 * 1024;

/// Turns a value of the engine into plain data.
pub(super) fn plain(value: &minijinja::Value, depth: usize) -> Result<Value, Error> {
    if depth > 8 {
        return Err(Error::new(ErrorKind::InvalidOperation, "lists nested too deeply"));
    }
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined")),
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => Value::Number(Number { text: value.to_string(), origin: Origin::Expression }),
        ValueKind::Seq | ValueKind::Iterable => Value::List(
            value.try_iter()?.take(MAX_OUTPUT).map(|item| plain(&item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        ValueKind::Map => {
            let entry = |key: minijinja::Value| Ok((key.to_string(), plain(&value.get_item(&key)?, depth + 1)?));
            Value::Map(value.try_iter()?.map(entry).collect::<Result<_, Error>>()?)
        }
        _ => match value.as_str() {
            Some(text) if text.len() > MAX_OUTPUT => return Err(too_long()),
            Some(text) => Value::Text(text.to_owned()),
            None => {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!("gives {}, which cannot be sent", value.kind()),
                ));
            }
        },
    })
}

pub(super) fn render_capped(template: &Template<'_, '_>, scope: &minijinja::Value) -> Result<Value, Error> {
    let mut output = Capped(Vec::new());
    let rendered = template.render_captured_to(scope.clone(), &mut output);
    if output.0.len() > MAX_OUTPUT {
        return Err(too_long());
    }
    rendered?;
    let text = String::from_utf8(output.0).map_err(|_| Error::new(ErrorKind::InvalidOperation, "gives broken text"))?;
    Ok(Value::Text(text))
}

pub(super) fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("renders to more than {} KiB", MAX_OUTPUT / 1024))
}

/// A writer that fails at its limit, so that a runaway loop cannot fill the memory.
struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() > MAX_OUTPUT {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(&bytes[..bytes.len().min(MAX_OUTPUT + 1)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The engine's message, without its own notion of place.
pub(super) fn reason(error: &Error) -> String {
    let kind = error.kind();
    match (kind, error.detail()) {
        (ErrorKind::OutOfFuel, _) => "the template runs too long".to_owned(),
        (
            ErrorKind::InvalidOperation
            | ErrorKind::UndefinedError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction,
            Some(detail),
        ) => detail.to_owned(),
        (_, Some(detail)) => format!("{kind}: {detail}"),
        (_, None) => kind.to_string(),
    }
}

/// How to fix a template, if the error suggests a fix.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::SyntaxError if detail.contains(", expected end of variable block") => {
            Some("close every `{{` with `}}`, and every quote and bracket between them")
        }
        ErrorKind::SyntaxError if detail.contains(", expected end of block") => {
            Some("close every `{%` with `%}`, every `if` with `{% endif %}`, every `for` with `{% endfor %}`")
        }
        ErrorKind::UnknownFilter => Some(
            "Rowcast has e164, timezone, date, money, truncate, slug, and the filters of minijinja: default, lower, split, …",
        ),
        _ => None,
    }
}
