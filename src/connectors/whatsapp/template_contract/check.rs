//! Compares one message with its template: header, variables and buttons. A problem names the task's field and has the same
//! words for every row, so that rows with the same mistake are reported together.

use super::breaches::NAME;
use super::button::{Button, Takes};
use super::header::TemplateHeader;
use super::message::{SentComponent, SentParameter, SentTemplate, Top};
use super::pattern::TemplatePattern;
use super::template::Template;
use crate::connectors::fields::quoted;
use crate::diag::did_you_mean;
use crate::model::{Breaches, FieldError};

const HEADER: &str = "header-parameters";
const BODY: &str = "body-parameters";
const BUTTONS: &str = "button-parameters";

/// The most characters that a template's own header and body may have (Meta, Template components). Whether they bind the
/// filled-in text is not documented, hence a warning.
const LONGEST_HEADER: usize = 60;
const LONGEST_BODY: usize = 1024;

/// The most characters of a whole URL (Meta, Template components).
const LONGEST_URL: usize = 2000;

/// What is wrong with a message of a template.
pub(super) fn check(template: &Template, sent: &SentTemplate<'_>) -> Breaches {
    let mut report = BreachReport { template, said: template.breaches.clone() };
    report.header(sent);
    report.body(sent);
    buttons(&mut report, sent);
    report.mistaken(sent);
    report.said
}

/// The problems found so far.
struct BreachReport<'t> {
    template: &'t Template,
    said: Breaches,
}

