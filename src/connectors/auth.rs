//! How a request shows who sends it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// The credentials that every request of a connection carries. They are never shown.
#[derive(Debug, Clone)]
pub enum Auth {
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer(SecretString),
    /// A header of the API's own.
    Header {
        /// Its name: `X-Api-Key`.
        name: String,
        /// Its value.
        value: SecretString,
    },
    /// `Authorization: Basic <user and password>` (RFC 7617).
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// None: the API takes requests from everybody.
    None,
}

impl Auth {
    /// The header that carries the credentials: its name and its value.
    pub(super) fn header(&self) -> Option<(&str, SecretString)> {
        let value = match self {
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Self::Header { name, value } => return Some((name, value.clone())),
            Self::Basic { user, password } => {
                let pair = SecretString::from(format!("{user}:{}", password.expose_secret()));
                format!("Basic {}", STANDARD.encode(pair.expose_secret()))
            }
            Self::None => return None,
        };
        Some(("authorization", value.into()))
    }

    /// What must appear in no text that a server sends back; empty where there is no secret.
    pub(super) fn secret(&self) -> SecretString {
        match self {
            Self::Bearer(secret) | Self::Header { value: secret, .. } | Self::Basic { password: secret, .. } => {
                secret.clone()
            }
            Self::None => SecretString::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_one_header() {
        let shown = |auth: Auth| auth.header().map(|(name, value)| format!("{name}: {}", value.expose_secret()));
        assert_eq!(shown(Auth::Bearer("abc".into())).as_deref(), Some("authorization: Bearer abc"));
        let key = Auth::Header { name: "X-Api-Key".to_owned(), value: "abc".into() };
        assert_eq!(shown(key).as_deref(), Some("X-Api-Key: abc"));
        // RFC 7617 §2.
        let basic = Auth::Basic { user: "Aladdin".to_owned(), password: "open sesame".into() };
        assert_eq!(shown(basic).as_deref(), Some("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!(shown(Auth::None), None);
    }

    #[test]
    fn no_kind_shows_its_secret() {
        let secret = || SecretString::from("canary");
        for auth in [
            Auth::Bearer(secret()),
            Auth::Header { name: "X-Api-Key".to_owned(), value: secret() },
            Auth::Basic { user: "ann".to_owned(), password: secret() },
        ] {
            assert!(!format!("{auth:?}").contains("canary"), "{auth:?}");
        }
    }
}
