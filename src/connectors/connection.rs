//! One connection: from its text to its settings, and from its settings to something that sends.
//!
//! Belongs here: the keys that every connection has, and the order of the checks. Does not belong here: the keys of one
//! kind of connection, which its connector reads.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::capabilities::TemplateSet;
use super::entry::{Access, ConnectorEntry};
use super::environment::{Environment, check};
use super::lookup::{self, Inquiry, LookupError, LookupFailure};
use super::renewal::{Renewal, Renewing};
use super::table::{CONNECTORS, connector};
use super::token::TokenSource;
use crate::diag::{Problem, Problems, Source, did_you_mean, locate};
use crate::exec::Connector;
use crate::model::{Allowance, Endpoint, Rate};
use crate::recipe::{ConnectionText, Key, Node, Reader, Shape, is_template};

/// The keys that every connection has.
pub const CONNECTION_KEYS: &[Key] = &[
    Key::required("type", Shape::Kind, "The API of the connection."),
    Key::optional(
        "token",
        Shape::Text,
        "The access token, by reference to the environment or the `.env` file. A token in plain text works \
         with a warning. Set this or `token-file`.",
    )
    .examples(&["{{ env.WHATSAPP_TOKEN }}"]),
    Key::optional(
        "token-file",
        Shape::Text,
        "A file that contains the token, relative to this file, readable only by you (mode 0600). It is read again once if the \
         API refuses the token during a run. Set this or `token`.",
    ),
    // Its default is the connector's.
    Key::optional(
        "rate",
        Shape::RateOrUnlimited,
        "The maximum request rate of this connection; a recipe cannot exceed it. `unlimited` removes the limit.",
    )
    .examples(&["80/s", "unlimited"]),
];

/// A connection as it was read. It holds its token only if the text does.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its name, or `inline`.
    pub name: String,
    /// What kind of connection it is.
    pub entry: &'static ConnectorEntry,
    /// Its settings that are no secret.
    pub endpoint: Endpoint,
    /// Its maximum rate, which no recipe can raise; `None` is unlimited.
    pub rate: Option<Rate>,
    /// Where its token comes from.
    pub token: TokenSource,
    /// The id of the account that its templates belong to. It is not part of the endpoint: a run stays the same run when the
    /// account is added.
    pub account: Option<String>,
    /// The pinned copy of its templates, if it names one.
    pub pinned: Option<PathBuf>,
    /// The file that defines it.
    pub file: PathBuf,
}

