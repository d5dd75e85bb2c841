//! The parts of a template message's body that the check reads. They are borrowed, because every row is checked.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::template::Medium;

/// A text of the body, borrowed unless it holds escapes.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A message.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) template: Option<Sent<'a>>,
}

/// The template of a message, as it is sent.
#[derive(Debug, Deserialize)]
pub(super) struct Sent<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) language: Language<'a>,
    #[serde(borrow, default)]
    components: Vec<Component<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Language<'a> {
    #[serde(borrow)]
    pub(super) code: Text<'a>,
}

/// The parameters of one part.
#[derive(Debug, Deserialize)]
pub(super) struct Component<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    pub(super) sub_type: Text<'a>,
    #[serde(borrow, default)]
    pub(super) index: Text<'a>,
    #[serde(borrow, default)]
    pub(super) parameters: Vec<Parameter<'a>>,
}

/// A value for a part.
#[derive(Debug, Deserialize)]
pub(super) struct Parameter<'a> {
    #[serde(borrow, rename = "parameter_name")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) payload: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) coupon_code: Option<Text<'a>>,
    image: Option<IgnoredAny>,
    video: Option<IgnoredAny>,
    document: Option<IgnoredAny>,
    location: Option<IgnoredAny>,
}

/// What a message puts into the header.
#[derive(Debug, Clone, Copy)]
pub(super) enum Top {
    Text,
    Media(Medium),
    Location,
}

impl<'a> Sent<'a> {
    /// Reads a body. `None` if it is no template message.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<Message<'a>>(body).ok()?.template
    }

    /// The parameters of the header.
    pub(super) fn header(&self) -> &[Parameter<'a>] {
        self.part("header")
    }

    /// What the header is filled with.
    pub(super) fn top(&self) -> Option<Top> {
        self.header().first().and_then(Parameter::top)
    }

    /// The parameters of the body.
    pub(super) fn body(&self) -> &[Parameter<'a>] {
        self.part("body")
    }

    /// The buttons that are given something, in the order of `button-parameters`.
    pub(super) fn buttons(&self) -> impl Iterator<Item = &Component<'a>> {
        self.components.iter().filter(|component| component.is("button"))
    }

    fn part(&self, kind: &str) -> &[Parameter<'a>] {
        self.components.iter().find(|component| component.is(kind)).map_or(&[], |component| &component.parameters)
    }
}

impl Component<'_> {
    fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// The place among the template's buttons.
    pub(super) fn place(&self) -> Option<usize> {
        self.index.parse().ok()
    }

    /// The text, payload or code that the button is given.
    pub(super) fn value(&self) -> &str {
        let Some(first) = self.parameters.first() else { return "" };
        first.text.as_ref().or(first.payload.as_ref()).or(first.coupon_code.as_ref()).map_or("", |value| value)
    }
}

impl Parameter<'_> {
    /// The text; empty if there is none.
    pub(super) fn words(&self) -> &str {
        self.text.as_ref().map_or("", |text| text)
    }

    fn top(&self) -> Option<Top> {
        let given = [
            (self.image.is_some(), Top::Media(Medium::Image)),
            (self.video.is_some(), Top::Media(Medium::Video)),
            (self.document.is_some(), Top::Media(Medium::Document)),
            (self.location.is_some(), Top::Location),
            (self.text.is_some(), Top::Text),
        ];
        given.into_iter().find(|(is_given, _)| *is_given).map(|(_, top)| top)
    }
}
