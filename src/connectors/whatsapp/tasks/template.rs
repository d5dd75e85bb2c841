//! Template messages: what the tasks that send one have in common.

use serde::Serialize;

use super::buttons::{self, Button};
use super::media::Media;
use super::parameters::{self, Parameter, is_name};
use super::place::Place;
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
pub(super) struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Component<'a>>,
}

#[derive(Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Component<'a> {
    Header { parameters: [Header<'a>; 1] },
    Body { parameters: Vec<BodyParameter<'a>> },
    Button(Button<'a>),
}

/// The parameter of a header.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Header<'a> {
    /// The variable of a text header.
    Text(Parameter<'a>),
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
        location: Place<'a, String>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum BodyParameter<'a> {
    Text(Parameter<'a>),
}

impl<'a> Template<'a> {
    /// Reads name and language; the components are added in the order header, body, buttons.
    pub(super) fn read(fields: &mut Fields<'a>) -> Self {
        let name = fields.word(NAME.name);
        if !name.is_empty() && !is_name(name) {
            fields.problem(NAME.name, format!("{}: lower-case letters, digits and _ only", quoted(name)));
        }
        let language = Language { code: fields.word(LANGUAGE_CODE.name) };
        Self { name, language, components: Vec::new() }
    }

    /// Adds a header.
    pub(super) fn header(&mut self, header: Header<'a>) {
        self.components.push(Component::Header { parameters: [header] });
    }

    /// Reads the parameters of the body.
    pub(super) fn body(&mut self, fields: &mut Fields<'a>) {
        let named = self.components.iter().find_map(|component| match component {
            Component::Header { parameters: [Header::Text(parameter)] } => Some(parameter.parameter_name.is_some()),
            _ => None,
        });
        let parameters = parameters::body(fields, named);
        if !parameters.is_empty() {
            self.texts(parameters);
        }
    }

    /// Reads the parameters of the buttons.
    pub(super) fn buttons(&mut self, fields: &mut Fields<'a>) {
        self.components.extend(buttons::read(fields).into_iter().map(Component::Button));
    }

    /// Adds the one-time password: it fills the body and the button that copies it (Meta, Authentication templates).
    pub(super) fn password(&mut self, password: &'a str) {
        self.texts(vec![Parameter { parameter_name: None, text: password }]);
        self.components.push(Component::Button(Button::url("0", password)));
    }

    fn texts(&mut self, parameters: Vec<Parameter<'a>>) {
        let parameters = parameters.into_iter().map(BodyParameter::Text).collect();
        self.components.push(Component::Body { parameters });
    }
}