/// Reads a connection and reports everything that is wrong with it.
///
/// Returns `None` only if its kind is unknown. Otherwise defaults replace wrong values, so that more can be checked. A
/// connection with reported errors must not be opened.
pub fn read_connection(
    text: &ConnectionText,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<Connection> {
    let text = &fill(&mask(text), environment, problems);
    let mut keys = text.reader(CONNECTION_KEYS, problems);
    let kinds = || CONNECTORS.iter().map(|entry| entry.kind);
    let kind = keys.required_text("type", &format!("known types: {}", kinds().collect::<Vec<_>>().join(", ")))?;
    let Some(entry) = connector(&kind) else {
        keys.problem("type", format!("`type`: unknown type `{kind}`{}", did_you_mean(&kind, kinds())));
        return None;
    };
    keys.know(entry.keys);
    keys.refuse_unknown(&format!("a {kind} connection"));
    let token = token(&mut keys, &text.source);
    let rate = keys.parsed("rate", |rate| match rate.trim() {
        "unlimited" => Ok(None),
        rate => rate.parse().map(Some),
    });
    let endpoint = (entry.read)(&mut keys);
    let account = entry.capabilities.templates.and_then(|support| (support.account)(&mut keys));
    // A connector without templates does not have the key, which was refused above.
    let pinned = keys.text("templates").map(|file| text.source.beside(file));
    let (name, file) = (text.name.clone(), text.source.path.clone());
    let rate = rate.unwrap_or(Some(entry.rate));
    Some(Connection { name, entry, endpoint, rate, token, account, pinned, file })
}

impl Connection {
    /// Finds the token and opens the connection. Sends nothing.
    pub fn open(&self, environment: &Environment, timeout: Duration) -> Result<Arc<dyn Connector>, Problem> {
        let token = &self.find_token(environment)?;
        let access = Access { endpoint: &self.endpoint, token, timeout };
        let opened = (self.entry.open)(&access).map_err(|message| self.in_place(Problem::new(message)))?;
        let (TokenSource::File(file), Some(is_refused)) = (&self.token, self.entry.capabilities.token_check) else {
            return Ok(opened);
        };
        let (entry, endpoint, file, token) = (self.entry, self.endpoint.clone(), file.clone(), token.clone());
        Ok(Arc::new(Renewing::new(opened, is_refused, Renewal { entry, endpoint, timeout, file, token })))
    }

    /// The token.
    pub fn find_token(&self, environment: &Environment) -> Result<SecretString, Problem> {
        self.token.find(environment).map_err(|problem| self.in_place(problem))
    }

    fn in_place(&self, problem: Problem) -> Problem {
        let message = format!("connection `{}`: {}", self.name, problem.message);
        Problem { message, ..problem }.in_file(&self.file)
    }

    /// Asks the API for the templates of the account: all of them, or those of one name if there are any. This blocks.
    ///
    /// # Errors
    /// Why there is no answer, and what to do about it.
    pub fn templates(
        &self,
        environment: &Environment,
        name: Option<&str>,
    ) -> Result<Arc<dyn TemplateSet>, LookupError> {
        let support = self.entry.capabilities.templates.ok_or_else(|| self.cannot_say("templates"))?;
        self.ask(environment, |inquiry| (support.fetch)(inquiry, name))
    }

    /// Asks the API what a sender may send: the connection's, or the one with this id. This blocks.
    ///
    /// # Errors
    /// Why there is no answer, and what to do about it.
    pub fn allowance(&self, environment: &Environment, sender: Option<&str>) -> Result<Allowance, LookupError> {
        let fetch = self.entry.capabilities.allowance.ok_or_else(|| self.cannot_say("limits"))?;
        self.ask(environment, |inquiry| fetch(inquiry, sender))
    }

    fn cannot_say(&self, what: &str) -> LookupError {
        let message = format!("the API of a {} connection has no {what} that can be asked for", self.entry.kind);
        LookupError::new(LookupFailure::NotConfigured, message)
    }

    fn ask<T>(
        &self,
        environment: &Environment,
        question: impl FnOnce(&Inquiry<'_>) -> Result<T, LookupError>,
    ) -> Result<T, LookupError> {
        let token = &self.token.find(environment).map_err(|problem| {
            let error = LookupError::new(LookupFailure::NoToken, problem.message);
            LookupError { help: problem.help, ..error }
        })?;
        let (endpoint, account) = (&self.endpoint, self.account.as_deref());
        question(&Inquiry { endpoint, account, token, timeout: lookup::TIMEOUT })
    }

    /// The path of the pinned copy of its templates, which may not exist: the file that it names, else `<name>.templates.json`
    /// beside the file that defines it. `None` if its name cannot be a file name.
    pub fn pinned_templates(&self) -> Option<PathBuf> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
        let is_plain = self.name.chars().all(plain) && !self.name.starts_with('.');
        let beside = || is_plain.then(|| self.file.with_file_name(format!("{}.templates.json", self.name)));
        self.pinned.clone().or_else(beside)
    }

    /// The files that it is read from: its definition, its token and its templates.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let token = if let TokenSource::File(path) = &self.token { Some(path.clone()) } else { None };
        [Some(self.file.clone()), token, self.pinned_templates()].into_iter().flatten()
    }

    /// The proxy of its requests, without user and password, if there is one. The user sees it before anything is sent.
    pub fn proxy(&self) -> Option<String> {
        super::client::proxy(self.endpoint.get("base-url")?)
    }

    /// The proxy of its requests, if it is of a kind that Rowcast does not speak with.
    pub fn unusable_proxy(&self) -> Option<Problem> {
        let proxy = self.proxy().filter(|proxy| proxy.starts_with("socks"))?;
        let message = format!(
            "connection `{}`: the proxy {proxy} is a SOCKS proxy, and Rowcast speaks with HTTP proxies",
            self.name
        );
        Some(
            Problem::new(message).help(
                "set HTTPS_PROXY to an HTTP proxy, or run it without the proxy: `ALL_PROXY= HTTPS_PROXY= rowcast …`",
            ),
        )
    }

    /// The same connection, to a sandbox at `base_url` that takes `token`.
    #[must_use]
    pub fn for_sandbox(&self, base_url: &str, token: &str) -> Self {
        let mut sandbox = self.clone();
        sandbox.endpoint.0.insert("base-url".to_owned(), base_url.into());
        sandbox.token = TokenSource::Text(token.into());
        sandbox
    }
}

