//! The text parameters of a template's header and body.

use serde::Serialize;

use crate::connectors::fields::{Fields, REQUIRED, longer_than, optional, quoted, required, text};
use crate::diag::did_you_mean;
use crate::model::{Entries, Field, Kind, Value};

/// The variable of a text header.
pub(super) const HEADER_PARAMETERS: Field = optional(
    "header-parameters",
    Kind::List(Entries { max: Some(1), form: None, keys: NAMED }),
    "The variable of the template's text header: a list with one text, or with one mapping of name and text.",
)
.example("[\"{{ title }}\"]");

/// The variables of the body.
pub(super) const BODY_PARAMETERS: Field = optional(
    "body-parameters",
    Kind::List(Entries { max: None, form: None, keys: NAMED }),
    "The variables of the template's body, in order: a list of texts, or of mappings with name and text.",
)
.example("[\"{{ first_name }}\"]");

/// A variable by its name.
const NAMED: &[Field] = &[
    required("name", Kind::Word, "The name of the variable: lower-case letters, digits and _."),
    Field { max: Some(LONGEST), ..required("text", Kind::Text, "The text that replaces the variable, in one line.") },
];

/// The most characters of a parameter (Meta's OpenAPI, `TextParameter`).
const LONGEST: usize = 32_768;

/// The most characters that a template's own header and body may have (Meta, Template components). Whether they bind the
/// filled-in text is not documented, hence a warning.
const LONGEST_HEADER: usize = 60;
const LONGEST_BODY: usize = 1024;

/// A text that fills a variable, by its place or by its name.
#[derive(Serialize)]
pub(super) struct TextParameter<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameter_name: Option<&'a str>,
    pub(super) text: &'a str,
}

/// Reads the variable of a text header.
pub(super) fn header<'a>(fields: &mut Fields<'a>) -> Option<TextParameter<'a>> {
    let mut parameters = read(fields, &HEADER_PARAMETERS, "header", LONGEST_HEADER);
    if parameters.len() > 1 {
        let message = format!("{} entries; a header has at most one variable", parameters.len());
        fields.problem(HEADER_PARAMETERS.name, message);
    }
    parameters.pop()
}

/// Reads the variables of a body; `named` tells whether those of the header have names, if there are any.
pub(super) fn body<'a>(fields: &mut Fields<'a>, named: Option<bool>) -> Vec<TextParameter<'a>> {
    let parameters = read(fields, &BODY_PARAMETERS, "body", LONGEST_BODY);
    let mut forms = named.into_iter().chain(parameters.iter().map(|parameter| parameter.parameter_name.is_some()));
    if let Some(first) = forms.next()
        && forms.any(|form| form != first)
    {
        fields.problem(BODY_PARAMETERS.name, "named and positional parameters are mixed; use only one kind");
    }
    parameters
}

/// Reads a list. An entry that is refused still takes its place, so that the others are counted and compared with it.
fn read<'a>(fields: &mut Fields<'a>, list: &Field, part: &str, usual: usize) -> Vec<TextParameter<'a>> {
    let entries = fields.list(list.name);
    let mut parameters: Vec<TextParameter<'a>> = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let path = || format!("{}[{at}]", list.name);
        let parameter = match entry {
            Value::Map(keys) => named(fields, keys, &path()),
            value => TextParameter { parameter_name: None, text: value_text(fields, value, path) },
        };
        if let Some(name) = parameter.parameter_name.filter(|name| !name.is_empty())
            && parameters.iter().any(|earlier| earlier.parameter_name == Some(name))
        {
            fields.problem(format!("{}.name", path()), format!("{} is given twice", quoted(name)));
        }
        if let Some(count) = longer_than(parameter.text, usual) {
            let message = format!(
                "{count} characters; the {part} of a template has at most {usual}, and the API may refuse more"
            );
            fields.warn(path(), message);
        }
        parameters.push(parameter);
    }
    parameters
}

/// Reads a mapping of name and text.
fn named<'a>(fields: &mut Fields<'a>, keys: &'a [(String, Value)], path: &str) -> TextParameter<'a> {
    const KEYS: [&str; 2] = ["name", "text"];
    for (key, _) in keys.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())) {
        fields.problem(path, format!("unknown key {}{}", quoted(key), did_you_mean(key, KEYS)));
    }
    let value = |wanted: &str| keys.iter().find(|(key, _)| key == wanted).map_or(&Value::Null, |(_, value)| value);
    let name = text(value("name")).unwrap_or_else(|wrong| {
        fields.problem(format!("{path}.name"), wrong.to_string());
        ""
    });
    if !name.is_empty() && !is_name(name) {
        fields.problem(format!("{path}.name"), format!("{}: lower-case letters, digits and _ only", quoted(name)));
    } else if value("name").is_empty() {
        fields.problem(format!("{path}.name"), REQUIRED);
    }
    TextParameter { parameter_name: Some(name), text: value_text(fields, value("text"), || format!("{path}.text")) }
}

/// Reads the text of a parameter, which the API wants neither empty nor broken into lines.
fn value_text<'a>(fields: &mut Fields<'a>, value: &'a Value, path: impl Fn() -> String) -> &'a str {
    let text = match text(value) {
        Ok(text) => text,
        Err(wrong) => {
            fields.problem(path(), wrong.to_string());
            return "";
        }
    };
    if text.is_empty() {
        let message = "empty; the API refuses empty parameters. Add a default: {{ x | default('there', true) }}";
        fields.problem(path(), message);
    }
    if is_broken(text) {
        fields.problem(path(), BROKEN);
    }
    if let Some(count) = longer_than(text, LONGEST) {
        fields.problem(path(), format!("{count} characters, at most {LONGEST}"));
    }
    text
}

/// What is said about a text that [`is_broken`].
pub(super) const BROKEN: &str =
    "contains a line break (or a tab, or more than four spaces in a row); the API refuses this";

/// True for a text that the API refuses in a parameter.
pub(super) fn is_broken(text: &str) -> bool {
    let mut spaces = 0;
    text.bytes().any(|byte| {
        spaces = if byte == b' ' { spaces + 1 } else { 0 };
        spaces > 4 || matches!(byte, b'\n' | b'\r' | b'\t')
    })
}

/// True for what may be the name of a template or of its parameter.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
