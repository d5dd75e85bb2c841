//! The message templates that the sandbox knows.
//!
//! Belongs here: the collection, where it comes from, and what of it a send is held to. Does not belong here: what a
//! send looks like by itself (`rules`), or tokens and addresses (`api`).

mod judge;
mod listing;
mod template;

use serde_json::Value;

use super::ids::Seed;
use super::rules::Refusal;
use judge::Sent;
use template::SandboxTemplate;

/// The templates that a sandbox serves and holds its messages to.
///
/// They are read from the objects that Meta's API lists under `message_templates`.
#[derive(Debug, Clone)]
pub struct SandboxTemplates {
    all: Vec<SandboxTemplate>,
}

/// Templates that cannot be read: every reason, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct TemplatesError(Vec<String>);

impl TemplatesError {
    /// The reasons, in the order of the templates.
    pub fn reasons(&self) -> &[String] {
        &self.0
    }
}

/// Those that a sandbox has unless it is given others.
const BUILT_IN: &str = include_str!("built_in.json");

impl SandboxTemplates {
    /// The templates that the sandbox has by itself: in all states and of all kinds, in enough languages for paging.
    ///
    /// # Errors
    /// None that you will see: a test reads them.
    pub fn built_in() -> Result<Self, TemplatesError> {
        BUILT_IN.parse()
    }

    /// Reads Meta's objects: a list of them, or a list under `data` (an answer of the API) or `templates`.
    ///
    /// # Errors
    /// It is none of these; or a template lacks its name or language, has a state or category that does not exist, or is
    /// there twice. All of them are named.
    pub fn read(value: &Value) -> Result<Self, TemplatesError> {
        let list = value.as_array().or_else(|| ["data", "templates"].iter().find_map(|key| value.get(key)?.as_array()));
        let Some(list) = list else {
            let wanted = "wanted a list of templates, or an object with one under `data` or `templates`";
            return Err(TemplatesError(vec![wanted.to_owned()]));
        };
        let (mut all, mut wrong) = (Vec::<SandboxTemplate>::with_capacity(list.len()), Vec::new());
        for (n, object) in list.iter().enumerate() {
            let name = object.get("name").and_then(Value::as_str).map(|name| format!(" ({name})")).unwrap_or_default();
            let mut refuse = |why: String| wrong.push(format!("template {}{name}: {why}", n + 1));
            match SandboxTemplate::read(n, object) {
                Ok(new) if all.iter().any(|old| old.name == new.name && old.language == new.language) => {
                    refuse(format!("it is defined twice in {}", new.language));
                }
                Ok(new) => all.push(new),
                Err(why) => refuse(why),
            }
        }
        if wrong.is_empty() { Ok(Self { all }) } else { Err(TemplatesError(wrong)) }
    }

    /// The number of templates; each language of a template counts.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The answer to a listing with this query, its address given for the link to the next page.
    pub(super) fn list(&self, query: &str, address: &str, seed: Seed) -> Result<Value, Refusal> {
        listing::list(&self.all, query, address, seed)
    }

    /// All of them as Meta's objects, by `name/language`.
    pub(super) fn by_name(&self) -> Value {
        let named = |template: &SandboxTemplate| {
            (format!("{}/{}", template.name, template.language), template.object.clone().into())
        };
        Value::Object(self.all.iter().map(named).collect())
    }

    /// Holds a message that passed the rules to the template it names. One of no template passes; one of a name that is
    /// not known passes too, unless `strict`.
    pub(super) fn judge(&self, message: &Value, strict: bool) -> Result<(), Refusal> {
        let Some(sent) = Sent::read(message)? else { return Ok(()) };
        let mut translations = self.all.iter().filter(|template| template.name == sent.name).peekable();
        if translations.peek().is_none() {
            let unknown = format!("template name ({}) does not exist", sent.name);
            return if strict { Err(Refusal::new(132_001, unknown)) } else { Ok(()) };
        }
        match translations.find(|template| template.language == sent.language.code) {
            Some(template) => judge::judge(template, &sent),
            None => Err(Refusal::new(
                132_001,
                format!("template name ({}) does not exist in {}", sent.name, sent.language.code),
            )),
        }
    }
}

/// Reads the text of a file with templates.
impl std::str::FromStr for SandboxTemplates {
    type Err = TemplatesError;

    fn from_str(text: &str) -> Result<Self, TemplatesError> {
        // A file that went through an editor on Windows may begin with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value =
            serde_json::from_str(text).map_err(|error| TemplatesError(vec![format!("not valid JSON: {error}")]))?;
        Self::read(&value)
    }
}

#[cfg(test)]
mod tests;