impl BreachReport<'_> {
    fn error(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.said.errors.push(FieldError::new(field, message));
    }

    fn warn(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.said.warnings.push(FieldError::new(field, message));
    }

    fn header(&mut self, sent: &SentTemplate<'_>) {
        let (template, title) = (self.template, &self.template.title);
        let Some(top) = sent.top() else {
            match &template.header {
                TemplateHeader::Text(pattern) => {
                    self.texts(HEADER, "the header of ", pattern, sent.header(), LONGEST_HEADER);
                }
                header => {
                    if let Some(hint) = hint(header) {
                        self.error(NAME, format!("{title} {hint}"));
                    }
                }
            }
            return;
        };
        match (&template.header, &top) {
            (TemplateHeader::Text(pattern), Top::Text) => {
                self.texts(HEADER, "the header of ", pattern, sent.header(), LONGEST_HEADER);
            }
            (TemplateHeader::Media(wanted), Top::Media(given)) if wanted == given => {}
            (TemplateHeader::Media(wanted), Top::Media(given)) => {
                let (given, wanted, word) = (given.word(), wanted.described(), wanted.word());
                self.error("media-type", format!("{given} given, {title} has {wanted} as its header; write {word}"));
            }
            (TemplateHeader::Location, Top::Location) | (TemplateHeader::Other(_), _) => {}
            (header, top) => {
                let (field, given) = match top {
                    Top::Text => (HEADER, "a text"),
                    Top::Media(medium) => ("media-type", medium.described()),
                    Top::Location => ("latitude", "a location"),
                };
                let hint = match (header, top) {
                    (TemplateHeader::None, Top::Text) => "has no header: leave it out".to_owned(),
                    (TemplateHeader::None, _) => format!("has no header: use the task {TEXT_TASK}"),
                    (header, _) => {
                        hint(header).unwrap_or_else(|| format!("has a text as its header: use the task {TEXT_TASK}"))
                    }
                };
                self.error(field, format!("{given} given for the header, but {title} {hint}"));
            }
        }
    }

    fn body(&mut self, sent: &SentTemplate<'_>) {
        let template = self.template;
        self.texts(BODY, "", &template.body, sent.body(), LONGEST_BODY);
    }

    /// Holds texts to variables, and the filled text to the length of the part.
    fn texts(&mut self, field: &str, part: &str, pattern: &TemplatePattern, given: &[SentParameter<'_>], most: usize) {
        if !self.fits(field, part, pattern, given) {
            return;
        }
        let value = |place: usize| value(pattern, given, place).unwrap_or_default();
        // Without variables it is the template's own text, which Meta has measured.
        if !given.is_empty() && pattern.longer_than(most, value).is_some() {
            let what = if part.is_empty() { "the text of " } else { part };
            let title = &self.template.title;
            let message = format!("{what}{title} has more than {most} characters once filled; the API may refuse it");
            self.warn(field, message);
        }
    }

    /// True if each variable gets its value.
    fn fits(&mut self, field: &str, part: &str, pattern: &TemplatePattern, given: &[SentParameter<'_>]) -> bool {
        let (title, wanted) = (&self.template.title, pattern.variables());
        let named = self.template.is_named;
        let is_other_form = given.iter().any(|parameter| parameter.name.is_some() != named);
        if wanted.is_empty() || given.is_empty() || (!named && !is_other_form) {
            if given.len() == wanted.len() {
                return true;
            }
            let count = if given.is_empty() { "none".to_owned() } else { given.len().to_string() };
            let wants = match wanted.len() {
                0 => "none".to_owned(),
                many => format!("{many}: {}", pattern.listed()),
            };
            self.error(field, format!("{count} given, {part}{title} wants {wants}"));
            return false;
        }
        if is_other_form {
            let list = pattern.listed();
            self.error(
                field,
                if named {
                    let first = &wanted[0];
                    format!("given by position, {part}{title} wants names: {list}; write {{ name: {first}, text: … }}")
                } else {
                    format!("given by name, {part}{title} wants texts in order: {list}")
                },
            );
            return false;
        }
        self.names(field, part, pattern, given)
    }

    fn names(&mut self, field: &str, part: &str, pattern: &TemplatePattern, given: &[SentParameter<'_>]) -> bool {
        let (title, wanted) = (&self.template.title, pattern.variables());
        let mut errors = Vec::new();
        for (at, parameter) in given.iter().enumerate() {
            let name: &str = parameter.name.as_ref().map_or("", |name| name);
            if !wanted.iter().any(|known| known == name) {
                let hint = did_you_mean(name, wanted.iter().map(String::as_str));
                let (name, list) = (quoted(name), pattern.listed());
                let message = format!("{name}: {part}{title} has no such variable{hint}; it has {list}");
                errors.push((format!("{field}[{at}].name"), message));
            }
        }
        let is_missing = |name: &&String| !given.iter().any(|given| given.name.as_deref() == Some(name.as_str()));
        let missing: Vec<String> = wanted.iter().filter(is_missing).map(|name| format!("{{{{{name}}}}}")).collect();
        if !missing.is_empty() {
            let (missing, list) = (missing.join(", "), pattern.listed());
            errors.push((field.to_owned(), format!("{missing} not given, {part}{title} wants {list}")));
        }
        let fits = errors.is_empty();
        for (field, message) in errors {
            self.error(field, message);
        }
        fits
    }

    /// The task for one-time passwords has no field for what is wrong with another template: the template itself is.
    fn mistaken(&mut self, sent: &SentTemplate<'_>) {
        let template = self.template;
        if self.said.errors.len() == template.breaches.errors.len() || template.is_authentication() {
            return;
        }
        let mut buttons = sent.buttons();
        let carries_password = match (sent.body(), buttons.next(), buttons.next()) {
            ([code], Some(button), None) => {
                sent.header().is_empty()
                    && code.name.is_none()
                    && code.words() == button.value()
                    && &*button.sub_type == "url"
                    && &*button.index == "0"
            }
            _ => false,
        };
        if carries_password {
            let (title, category) = (&template.title, template.category.as_deref().unwrap_or("not known"));
            self.error(NAME, format!("{title} carries no one-time password: its category is {category}"));
        }
    }
}

/// The value of a variable: by its name where names are given, else by its place.
fn value<'m>(pattern: &TemplatePattern, given: &'m [SentParameter<'_>], place: usize) -> Option<&'m str> {
    let is_named = given.first().is_some_and(|parameter| parameter.name.is_some());
    let parameter = if is_named {
        let name = pattern.variables().get(place)?;
        given.iter().find(|parameter| parameter.name.as_deref() == Some(name.as_str()))
    } else {
        given.get(place)
    };
    parameter.map(SentParameter::words)
}

const TEXT_TASK: &str = "send-text-based-template-message";

/// What a header that is not text wants. `None` if it wants nothing that is known.
fn hint(header: &TemplateHeader) -> Option<String> {
    match header {
        TemplateHeader::Media(medium) => Some(format!(
            "has {} as its header: use the task send-media-based-template-message with media-type {}",
            medium.described(),
            medium.word()
        )),
        TemplateHeader::Location => {
            Some("has a location as its header: use the task send-location-based-template-message".to_owned())
        }
        TemplateHeader::None | TemplateHeader::Text(_) | TemplateHeader::Other(_) => None,
    }
}

/// Notes what is wrong with the buttons.
fn buttons(report: &mut BreachReport<'_>, sent: &SentTemplate<'_>) {
    let template = report.template;
    for (at, given) in sent.buttons().enumerate() {
        let found = given.place().and_then(|place| Some((place, template.buttons.get(place)?)));
        if let Some((place, button)) = found {
            one(report, at, given, place, button);
        } else {
            let message = format!("index {}, {}", &*given.index, there_are(template));
            report.error(format!("{BUTTONS}[{at}]"), message);
        }
    }
    for (place, button) in template.buttons.iter().enumerate() {
        if button.takes.is_required() && !sent.buttons().any(|given| given.place() == Some(place)) {
            missing(report, place, button);
        }
    }
}

fn one(report: &mut BreachReport<'_>, at: usize, given: &SentComponent<'_>, place: usize, button: &Button) {
    let (title, field) = (&report.template.title, || format!("{BUTTONS}[{at}]"));
    let described = button.described();
    match button.takes {
        Takes::Unknown => {}
        Takes::Nothing => {
            report.error(field(), format!("button {place} of {title}, {described}, takes no parameter: leave it out"));
        }
        takes if takes.sub_type().is_some_and(|wanted| !given.sub_type.eq_ignore_ascii_case(wanted)) => {
            let (sub_type, wanted) = (&*given.sub_type, takes.sub_type().unwrap_or_default());
            report
                .error(field(), format!("{sub_type} given, button {place} of {title} is {described}: write {wanted}"));
        }
        Takes::Ending => url(report, at, given.value(), button),
        Takes::Code | Takes::Payload => {}
    }
}

fn url(report: &mut BreachReport<'_>, at: usize, ending: &str, button: &Button) {
    let Some(url) = &button.url else { return };
    let field = || format!("{BUTTONS}[{at}]");
    if let Some(count) = url.longer_than(LONGEST_URL, |_| ending) {
        report.error(field(), format!("the whole URL has {count} characters, at most {LONGEST_URL}"));
    }
    let begins = |text: &str| ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if begins(url.text()) && begins(ending) {
        let message =
            format!("a whole URL, but the button has its beginning: it would open {}…", url.filled(|_| Some("https")));
        report.warn(field(), message);
    }
}

fn missing(report: &mut BreachReport<'_>, place: usize, button: &Button) {
    let (title, described) = (&report.template.title, button.described());
    let hint = match button.takes.sub_type() {
        _ if report.template.is_authentication() => "use the task send-authentication-template-message".to_owned(),
        Some(wanted) => format!("write \"{place};{wanted};VALUE\""),
        None => String::new(),
    };
    report.error(BUTTONS, format!("none given for button {place} of {title}, {described}: {hint}"));
}

fn there_are(template: &Template) -> String {
    let title = &template.title;
    if template.buttons.is_empty() {
        return format!("but {title} has no buttons");
    }
    let list = template.buttons.iter().enumerate().map(|(place, button)| format!("{place} {}", button.described()));
    format!("but {title} has these buttons: {}", list.collect::<Vec<_>>().join(", "))
}
