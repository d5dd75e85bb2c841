//! The body of a request as plain data: bytes, or a form that may hold local files.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::Bytes;

/// What a request sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// These bytes.
    Bytes(Bytes),
    /// A form of type `multipart/form-data` (RFC 7578). Its files are read when it is sent.
    Form(Vec<FormPart>),
}

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// The name of the form's field.
    pub name: Cow<'static, str>,
    /// The value of the field.
    pub content: Content,
}

/// The value of a form's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// A local file.
    File {
        /// Where it is.
        path: PathBuf,
        /// The file name that the server sees. The local one stays here.
        name: String,
        /// Its media type: `image/png`.
        media_type: Cow<'static, str>,
        /// How many bytes it had when it was checked. A file of another length is not sent.
        length: u64,
    },
}

impl Default for Body {
    /// No bytes.
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl Body {
    /// The body for people and for digests: the bytes as they are sent; a form as a JSON object in which a file is `file:` and
    /// its path.
    pub fn outline(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
            Self::Form(parts) => Cow::Owned(outline(parts).into_bytes()),
        }
    }
}

/// The keys stand in the order of the parts, and a name may occur twice: hence by hand.
fn outline(parts: &[FormPart]) -> String {
    let mut text = "{".to_owned();
    for FormPart { name, content } in parts {
        let value = match content {
            Content::Text(value) => Cow::Borrowed(value.as_str()),
            Content::File { path, .. } => Cow::Owned(format!("file:{}", path.display())),
        };
        let comma = if text.len() > 1 { "," } else { "" };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{}:{}", quoted(name), quoted(&value));
    }
    text + "}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_shown_as_an_object() {
        let file = Content::File {
            path: "invoices/\"1\".pdf".into(),
            name: "file.pdf".to_owned(),
            media_type: "application/pdf".into(),
            length: 9,
        };
        let parts = vec![
            FormPart { name: "type".into(), content: Content::Text("application/pdf".to_owned()) },
            FormPart { name: "file".into(), content: file },
        ];
        let shown = Body::Form(parts).outline().into_owned();
        assert_eq!(shown, br#"{"type":"application/pdf","file":"file:invoices/\"1\".pdf"}"#);
        assert_eq!(&*Body::Form(Vec::new()).outline(), b"{}");
        assert_eq!(&*Body::from(b"{}".to_vec()).outline(), b"{}");
    }
}
