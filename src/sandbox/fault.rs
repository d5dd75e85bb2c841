//! The ways in which a sandbox misbehaves, and how they are written.
//!
//! Belongs here: a fault's name, effect and share. Does not belong here: whom it hits (`draw`) or how (`api`).

use std::fmt;
use std::str::FromStr;

use super::codes::{About, CODES, Code, find};

/// A fault and how often it happens, written `130429=2%` or `drop-after-accept=0.5%`.
///
/// Its name is an error code of the Cloud API or one of these:
///
/// | name | delivered | what the client sees |
/// |---|---|---|
/// | `timeout` | no | no answer; the connection stays open |
/// | `timeout-after-accept` | yes | the same |
/// | `drop-before-accept` | no | the connection ends without a byte of answer |
/// | `drop-after-accept` | yes | the same |
/// | `reset` | no | the connection is reset |
/// | `html-200` | no | 200 with a page, as a captive portal gives it |
/// | `empty-200` | yes | 200 with no body |
/// | `truncated-200` | yes | 200 and half of the body, then the end of the connection |
/// | `http-500`, `http-502` | no | that status without an error code; 502 with a proxy's page |
/// | `http-421` | no | that status: the server has not processed the request (RFC 9110, section 15.5.20) |
/// | `http-429` | no | that status without an error code, and `Retry-After: 1` |
/// | `redirect` | no | 307 to another address |
/// | `held` | yes | accepted, but held for a quality assessment; templates only |
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    effect: Effect,
    percent: f64,
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Code(&'static Code),
    Timeout,
    TimeoutAfterAccept,
    DropBeforeAccept,
    DropAfterAccept,
    Reset,
    Html200,
    Empty200,
    Truncated200,
    Http500,
    Http502,
    Http421,
    Http429,
    Redirect,
    Held,
}

const NAMED: [(&str, Effect); 14] = [
    ("timeout", Effect::Timeout),
    ("timeout-after-accept", Effect::TimeoutAfterAccept),
    ("drop-before-accept", Effect::DropBeforeAccept),
    ("drop-after-accept", Effect::DropAfterAccept),
    ("reset", Effect::Reset),
    ("html-200", Effect::Html200),
    ("empty-200", Effect::Empty200),
    ("truncated-200", Effect::Truncated200),
    ("http-500", Effect::Http500),
    ("http-502", Effect::Http502),
    ("http-421", Effect::Http421),
    ("http-429", Effect::Http429),
    ("redirect", Effect::Redirect),
    ("held", Effect::Held),
];

impl Fault {
    /// What it does.
    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    /// How often it happens, in percent.
    pub(super) fn percent(&self) -> f64 {
        self.percent
    }
}

impl Effect {
    /// Whether the message is delivered all the same.
    pub(super) fn delivers(self) -> bool {
        match self {
            Self::TimeoutAfterAccept | Self::DropAfterAccept | Self::Empty200 | Self::Truncated200 | Self::Held => true,
            Self::Code(_)
            | Self::Timeout
            | Self::DropBeforeAccept
            | Self::Reset
            | Self::Html200
            | Self::Http500
            | Self::Http502
            | Self::Http421
            | Self::Http429
            | Self::Redirect => false,
        }
    }

    /// Whether it concerns the row: then a second try meets it again.
    pub(super) fn about_row(self) -> bool {
        matches!(self, Self::Code(Code { about: About::Row, .. }))
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, NAMED.iter().find(|(_, effect)| effect == self)) {
            (Self::Code(code), _) => write!(f, "{}", code.number),
            (_, Some((name, _))) => f.write_str(name),
            (_, None) => write!(f, "{self:?}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}%", self.effect, self.percent)
    }
}

/// Why a text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Not of the form `name=percentage`.
    #[error("fault `{text}`: write a name and a percentage, such as `timeout=0.5%` or `130429=2%`")]
    Form {
        /// The text as given.
        text: String,
    },
    /// No fault has this name.
    #[error("fault `{name}` is not known{}; known are {}", nearest(.name), known())]
    Name {
        /// The name as given.
        name: String,
    },
    /// The share is no percentage.
    #[error("fault `{name}`: `{share}` is not a percentage from 0% to 100%, such as `2%` or `0.5%`")]
    Share {
        /// The fault's name.
        name: String,
        /// The share as given.
        share: String,
    },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, share) = text.split_once('=').ok_or_else(|| FaultError::Form { text: text.to_owned() })?;
        let (name, share) = (name.trim(), share.trim());
        let effect = effect(name).ok_or_else(|| FaultError::Name { name: name.to_owned() })?;
        let percent =
            percent(share).ok_or_else(|| FaultError::Share { name: name.to_owned(), share: share.to_owned() })?;
        Ok(Self { effect, percent })
    }
}

