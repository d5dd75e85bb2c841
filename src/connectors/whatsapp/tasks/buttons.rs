//! The parameters of a template's buttons.

use serde::Serialize;

use super::parameters::{BROKEN, is_broken};
use crate::connectors::fields::{Fields, longer_than, optional, quoted, required, text};
use crate::model::{Entries, Field, Kind, Value};

/// The variables of the buttons.
pub(super) const BUTTON_PARAMETERS: Field = optional(
    "button-parameters",
    Kind::List(Entries { max: None, form: Some(FORM), keys: MAPPED }),
    "The variables of the template's buttons: a list of texts index;type;value, or of mappings with index, type and value. \
     The type is quick_reply, url or copy_code.",
)
.example("[\"0;url;{{ order_id }}\"]");

/// The text form, as written in a recipe.
const FORM: &str = r"^\s*[0-9]\s*;\s*(quick_reply|url|copy_code)\s*;.+$";

/// The long form.
const MAPPED: &[Field] = &[
    required(
        "index",
        Kind::Number { min: 0.0, max: 9.0 },
        "The position of the button in the template, counted from 0.",
    ),
    required("type", Kind::Enum(&["quick_reply", "url", "copy_code"]), "The type of the button."),
    required("value", Kind::Text, "The payload, the end of the URL, or the code."),
];

/// One button component (Meta, Template components).
#[derive(Serialize)]
pub(super) struct ButtonComponent<'a> {
    sub_type: &'static str,
    /// The position among all buttons of the template. Meta shows it as a number as well; its schema says text.
    index: &'a str,
    parameters: [ButtonParameter<'a>; 1],
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ButtonParameter<'a> {
    Payload { payload: &'a str },
    Text { text: &'a str },
    CouponCode { coupon_code: &'a str },
}

impl<'a> ButtonComponent<'a> {
    /// A button that opens a URL, with the variable end of that URL.
    pub(super) fn url(index: &'a str, text: &'a str) -> Self {
        Self { sub_type: "url", index, parameters: [ButtonParameter::Text { text }] }
    }

    fn new(index: &'a str, sort: Sort, value: &'a str) -> Self {
        let parameter = match sort {
            Sort::QuickReply => ButtonParameter::Payload { payload: value },
            Sort::Url => return Self::url(index, value),
            Sort::CopyCode => ButtonParameter::CouponCode { coupon_code: value },
        };
        Self { sub_type: sort.word(), index, parameters: [parameter] }
    }
}

/// The sorts of buttons that take a parameter here.
#[derive(Clone, Copy)]
enum Sort {
    QuickReply,
    Url,
    CopyCode,
}

impl Sort {
    fn of(word: &str) -> Option<Self> {
        [Self::QuickReply, Self::Url, Self::CopyCode].into_iter().find(|sort| sort.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::QuickReply => "quick_reply",
            Self::Url => "url",
            Self::CopyCode => "copy_code",
        }
    }

    /// The most characters of a value: of a whole URL (Meta, Template components) and of a coupon code (Meta, Coupon code
    /// templates; the 15 of authentication templates are for one-time passwords).
    fn longest(self) -> Option<usize> {
        match self {
            Self::QuickReply => None,
            Self::Url => Some(2000),
            Self::CopyCode => Some(20),
        }
    }
}

/// Reads the list of buttons, in its order.
pub(super) fn read<'a>(fields: &mut Fields<'a>) -> Vec<ButtonComponent<'a>> {
    let entries = fields.list(BUTTON_PARAMETERS.name);
    let mut taken: Vec<&str> = Vec::with_capacity(entries.len());
    let mut buttons = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let mut problem = |message: String| fields.problem(format!("{}[{at}]", BUTTON_PARAMETERS.name), message);
        let parts = match parts(entry) {
            Ok(parts) => parts,
            Err(message) => {
                problem(message);
                continue;
            }
        };
        let index = parts.index.trim();
        if !matches!(index.as_bytes(), [b'0'..=b'9']) {
            problem(format!("index {}: a whole number from 0 to 9", quoted(index)));
        } else if taken.contains(&index) {
            problem(format!("index {index} is given twice"));
        }
        taken.push(index);
        let sort = Sort::of(parts.sort.trim());
        if sort.is_none() {
            problem(format!("type {}: quick_reply, url or copy_code", quoted(parts.sort.trim())));
        }
        if parts.value.is_empty() {
            problem("the value is empty".to_owned());
        } else if is_broken(parts.value) {
            problem(BROKEN.to_owned());
        }
        let Some(sort) = sort else { continue };
        if let Some((count, most)) = sort.longest().and_then(|most| Some((longer_than(parts.value, most)?, most))) {
            problem(format!("a {} has at most {most} characters, this has {count}", sort.word()));
        }
        buttons.push(ButtonComponent::new(index, sort, parts.value));
    }
    buttons
}

/// An entry, taken apart.
struct ButtonEntry<'a> {
    index: &'a str,
    sort: &'a str,
    value: &'a str,
}

fn parts(entry: &Value) -> Result<ButtonEntry<'_>, String> {
    const FORM: &str = "write index;type;value, for example 0;quick_reply;randomvalue";
    if let Value::Map(keys) = entry {
        return mapping(keys);
    }
    let entry = text(entry).map_err(|wrong| wrong.to_string())?;
    if entry.is_empty() {
        return Err(format!("empty; {FORM}"));
    }
    // At most two cuts: a value may hold `;`, URLs do.
    let mut parts = entry.splitn(3, ';');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(index), Some(sort), Some(value)) => Ok(ButtonEntry { index, sort, value }),
        _ => Err(format!("{}: {FORM}", quoted(entry))),
    }
}

fn mapping(keys: &[(String, Value)]) -> Result<ButtonEntry<'_>, String> {
    let [mut index, mut sort, mut value] = [None; 3];
    for (key, given) in keys {
        let part = match key.as_str() {
            "index" => &mut index,
            "type" => &mut sort,
            "value" => &mut value,
            _ => return Err("a mapping needs index, type and value".to_owned()),
        };
        *part = Some(text(given).map_err(|wrong| format!("{key}: {wrong}"))?);
    }
    match (index, sort, value) {
        (Some(index), Some(sort), Some(value)) => Ok(ButtonEntry { index, sort, value }),
        _ => Err("a mapping needs index, type and value".to_owned()),
    }
}
