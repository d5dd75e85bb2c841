//! The engine's filters and functions that recipes may use. Those with a large output are limited, those for page
//! layout are removed.

use std::borrow::Cow;

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::output::MAX_OUTPUT;

/// Maximum items of a `range`.
const ITEMS: usize = 10_000;
/// Maximum width of a formatted number.
const WIDEST: usize = 100;
/// Maximum bytes that all filters of one template may produce.
const BUDGET: usize = 16 * MAX_OUTPUT;
/// The key of the byte count in a template's state.
const SPENT: &str = "bytes made by filters";

/// Removes and limits filters and functions.
pub(super) fn bound(env: &mut Environment<'static>) {
    for layout in ["batch", "e", "escape", "indent", "pprint", "safe", "slice"] {
        env.remove_filter(layout);
    }
    for global in ["debug", "namespace"] {
        env.remove_global(global);
    }
    env.add_function("range", range);
    env.add_filter("replace", replace);
    env.add_filter("join", join);
    env.add_filter("string", |value: &Value| scalar(value).map(Cow::into_owned));
    env.add_filter("format", format);
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Counts the bytes that a filter is about to produce.
fn spend(state: &mut State<'_, '_>, bytes: usize) -> Result<(), Error> {
    let spent = state.get_temp(SPENT).and_then(|spent| spent.as_usize()).unwrap_or_default().saturating_add(bytes);
    state.set_temp(SPENT, Value::from(spent));
    if bytes > MAX_OUTPUT || spent > BUDGET { Err(super::output::too_long()) } else { Ok(()) }
}

/// The text of a value that is neither a list nor a map.
fn scalar(value: &Value) -> Result<Cow<'_, str>, Error> {
    match value.kind() {
        ValueKind::Undefined => Err(Error::new(ErrorKind::UndefinedError, "the value is undefined")),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().into()),
        ValueKind::None | ValueKind::Bool | ValueKind::Number => Ok(value.to_string().into()),
        kind => Err(refused(format!("wanted text, got {kind}"))),
    }
}

fn range(lower: isize, upper: Option<isize>, step: Option<isize>) -> Result<Value, Error> {
    let range = minijinja::functions::range(lower, upper, step)?;
    match range.len() {
        Some(items) if items <= ITEMS => Ok(range),
        _ => Err(refused(format!("range has more than {ITEMS} elements"))),
    }
}

fn replace(state: &mut State<'_, '_>, text: &Value, from: &Value, to: &Value) -> Result<String, Error> {
    let (text, from, to) = (scalar(text)?, scalar(from)?, scalar(to)?);
    let grown = text.matches(&*from).count().saturating_mul(to.len());
    spend(state, text.len().saturating_add(grown))?;
    Ok(text.replace(&*from, &to))
}

#[expect(clippy::needless_pass_by_value, reason = "the engine hands named arguments over")]
fn join(state: &mut State<'_, '_>, list: &Value, between: Option<String>, named: Kwargs) -> Result<String, Error> {
    let between =
        between.map_or_else(|| named.get::<Option<String>>("d"), |given| Ok(Some(given)))?.unwrap_or_default();
    let attribute = named.get::<Option<String>>("attribute")?;
    named.assert_all_used()?;
    let items = list.try_iter().map_err(|_| refused(format!("cannot join value of type {}", list.kind())))?;
    let mut joined = String::new();
    for (at, item) in items.enumerate() {
        let item = match &attribute {
            Some(path) => path.split('.').try_fold(item, |item, name| item.get_attr(name))?,
            None => item,
        };
        let text = scalar(&item)?;
        if joined.len() + between.len() + text.len() > MAX_OUTPUT {
            return Err(super::output::too_long());
        }
        joined.push_str(if at > 0 { &between } else { "" });
        joined.push_str(&text);
    }
    spend(state, joined.len())?;
    Ok(joined)
}

fn format(state: &mut State<'_, '_>, text: &Value, values: Rest<Value>) -> Result<Value, Error> {
    let written = text.as_str().ok_or_else(|| refused("wanted a format such as '%.2f'"))?;
    if !is_narrow(written) {
        return Err(refused(format!("a format is at most {WIDEST} wide, and its width is a number")));
    }
    let mut most = written.len();
    for value in values.iter() {
        most = most.saturating_add(scalar(value)?.len());
    }
    spend(state, most.saturating_mul(4).saturating_add(written.matches('%').count() * WIDEST * 4))?;
    minijinja::filters::format(state, text, Rest(values.0.into_iter().map(Into::into).collect()))
}

/// True if every width and precision of a printf-style format is small and constant.
fn is_narrow(format: &str) -> bool {
    let format = format.replace("%%", "");
    format.split('%').skip(1).all(|field| {
        let field = field.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(field, |(_, rest)| rest);
        let end = field.find(|c: char| !"#0- +.123456789*".contains(c)).unwrap_or(field.len());
        let wide = |digits: &str| {
            digits.trim_start_matches('0').len() > 3 || digits.parse::<usize>().is_ok_and(|width| width > WIDEST)
        };
        !field[..end].contains('*') && !field[..end].split(|c: char| !c.is_ascii_digit()).any(wide)
    })
}
