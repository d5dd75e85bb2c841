//! Whether a message fits the template that it names.
//!
//! Belongs here: the comparison, and the code that the API answers where they differ. Does not belong here: what is
//! wrong with a message whatever its template; the rules have refused that before.
//!
//! Codes are those of Meta's page on error codes. Where that page does not say which one it is (a button of another
//! kind, a parameter of a wrong name), it is 132012: a parameter of another format.

use serde::Deserialize;
use serde_json::Value;

use super::super::rules::{Check, Refusal};
use super::template::{SandboxButton, SandboxHeader, SandboxTemplate, pieces, variables};

/// The longest body, filled in, in characters: Meta's page on template components.
const BODY: usize = 1_024;

/// The longest code of an authentication template: Meta's page on authentication templates.
const CODE: usize = 15;

/// The template part of a message.
#[derive(Deserialize)]
pub(super) struct Sent {
    pub(super) name: String,
    pub(super) language: Language,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
pub(super) struct Language {
    pub(super) code: String,
}

#[derive(Deserialize)]
struct Component {
    r#type: String,
    #[serde(default)]
    sub_type: String,
    /// A number or its digits.
    index: Option<Value>,
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    r#type: String,
    #[serde(default)]
    text: String,
    #[serde(rename = "parameter_name")]
    name: Option<String>,
}

impl Sent {
    /// The template part of a message; `None` where the message is of another type.
    pub(super) fn read(message: &Value) -> Result<Option<Self>, Refusal> {
        let template = message.get("template").filter(|_| message["type"] == "template");
        let sent = template.map(Self::deserialize).transpose();
        sent.map_err(|error| Refusal::invalid(format!("template: {error}")))
    }

    fn parameters(&self, of: &str) -> &[Parameter] {
        let component = self.components.iter().find(|component| component.r#type == of);
        component.map(|component| component.parameters.as_slice()).unwrap_or_default()
    }

    fn buttons(&self) -> impl Iterator<Item = (usize, &Component)> {
        self.components.iter().filter_map(|component| {
            let index = component.index.as_ref()?;
            let place = index.as_u64().or_else(|| index.as_str()?.parse().ok())?;
            Some((usize::try_from(place).unwrap_or(usize::MAX), component))
        })
    }
}

/// Holds a message to its template.
pub(super) fn judge(template: &SandboxTemplate, sent: &Sent) -> Check {
    status(template)?;
    header(template, sent.parameters("header"))?;
    body(template, sent.parameters("body"))?;
    buttons(template, sent)
}

fn status(template: &SandboxTemplate) -> Check {
    let SandboxTemplate { name, language, status, .. } = template;
    let code = match status.as_str() {
        "APPROVED" => return Ok(()),
        "PAUSED" => 132_015,
        "DISABLED" => 132_016,
        _ => 132_001,
    };
    Err(Refusal::new(code, format!("template name ({name}) in {language} cannot be sent: its status is {status}")))
}

fn header(template: &SandboxTemplate, given: &[Parameter]) -> Check {
    let kind = given.first().map_or("nothing", |parameter| parameter.r#type.as_str());
    let mismatch = |wanted: &str| Err(Refusal::new(132_012, format!("header: expected {wanted}, received {kind}")));
    match &template.header {
        SandboxHeader::Media(wanted) if wanted == kind => Ok(()),
        SandboxHeader::Media(wanted) => mismatch(wanted),
        SandboxHeader::Text(_) if !["text", "nothing"].contains(&kind) => mismatch("text"),
        SandboxHeader::Text(text) => fits("header", &variables(text), template.named, given),
    }
}

fn body(template: &SandboxTemplate, given: &[Parameter]) -> Check {
    fits("body", &variables(&template.body), template.named, given)?;
    if template.category == "AUTHENTICATION"
        && let Some(code) = given.iter().find(|code| code.text.chars().count() > CODE)
    {
        let length = code.text.chars().count();
        return Err(Refusal::new(
            132_018,
            format!("body: a code has at most {CODE} characters, this one has {length}"),
        ));
    }
    let length = pieces(&template.body).into_iter().fold(0, |length, (before, variable)| {
        let value = variable.and_then(|variable| value(variable, template.named, given)).unwrap_or_default();
        length + before.chars().count() + value.chars().count()
    });
    if length > BODY {
        return Err(Refusal::new(132_005, format!("body: filled in it has {length} characters, at most {BODY}")));
    }
    Ok(())
}

/// Whether these text parameters are those that the variables want: as many, and named or numbered as they are.
fn fits(place: &str, wanted: &[&str], named: bool, given: &[Parameter]) -> Check {
    if !wanted.is_empty() && given.iter().any(|parameter| parameter.name.is_some() != named) {
        let way = if named { "by name" } else { "by position" };
        return Err(Refusal::new(132_012, format!("{place}: the template's parameters are given {way}")));
    }
    if given.len() != wanted.len() {
        let (given, wanted) = (given.len(), wanted.len());
        let details = format!("{place}: number of parameters ({given}) does not match the expected number ({wanted})");
        return Err(Refusal::new(132_000, details));
    }
    match wanted.iter().find(|variable| value(variable, named, given).is_none()) {
        None => Ok(()),
        Some(variable) => Err(Refusal::new(132_012, format!("{place}: the parameter {variable} is not given"))),
    }
}

/// What a variable is filled with. Numbered variables count from 1.
fn value<'a>(variable: &str, named: bool, given: &'a [Parameter]) -> Option<&'a str> {
    let parameter = if named {
        given.iter().find(|parameter| parameter.name.as_deref() == Some(variable))
    } else {
        given.get(variable.parse::<usize>().ok()?.checked_sub(1)?)
    };
    parameter.map(|parameter| parameter.text.as_str())
}

fn buttons(template: &SandboxTemplate, sent: &Sent) -> Check {
    for (place, given) in sent.buttons() {
        let kind = given.sub_type.to_ascii_lowercase();
        let button = template.buttons.get(place);
        let refused = |code, why: &str| Err(Refusal::new(code, format!("buttons: button at index {place} {why}")));
        match (button, kind.as_str()) {
            (None, _) => return refused(132_012, "does not exist"),
            (Some(SandboxButton::Url { variable: false }), "url") => {
                return refused(132_000, "has no variable in its URL and takes no parameter");
            }
            (Some(SandboxButton::Url { variable: true }), "url")
            | (Some(SandboxButton::CopyCode), "copy_code")
            | (Some(SandboxButton::QuickReply), "quick_reply") => {}
            (Some(_), kind) => return refused(132_012, &format!("is not of type {kind}")),
        }
    }
    for (place, button) in template.buttons.iter().enumerate() {
        let kind = match button {
            SandboxButton::Url { variable: true } => "Url",
            SandboxButton::CopyCode => "CopyCode",
            SandboxButton::Url { variable: false } | SandboxButton::QuickReply | SandboxButton::Other => continue,
        };
        if !sent.buttons().any(|(given, _)| given == place) {
            let details = format!("buttons: button at index {place} of type {kind} requires a parameter");
            return Err(Refusal::new(131_008, details));
        }
    }
    Ok(())
}
