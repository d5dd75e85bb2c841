//! Template messages: what the tasks that send one have in common.

use serde::Serialize;

use super::buttons::{self, ButtonComponent};
use super::media::Media;
use super::parameters::{self, TextParameter, is_name};
use super::place::Location;
use crate::connectors::fields::{Fields, quoted, required};
use crate::model::{Field, Kind};

/// The template's name.
pub(super) const NAME: Field = Field {
    max: Some(512),
    ..required("name", Kind::Word, "The name of the template: lower-case letters, digits and _.")
        .example("order_update")
};

/// The template's language.
pub(super) const LANGUAGE_CODE: Field =
    required("language-code", Kind::Word, "The language code of the template, exactly as approved: en_US, not en_us.")
        .example("en_US");

/// The content of a template message (Meta, Send template messages). `components` of a template without variables is
/// left out.
#[derive(Serialize)]
pub(super) struct TemplateContent<'a> {
    name: &'a str,
    language: TemplateLanguage<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<TemplateComponent<'a>>,
}

#[derive(Serialize)]
struct TemplateLanguage<'a> {
    code: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum TemplateComponent<'a> {
    Header { parameters: [HeaderParameter<'a>; 1] },
    Body { parameters: Vec<BodyParameter<'a>> },
    Button(ButtonComponent<'a>),
}

/// The parameter of a header.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum HeaderParameter<'a> {
    /// The variable of a text header.
    Text(TextParameter<'a>),
    /// A picture.
    Image {
        /// The picture.
        image: Media<'a>,
    },
    /// A film.
    Video {
        /// The film.
        video: Media<'a>,
    },
    /// A document.
    Document {
        /// The document.
        document: Media<'a>,
    },
    /// A place.
    Location {
        /// The place.
        location: Location<'a, String>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum BodyParameter<'a> {
    Text(TextParameter<'a>),
}

impl<'a> TemplateContent<'a> {
    /// Reads name and language; the components are added in the order header, body, buttons.
    pub(super) fn read(fields: &mut Fields<'a>) -> Self {
        let name = fields.word(NAME.name);
        if !name.is_empty() && !is_name(name) {
            fields.problem(NAME.name, format!("{}: lower-case letters, digits and _ only", quoted(name)));
        }
        let language = TemplateLanguage { code: fields.word(LANGUAGE_CODE.name) };
        Self { name, language, components: Vec::new() }
    }

    /// Adds a header.
    pub(super) fn header(&mut self, header: HeaderParameter<'a>) {
        self.components.push(TemplateComponent::Header { parameters: [header] });
    }

    /// Reads the parameters of the body.
    pub(super) fn body(&mut self, fields: &mut Fields<'a>) {
        let named = self.components.iter().find_map(|component| match component {
            TemplateComponent::Header { parameters: [HeaderParameter::Text(parameter)] } => {
                Some(parameter.parameter_name.is_some())
            }
            _ => None,
        });
        let parameters = parameters::body(fields, named);
        if !parameters.is_empty() {
            self.texts(parameters);
        }
    }

    /// Reads the parameters of the buttons.
    pub(super) fn buttons(&mut self, fields: &mut Fields<'a>) {
        self.components.extend(buttons::read(fields).into_iter().map(TemplateComponent::Button));
    }

    /// Adds the one-time password: it fills the body and the button that copies it (Meta, Authentication templates).
    pub(super) fn password(&mut self, password: &'a str) {
        self.texts(vec![TextParameter { parameter_name: None, text: password }]);
        self.components.push(TemplateComponent::Button(ButtonComponent::url("0", password)));
    }

    fn texts(&mut self, parameters: Vec<TextParameter<'a>>) {
        let parameters = parameters.into_iter().map(BodyParameter::Text).collect();
        self.components.push(TemplateComponent::Body { parameters });
    }
}
