//! The settings of a connection that are no secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The settings of a connection that are no secret, by their keys: requests are built from them, templates see them as
/// `connection.*`, and `run.json` keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Endpoint(pub BTreeMap<String, Setting>);

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Setting>),
    /// Settings below this one, by their keys.
    Map(BTreeMap<String, Setting>),
}

impl Endpoint {
    /// A setting that is a text, if it is given.
    pub fn get(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Setting::Text(text) => Some(text),
            Setting::List(_) | Setting::Map(_) => None,
        }
    }
}

/// A text as it is, anything else as JSON.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(_) | Self::Map(_) => f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?),
        }
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<K: Into<String>, V: Into<Setting>> FromIterator<(K, V)> for Endpoint {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(settings: I) -> Self {
        Self(settings.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<K: Into<String>, V: Into<Setting>, const N: usize> From<[(K, V); N]> for Endpoint {
    fn from(settings: [(K, V); N]) -> Self {
        settings.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_and_read_as_they_are() {
        let headers = Setting::Map([("X-Shop".to_owned(), "1".into())].into());
        let statuses = Setting::List(vec!["200".into(), "201".into()]);
        let endpoint = Endpoint::from([("base-url", "https://x".into()), ("headers", headers), ("accepted", statuses)]);
        let text = r#"{"accepted":["200","201"],"base-url":"https://x","headers":{"X-Shop":"1"}}"#;
        assert_eq!(serde_json::to_string(&endpoint).unwrap(), text);
        assert_eq!(serde_json::from_str::<Endpoint>(text).unwrap(), endpoint);
        assert_eq!((endpoint.get("base-url"), endpoint.get("headers")), (Some("https://x"), None));
        let shown = |key| endpoint.0[key].to_string();
        assert_eq!((shown("base-url").as_str(), shown("accepted").as_str()), ("https://x", r#"["200","201"]"#));
    }
}
