//! What a message is: the one definition by which a project knows that a person has it already.

use sha2::{Digest as _, Sha256};

use super::{Body, Draft, KeyDigest};

/// The version of the definition. Digests are kept for years and compared across versions of Rowcast, so another definition needs
/// another number, and a memory that knows both.
const VERSION: u8 = 1;

impl KeyDigest {
    /// The digest of a message. It covers, in this order:
    ///
    /// | field | bytes |
    /// |---|---|
    /// | the version of this definition | 1 |
    /// | the length of the space, big-endian | 4 |
    /// | the [space](message_space) in which the message counts | that many |
    /// | the body after its recipient, byte for byte | the rest |
    ///
    /// Recipient, connection and sending number are no part of it: the person stands beside the digest wherever it is kept, and a
    /// person who has the message from one number has it.
    pub fn of_message(space: &str, body: &[u8]) -> Self {
        let length = u32::try_from(space.len()).unwrap_or(u32::MAX);
        let hash = Sha256::new().chain_update([VERSION]).chain_update(length.to_be_bytes());
        Self::first_of(&hash.chain_update(space).chain_update(body).finalize())
    }

    /// The digest of the `nth` equal message to one person within a list, from 1. The first is the message itself.
    #[must_use]
    pub fn nth(self, nth: u32) -> Self {
        match nth {
            0 | 1 => self,
            nth => Self::first_of(&Sha256::new().chain_update(self.0).chain_update(nth.to_be_bytes()).finalize()),
        }
    }

    /// The digest of this one and a text.
    #[must_use]
    pub fn joined(self, text: &str) -> Self {
        Self::first_of(&Sha256::new().chain_update(self.0).chain_update(text).finalize())
    }
}

impl Draft {
    /// The digest of the message in a space, if the request carries one to a person.
    pub fn message(&self, space: &str) -> Option<KeyDigest> {
        self.lane.as_ref()?;
        let Body::Bytes(body) = &self.body else { return None };
        Some(KeyDigest::of_message(space, body.get(usize::try_from(self.message_at?).ok()?..)?))
    }
}

/// The space in which a message to `url` counts. All real APIs share one, which has no name: a person has a message wherever it
/// came from. A server on this machine reaches nobody, so each counts for itself, by its port, whatever name the machine has.
pub fn message_space(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, port)) => (address, port),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let name = name.to_ascii_lowercase();
    let is_this_machine = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if !is_this_machine {
        return String::new();
    }
    let usual = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let port = port.strip_prefix(':').filter(|port| !port.is_empty()).unwrap_or(usual);
    format!("localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These digests are in memories: whoever changes one makes everybody get everything again.
    #[test]
    fn the_digests_of_version_1_stay_what_they_are() {
        let body = br#""type":"text","text":{"body":"Hello"}}"#;
        assert_eq!(KeyDigest::of_message("", body).to_string(), "7c0d9f2d76b70fddebf03643");
        assert_eq!(KeyDigest::of_message("localhost:8025", body).to_string(), "e56e082ea73bf1af7f0dbc5d");
        assert_eq!(KeyDigest::of_message("", body).nth(2).to_string(), "fc1e062213c6fe27989cc274");
        assert_eq!(KeyDigest::of_message("", body).nth(1), KeyDigest::of_message("", body));
    }

    #[test]
    fn a_space_and_a_body_cannot_be_confused() {
        assert_ne!(KeyDigest::of_message("ab", b"c"), KeyDigest::of_message("a", b"bc"));
    }

    #[test]
    fn real_apis_are_one_space_and_each_server_of_this_machine_is_its_own() {
        for url in [
            "https://graph.facebook.com/v23.0/1/messages",
            "https://localhost.example.com/",
            "http://10.0.0.1:80/",
            "x",
        ] {
            assert_eq!(message_space(url), "", "{url}");
        }
        for (url, space) in [
            ("http://127.0.0.1:8025/v23.0/1/messages", "localhost:8025"),
            ("http://127.9.9.9?x", "localhost:80"),
            ("https://LocalHost/x", "localhost:443"),
            ("http://api.localhost:1/x", "localhost:1"),
            ("http://[::1]:8025/x", "localhost:8025"),
            ("http://user@localhost:8025", "localhost:8025"),
        ] {
            assert_eq!(message_space(url), space);
        }
    }

    #[test]
    fn the_recipient_is_no_part_of_the_message() {
        let draft = |to: &str, text: &str| {
            let (before, body) = (format!(r#"{{"to":"{to}","#), format!(r#""text":"{text}"}}"#));
            let draft =
                Draft::new("POST", "https://graph.facebook.com/".to_owned(), (before.clone() + &body).into_bytes());
            Draft { lane: Some(to.into()), message_at: u32::try_from(before.len()).ok(), ..draft }
        };
        assert_eq!(draft("+491", "a").message(""), draft("+4915", "a").message(""));
        assert_ne!(draft("+491", "a").message(""), draft("+491", "b").message(""));
        assert_eq!(Draft { lane: None, ..draft("+491", "a") }.message(""), None);
        assert_eq!(Draft { message_at: None, ..draft("+491", "a") }.message(""), None);
        assert_eq!(Draft { message_at: Some(99), ..draft("+491", "a") }.message(""), None);
    }
}
