//! Keeps the token out of every text that comes from a server, or from an error.
//!
//! A server may send back what it was sent: in a body, a header or an error text. Nothing of it may reach the ledger,
//! the results, a log or the screen.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex::{NoExpand, Regex};
use secrecy::{ExposeSecret, SecretString};

use crate::model::{Answer, Note, Reply};

/// The replacement for a secret.
const REDACTED: &str = "[redacted]";

/// The most bytes of a message that are kept.
const MESSAGE: usize = 1024;

/// The most bytes of an answer's body that are kept.
const RAW: usize = 4096;

/// A shorter token is a placeholder and is not searched for: it would be found in many message ids.
const SHORTEST: usize = 8;

/// A prefix of this many characters counts as the token: a server may cut off or mask the rest.
const PREFIX: usize = 12;

/// The redactors of all opened connections, for texts that belong to no connection.
static KNOWN: RwLock<Vec<Arc<Redactor>>> = RwLock::new(Vec::new());

/// Keeps a redactor for [`redacted`].
pub(super) fn remember(redactor: &Arc<Redactor>) {
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(redactor));
}

/// Redacts the tokens of all opened connections, and whatever looks like a token. For panic messages.
pub fn redacted(text: String) -> String {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let text = known.iter().fold(text, |text, redactor| redactor.message(text));
    match Redactor::new(&SecretString::default()) {
        Ok(any) => any.message(text),
        Err(_) => REDACTED.to_owned(),
    }
}

/// Replaces secrets in text: the token in the forms in which a server may send it back, and whatever looks like a token.
pub struct Redactor {
    /// This connection's token, and any `Bearer` credentials.
    own: Regex,
    /// This connection's token alone; none if it is too short to be looked for.
    token: Option<Regex>,
    /// Access tokens of Meta's in general, which begin with `EAA`.
    foreign: Regex,
}