/// The literal token in the text, if it has one.
fn literal_token(text: &ConnectionText) -> Option<&str> {
    let (_, node) = text.entries.iter().find(|(key, _)| key == "token")?;
    match node {
        Node::Text(token) | Node::Number(token) if !token.is_empty() && !is_template(token) => Some(token),
        _ => None,
    }
}

/// Masks the literal token in the text, because problems quote the lines that they are about. The text keeps its length, so
/// that places in it stay valid.
pub fn mask(text: &ConnectionText) -> ConnectionText {
    let mut masked = text.clone();
    if let Some((before, token, after)) = around_token(text) {
        let crosses = "x".repeat(token.chars().count());
        masked.source = Source::new(&text.source.path, [before, &crosses, after].concat());
    }
    masked
}

/// The text as a copy of it may be kept: a literal token is replaced by a reference to the variable in which tokens of this
/// kind of connection are looked for. `None` if no token stands in it.
pub fn without_token(text: &ConnectionText) -> Option<String> {
    let (before, token, after) = around_token(text)?;
    let kind = text.entries.iter().find_map(|(key, node)| match node {
        Node::Text(kind) if key == "type" => connector(kind),
        _ => None,
    });
    // A connection of an unknown kind is used by no run.
    let reference = &kind.map_or_else(|| "{{ env.TOKEN }}".to_owned(), ConnectorEntry::token_reference);
    let quoted =
        ['"', '\''].into_iter().find_map(|quote| Some((before.strip_suffix(quote)?, after.strip_prefix(quote)?)));
    let in_a_block = before.trim_end_matches([' ', '\t']).ends_with('\n');
    let copy = match quoted {
        None if in_a_block => [before, reference, after].concat(),
        quoted => {
            let (before, after) = quoted.unwrap_or((before, after));
            [before, "\"", reference, "\"", after].concat()
        }
    };
    // A short word is a placeholder, and the text may use it elsewhere.
    Some(if token.len() < 12 { copy } else { copy.replace(token, reference) })
}

/// The text split at its literal token: before, token, after.
fn around_token(text: &ConnectionText) -> Option<(&str, &str, &str)> {
    let token = literal_token(text)?;
    let path = [text.path.as_slice(), &["token".into()]].concat();
    let written = &*text.source.text;
    let value = offset(written, locate(written, &path)?);
    let (before, rest) = written.split_at(value + written[value..].find(token)?);
    let (token, after) = rest.split_at(token.len());
    Some((before, token, after))
}

/// The byte offset of a line and column, both one-based, the column in characters.
fn offset(text: &str, (line, column): (usize, usize)) -> usize {
    let begin = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    begin + text[begin..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}

/// Fills in the variables of the environment, except in the token, which is filled in when it is needed. A value that cannot
/// be filled in is reported and left out.
fn fill(text: &ConnectionText, environment: &Environment, problems: &mut Problems) -> ConnectionText {
    let mut keys = text.reader(CONNECTION_KEYS, problems);
    let mut filled = text.clone();
    filled.entries = Vec::with_capacity(text.entries.len());
    for (key, node) in keys.entries() {
        let node = match node {
            Node::Text(value) if key != "token" && is_template(value) => match environment.fill(value) {
                Ok(value) => Node::Text(value),
                Err(problem) => {
                    report(&mut keys, key, problem);
                    continue;
                }
            },
            other => other.clone(),
        };
        filled.entries.push((key.clone(), node));
    }
    filled
}

fn token(keys: &mut Reader<'_>, source: &Source) -> TokenSource {
    let (token, file) = (keys.text("token"), keys.text("token-file"));
    if token.is_some() && file.is_some() {
        keys.problem("token-file", "`token` and `token-file` are both given: keep one of them");
    }
    match (token, file) {
        (Some(token), _) => {
            if is_template(&token) {
                if let Err(problem) = check(&token) {
                    report(keys, "token", problem);
                }
            } else if !token.is_empty() {
                let warning = Problem::new("`token`: a secret that stands in a file is soon in a backup or a commit");
                let help = "write `token: \"{{ env.WHATSAPP_TOKEN }}\"` and set that variable, or `token-file: PATH`";
                keys.report("token", warning.help(help).warning());
            }
            TokenSource::Text(SecretString::from(token))
        }
        (None, Some(file)) => TokenSource::File(source.folder().join(file)),
        (None, None) => TokenSource::Missing,
    }
}

/// Reports a problem of a value under the name of its key.
fn report(keys: &mut Reader<'_>, key: &str, problem: Problem) {
    let message = format!("`{key}`: {}", problem.message);
    keys.report(key, Problem { message, ..problem });
}

#[cfg(test)]
mod tests;
