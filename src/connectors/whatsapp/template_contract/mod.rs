//! The templates of an account, and whether a message keeps to the one that it names.
//!
//! Belongs here: what Meta's pages say of a template, reading it, and holding a message to it.
//! Does not belong here: asking for templates, which `lookup` does, and files.

mod breaches;
mod button;
mod check;
mod header;
mod json;
mod message;
mod pattern;
mod sample;
mod shown;
mod template;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

pub use button::{Button, Takes};
pub use header::{Medium, TemplateHeader};
pub use pattern::TemplatePattern;
pub use template::Template;

use crate::connectors::fields::quoted;
use crate::diag::did_you_mean;
use crate::model::{Breaches, Contract, FieldError};
use message::SentTemplate;

/// Templates that are known, by name and language.
#[derive(Debug, Default)]
pub struct AccountTemplates {
    by_name: BTreeMap<String, Vec<Template>>,
    unread: usize,
    /// Errors about missing templates, kept because finding a similar name is slow.
    missed: Mutex<HashMap<(String, String), FieldError>>,
}

/// The maximum number of missing templates for which a similar name is searched.
const MISSED: usize = 256;

impl AccountTemplates {
    /// Reads templates as the API describes them. Of two with the same name and language the first counts.
    pub fn new(templates: impl IntoIterator<Item = Value>) -> Self {
        let mut read = Self::default();
        for template in templates {
            let Some(template) = Template::parse(template) else {
                read.unread += 1;
                continue;
            };
            let languages = read.by_name.entry(template.name.clone()).or_default();
            if !languages.iter().any(|known| known.language == template.language) {
                languages.push(template);
            }
        }
        for languages in read.by_name.values_mut() {
            languages.sort_by(|a, b| a.language.cmp(&b.language));
        }
        read
    }

    /// All of them, by name and language.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.by_name.values().flatten()
    }

    /// The languages of a template, none if there is no such template.
    fn named(&self, name: &str) -> &[Template] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// One template.
    ///
    /// # Errors
    /// What is not there, with what is there instead.
    fn get(&self, name: &str, language: &str) -> Result<&Template, FieldError> {
        let languages = self.named(name);
        if let Some(found) = languages.iter().find(|template| template.language == language) {
            return Ok(found);
        }
        let key = (name.to_owned(), language.to_owned());
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = missed.get(&key) {
            return Err(known.clone());
        }
        let near = missed.len() < MISSED;
        let error = if languages.is_empty() {
            let hint = if near { did_you_mean(name, self.by_name.keys().map(String::as_str)) } else { String::new() };
            FieldError::new("name", format!("{}: the account has no template of this name{hint}", quoted(name)))
        } else {
            let known: Vec<&str> = languages.iter().map(|template| template.language.as_str()).collect();
            let (hint, list) = (did_you_mean(language, known.iter().copied()), known.join(", "));
            let message =
                format!("{}: the template {name} is not in this language{hint}; it is in {list}", quoted(language));
            FieldError::new("language-code", message)
        };
        if near {
            missed.insert(key, error.clone());
        }
        Err(error)
    }
}

impl Contract for AccountTemplates {
    fn check(&self, body: &[u8]) -> Breaches {
        let Some(sent) = SentTemplate::read(body) else { return Breaches::default() };
        match self.get(&sent.name, &sent.language.code) {
            Ok(template) => check::check(template, &sent),
            Err(error) => Breaches { errors: vec![error], warnings: Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests;
