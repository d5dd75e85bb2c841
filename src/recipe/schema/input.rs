//! The fields of a task in the schema. Every leaf may be a template; limits hold for what is written out.

use serde_json::{Map, Value, json};

use super::forms::{any_of, described, matching, reference};
use crate::model::{Entries, Field, Kind, TaskEntry};

/// The input of a task.
pub(super) fn fields(task: &TaskEntry) -> Value {
    let mut input = described(task.summary);
    input.extend(mapping(task.fields));
    input.into()
}

fn mapping(fields: &[Field]) -> Map<String, Value> {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let property = |field: &Field| {
        let mut property = described(field.doc);
        property.extend(any_of(forms(field)));
        (field.name.to_owned(), property.into())
    };
    let mut mapping = Map::new();
    mapping.insert("type".into(), "object".into());
    mapping.insert("required".into(), required.into());
    mapping.insert("properties".into(), fields.iter().map(property).collect::<Map<_, _>>().into());
    mapping.insert("additionalProperties".into(), false.into());
    mapping
}

/// The forms of a field's value: one of them has to fit.
fn forms(field: &Field) -> Vec<Value> {
    let template = reference("template");
    // A whole number is taken by its digits. That 1.0 counts as whole is the draft's; a check knows better.
    let by_its_digits = json!({ "type": "integer" });
    match field.kind {
        Kind::Text => vec![within(json!({ "type": "string" }), field), by_its_digits, template],
        Kind::Word => {
            let pattern = if field.required { r"^\s*\S+\s*$" } else { r"^\s*\S*\s*$" };
            vec![within(matching(pattern, "text without spaces"), field), by_its_digits, template]
        }
        Kind::Enum(values) => {
            let given = if field.required { values.to_vec() } else { [values, &[""]].concat() };
            vec![json!({ "enum": given }), template]
        }
        Kind::Number { min, max } => vec![
            json!({ "type": "number", "minimum": min, "maximum": max }),
            matching(r"^\s*[+-]?([0-9]+|[0-9]*\.[0-9]+)\s*$", "a decimal number with a point"),
            template,
        ],
        Kind::Boolean => vec![json!({ "type": "boolean" }), json!({ "enum": ["true", "false"] }), template],
        Kind::Date => {
            let day = r"^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\s*$";
            let pattern = if field.required { day.to_owned() } else { format!(r"{day}|^\s*$") };
            vec![matching(&pattern, "a date as YYYY-MM-DD"), template]
        }
        Kind::List(entries) => vec![list(entries), template],
    }
}

fn list(Entries { max, form, keys }: Entries) -> Value {
    let text = match form {
        Some(form) => json!({ "type": "string", "pattern": form }),
        None => json!({ "type": "string", "minLength": 1 }),
    };
    let digits = form.is_none().then(|| json!({ "type": "integer" }));
    let mut forms = vec![text];
    forms.extend(digits);
    forms.extend([reference("template"), mapping(keys).into()]);
    let mut list = json!({ "type": "array", "items": any_of(forms) });
    if let Some(max) = max {
        list["maxItems"] = max.into();
    }
    list
}

/// The same form with the limits of a field. Characters are counted by the draft as by the check.
fn within(mut form: Value, field: &Field) -> Value {
    if field.required {
        form["minLength"] = 1.into();
    }
    if let Some(max) = field.max {
        form["maxLength"] = max.into();
    }
    form
}