fn effect(name: &str) -> Option<Effect> {
    let named = NAMED.iter().find(|(known, _)| *known == name).map(|(_, effect)| *effect);
    named.or_else(|| find(name.parse().ok()?).map(Effect::Code))
}

/// A plain decimal number with a `%`; the exponents and infinities that Rust reads as numbers are not.
fn percent(share: &str) -> Option<f64> {
    let number = share.strip_suffix('%')?;
    let plain =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    number.parse().ok().filter(|percent| plain && (0.0..=100.0).contains(percent))
}

/// The names of all faults, with the titles of those that are codes.
pub(super) fn names() -> impl Iterator<Item = (String, &'static str)> {
    let named = NAMED.iter().map(|(name, _)| ((*name).to_owned(), ""));
    named.chain(CODES.iter().map(|code| (code.number.to_string(), code.title)))
}

fn nearest(name: &str) -> String {
    let names = NAMED.iter().map(|(known, _)| (*known).to_owned());
    let codes = CODES.iter().map(|code| code.number.to_string());
    let distance = |known: &String| strsim::damerau_levenshtein(known, name);
    let near = names.chain(codes).min_by_key(distance).filter(|known| distance(known) <= known.len() / 3);
    near.map(|known| format!(" (did you mean `{known}`?)")).unwrap_or_default()
}

fn known() -> String {
    let names: Vec<_> = NAMED.iter().map(|(name, _)| *name).collect();
    let codes: Vec<_> = CODES.iter().map(|code| code.number.to_string()).collect();
    format!("{}, and the error codes {}", names.join(", "), codes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_and_given_back() {
        for text in ["130429=2%", "timeout=0.5%", "drop-after-accept=1%", "held=100%", "0=0%"] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        assert_eq!(" 131026 = 2.50% ".parse::<Fault>().unwrap().to_string(), "131026=2.5%");
    }

    #[test]
    fn every_name_is_read_and_given_back() {
        for name in NAMED.iter().map(|(name, _)| (*name).to_owned()).chain(CODES.iter().map(|c| c.number.to_string())) {
            let text = format!("{name}=1%");
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_all_others() {
        let said = "timout=1%".parse::<Fault>().unwrap_err().to_string();
        assert!(
            said.starts_with("fault `timout` is not known (did you mean `timeout`?); known are timeout, "),
            "{said}"
        );
        assert!(said.contains("drop-after-accept") && said.contains("130429"), "{said}");
        let said = "13429=1%".parse::<Fault>().unwrap_err().to_string();
        assert!(said.contains("did you mean `130429`?"), "{said}");
        let said = "zzzzzz=1%".parse::<Fault>().unwrap_err().to_string();
        assert!(!said.contains("did you mean"), "{said}");
    }

    #[test]
    fn a_share_needs_its_unit_and_range() {
        for share in ["", "2", "%", "-1%", "101%", "1e1%", "inf%", "nan%", "+1%", "1,5%", "1.2.3%"] {
            let said = format!("timeout={share}").parse::<Fault>().unwrap_err().to_string();
            assert!(said.contains("is not a percentage from 0% to 100%"), "{share}: {said}");
        }
        let said = "timeout".parse::<Fault>().unwrap_err().to_string();
        assert!(said.contains("write a name and a percentage"), "{said}");
    }

    #[test]
    fn only_codes_about_the_row_concern_it() {
        let about_row = |text: &str| text.parse::<Fault>().unwrap().effect().about_row();
        assert!(["100=1%", "131026=1%", "131047=1%", "130472=1%"].into_iter().all(about_row));
        assert!(!["130429=1%", "131056=1%", "190=1%", "131000=1%", "timeout=1%"].into_iter().any(about_row));
    }
}