impl Redactor {
    /// A redactor that knows `token`.
    ///
    /// # Errors
    /// If the token is too long to be searched for.
    pub fn new(token: &SecretString) -> Result<Self, regex::Error> {
        let forms = forms(token.expose_secret());
        let forms: Vec<String> = forms.iter().map(|form| regex::escape(form)).collect();
        // What follows a part of the token is taken for the rest of it.
        let token = (!forms.is_empty()).then(|| format!(r#"(?:{})[^\s"'<>(){{}}\[\],;]*"#, forms.join("|")));
        let own = [token.as_deref().unwrap_or_default(), r"(?i:bearer)\s+\S+"].join("|");
        let own = Regex::new(own.trim_start_matches('|'))?;
        let token = token.as_deref().map(Regex::new).transpose()?;
        Ok(Self { own, token, foreign: Regex::new(r"\bEAA[A-Za-z0-9]{20,}")? })
    }

    /// The answer without secrets, its texts cut to a bearable length.
    pub fn clean(&self, answer: Answer) -> Answer {
        let Answer { reply, note } = answer;
        Answer { reply: self.reply(reply), note: self.note(note) }
    }

    /// The text without secrets, at most 1 KiB of it.
    pub fn message(&self, text: String) -> String {
        self.text(text, MESSAGE)
    }

    /// Redacts a text that is kept whole, such as a template: the token and whatever looks like one, but not the word `bearer`.
    pub fn content(&self, text: String) -> String {
        let text = match &self.token {
            Some(token) => replace(token, text),
            None => text,
        };
        replace(&self.foreign, text)
    }

    fn reply(&self, reply: Reply) -> Reply {
        match reply {
            Reply::Accepted { id, recipient, status, held } => Reply::Accepted {
                id: self.id(id),
                recipient: recipient.map(|text| self.message(text)),
                status: status.map(|text| self.message(text)),
                held,
            },
            Reply::Rejected { code, message } => {
                Reply::Rejected { code: self.message(code), message: self.message(message) }
            }
            Reply::Throttled { scope, after, code, message } => {
                Reply::Throttled { scope, after, code: self.message(code), message: self.message(message) }
            }
            Reply::Unreachable { message } => Reply::Unreachable { message: self.message(message) },
            Reply::Unknown { reason, message } => {
                Reply::Unknown { reason: self.message(reason.to_string()).into(), message: self.message(message) }
            }
            Reply::Fatal { code, message } => Reply::Fatal { code: self.message(code), message: self.message(message) },
        }
    }

    fn note(&self, note: Note) -> Note {
        let Note { http_status, advice, title, never_again, code, subcode, trace, raw } = note;
        Note {
            http_status,
            never_again,
            advice: advice.map(|text| self.message(text)),
            title: title.map(|text| self.message(text)),
            code,
            subcode,
            trace: trace.map(|text| self.message(text)),
            raw: raw.map(|text| self.text(text, RAW)),
        }
    }

    /// Redacts the token in a message id, and nothing that only looks like a token: ids are base64 and may hold any letters, and
    /// a changed id is lost.
    fn id(&self, id: String) -> String {
        cut(replace(&self.own, id), MESSAGE)
    }

    fn text(&self, text: String, most: usize) -> String {
        cut(replace(&self.foreign, replace(&self.own, text)), most)
    }
}

/// The pattern holds the token, so it is never shown.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// The forms in which a token, or enough of it, may come back: each once, the longer ones first.
fn forms(token: &str) -> Vec<String> {
    let prefix: String = token.chars().take(PREFIX).collect();
    let mut forms = [forms_of(token), forms_of(&prefix)].concat();
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms
}

fn forms_of(text: &str) -> Vec<String> {
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    // Some servers escape the slash in JSON, as PHP does.
    let slashed = json.replace('/', r"\/");
    let (percent, percent_lower) = percent_encoded(text);
    let mut forms = vec![text.to_owned(), json, slashed, percent, percent_lower];
    forms.extend((0..3).flat_map(|offset| base64_inside(text, offset)));
    forms
}

/// The text with everything but unreserved characters escaped (RFC 3986 §2), with hex digits in both cases.
fn percent_encoded(text: &str) -> (String, String) {
    let encode = |hex: fn(u8) -> String| {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte => hex(byte),
        };
        text.bytes().map(encode).collect::<String>()
    };
    (encode(|byte| format!("%{byte:02X}")), encode(|byte| format!("%{byte:02x}")))
}

/// The characters that stand for the text in the base64 of a longer text, in which `offset` (modulo 3) bytes precede it:
/// without those that it shares with its neighbours. In both alphabets of RFC 4648.
fn base64_inside(text: &str, offset: usize) -> [String; 2] {
    let padded = [vec![0; offset], text.as_bytes().to_vec()].concat();
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let inside = |encoded: String| encoded.get(first..last).unwrap_or_default().to_owned();
    [inside(STANDARD.encode(&padded)), inside(URL_SAFE.encode(&padded))]
}

fn replace(pattern: &Regex, text: String) -> String {
    match pattern.replace_all(&text, NoExpand(REDACTED)) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

/// At most `most` bytes of the text, in whole characters.
fn cut(mut text: String, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "EAAGm0PX4ZCpsBAcanary/+=\"x\\y~Zz9";

    fn redactor(token: &str) -> Redactor {
        Redactor::new(&SecretString::from(token)).unwrap()
    }

    #[test]
    fn every_form_of_the_token_is_replaced() {
        let json = serde_json::to_string(TOKEN).unwrap();
        let (percent, percent_lower) = percent_encoded(TOKEN);
        let mut echoes = vec![
            TOKEN.to_owned(),
            TOKEN[..12].to_owned(),
            TOKEN[..20].to_owned(),
            json.clone(),
            json.replace('/', r"\/"),
            percent,
            percent_lower,
        ];
        for before in ["", "a", "ab", "Bearer ", "Authorization: Bearer "] {
            echoes.push(STANDARD.encode(format!("{before}{TOKEN}")));
            echoes.push(URL_SAFE.encode(format!("{before}{TOKEN}\r\n")));
        }
        for echo in echoes {
            let clean = redactor(TOKEN).message(format!("you sent {echo} to us"));
            for secret in [&TOKEN[..12], "canary", echo.as_str()] {
                assert!(!clean.contains(secret), "{echo}: {clean}");
            }
            assert!(clean.contains(REDACTED) && clean.starts_with("you sent "), "{clean}");
        }
    }

    #[test]
    fn what_looks_like_a_token_is_replaced() {
        let redactor = redactor("some-other-token");
        for text in ["Authorization: Bearer abc.def", "bearer  x", "?access_token=EAAB0123456789abcdefghij&x=1"] {
            let clean = redactor.message(text.to_owned());
            assert!(clean.contains(REDACTED), "{clean}");
            assert!(!clean.contains("abc"), "{clean}");
        }
        assert_eq!(
            redactor.message("EAA is not a token, nor is EAAshort".into()),
            "EAA is not a token, nor is EAAshort"
        );
    }

    #[test]
    fn a_message_id_is_changed_only_for_our_own_token() {
        let id = "wamid.HBgL/EAAB0123456789abcdefghijkl";
        let accepted = |id: &str| Reply::Accepted { id: id.into(), recipient: None, status: None, held: false };
        assert_eq!(redactor(TOKEN).reply(accepted(id)), accepted(id));
        assert_eq!(redactor(TOKEN).reply(accepted(TOKEN)), accepted(REDACTED));
    }

    #[test]
    fn content_is_kept_whole_but_for_tokens() {
        let text = format!("To the bearer of this voucher: {} euros", "9".repeat(4000));
        assert_eq!(redactor(TOKEN).content(text.clone()), text);
        for echo in
            [TOKEN.to_owned(), STANDARD.encode(format!("Bearer {TOKEN}")), "EAAB0123456789abcdefghij".to_owned()]
        {
            let clean = redactor(TOKEN).content(format!("Hello {echo}!"));
            assert!(clean.contains(REDACTED) && !clean.contains("canary") && !clean.contains("abcdefghij"), "{clean}");
        }
        assert_eq!(redactor("").content("Bearer x".into()), "Bearer x");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let redactor = redactor(TOKEN);
        let note =
            Note { raw: Some("é".repeat(4000)), title: Some(format!("x{}", "é".repeat(4000))), ..Note::default() };
        let note = redactor.note(note);
        assert_eq!(note.raw.map(|text| text.len()), Some(4096));
        assert_eq!(note.title.map(|text| text.len()), Some(1023));
    }

    #[test]
    fn a_redactor_does_not_tell_what_it_hides() {
        assert_eq!(format!("{:?}", redactor(TOKEN)), "Redactor { .. }");
    }

    #[test]
    fn a_placeholder_hides_no_text() {
        for token in ["", "t", "token"] {
            assert_eq!(redactor(token).message("no token to hide".into()), "no token to hide");
        }
    }
}
