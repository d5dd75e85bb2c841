//! The parts of a template message's body that the check reads. They are borrowed, because every row is checked.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::header::Medium;

/// A text of the body, borrowed unless it holds escapes.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct BodyText<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for BodyText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A message.
#[derive(Debug, Deserialize)]
pub(super) struct SentMessage<'a> {
    #[serde(borrow)]
    pub(super) template: Option<SentTemplate<'a>>,
}

/// The template of a message, as it is sent.
#[derive(Debug, Deserialize)]
pub(super) struct SentTemplate<'a> {
    #[serde(borrow)]
    pub(super) name: BodyText<'a>,
    #[serde(borrow)]
    pub(super) language: SentLanguage<'a>,
    #[serde(borrow, default)]
    components: Vec<SentComponent<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SentLanguage<'a> {
    #[serde(borrow)]
    pub(super) code: BodyText<'a>,
}

/// The parameters of one part.
#[derive(Debug, Deserialize)]
pub(super) struct SentComponent<'a> {
    #[serde(borrow, rename = "type")]
    kind: BodyText<'a>,
    #[serde(borrow, default)]
    pub(super) sub_type: BodyText<'a>,
    #[serde(borrow, default)]
    pub(super) index: BodyText<'a>,
    #[serde(borrow, default)]
    pub(super) parameters: Vec<SentParameter<'a>>,
}

/// A value for a part.
#[derive(Debug, Deserialize)]
pub(super) struct SentParameter<'a> {
    #[serde(borrow, rename = "parameter_name")]
    pub(super) name: Option<BodyText<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<BodyText<'a>>,
    #[serde(borrow)]
    pub(super) payload: Option<BodyText<'a>>,
    #[serde(borrow)]
    pub(super) coupon_code: Option<BodyText<'a>>,
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

impl<'a> SentTemplate<'a> {
    /// Reads a body. `None` if it is no template message.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<SentMessage<'a>>(body).ok()?.template
    }

    /// The parameters of the header.
    pub(super) fn header(&self) -> &[SentParameter<'a>] {
        self.part("header")
    }

    /// What the header is filled with.
    pub(super) fn top(&self) -> Option<Top> {
        self.header().first().and_then(SentParameter::top)
    }

    /// The parameters of the body.
    pub(super) fn body(&self) -> &[SentParameter<'a>] {
        self.part("body")
    }

    /// The buttons that are given something, in the order of `button-parameters`.
    pub(super) fn buttons(&self) -> impl Iterator<Item = &SentComponent<'a>> {
        self.components.iter().filter(|component| component.is("button"))
    }

    fn part(&self, kind: &str) -> &[SentParameter<'a>] {
        self.components.iter().find(|component| component.is(kind)).map_or(&[], |component| &component.parameters)
    }
}

impl SentComponent<'_> {
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

impl SentParameter<'_> {
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
