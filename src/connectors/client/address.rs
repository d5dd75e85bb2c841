//! Where a connection may send its token: the rules for a base URL.

use std::net::IpAddr;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

/// The base URL of an API in its normal form, without a slash at its end.
///
/// Only `https`, because the token travels in a header. Plain `http` is for this machine alone, where the sandbox lives.
///
/// # Errors
/// Why it is not taken, for people. The text is not repeated: it may hold a password.
pub(in crate::connectors) fn base_url(text: &str) -> Result<String, String> {
    // The parser ignores white space and line breaks everywhere (WHATWG URL, basic URL parser); a reader does not.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("a URL holds no white space".to_owned());
    }
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("http would show the token to the network: write https".to_owned()),
        scheme => return Err(format!("wanted https, got {scheme}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a user name or password does not belong in the URL".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("leave out everything from `?` or `#` on".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// True if a base URL is on this machine.
pub(in crate::connectors) fn is_local(base: &str) -> bool {
    Url::parse(base).is_ok_and(|url| is_loopback(&url))
}

/// True if the host is this machine: 127.0.0.0/8, `::1` or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

/// The proxy for requests to `base`, if the environment or the system names one: its address without user and password. It
/// follows the rules of the client itself.
pub(in crate::connectors) fn proxy(base: &str) -> Option<String> {
    let url = Url::parse(base).ok()?;
    if is_loopback(&url) {
        return None;
    }
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let uri = proxy.uri();
    Some(format!(
        "{}://{}",
        uri.scheme_str().unwrap_or("http"),
        uri.authority().map_or("", |to| without_user(to.as_str()))
    ))
}

fn without_user(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_brought_to_one_form() {
        for (text, url) in [
            ("https://graph.facebook.com", "https://graph.facebook.com"),
            ("https://Graph.Facebook.com/", "https://graph.facebook.com"),
            ("https://gateway.example:8443/meta//", "https://gateway.example:8443/meta"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://127.8.9.1", "http://127.8.9.1"),
            ("http://[::1]:80/", "http://[::1]"),
            ("http://localhost:4000", "http://localhost:4000"),
        ] {
            assert_eq!(base_url(text).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn addresses_that_would_leak_are_refused() {
        for (text, part) in [
            ("http://graph.facebook.com", "write https"),
            ("http://127.0.0.1.example.com", "write https"),
            ("http://localhost.example.com", "write https"),
            ("http://[::2]", "write https"),
            ("http://0.0.0.0", "write https"),
            ("https://user:hunter2@example.com", "user name"),
            ("https://graph.facebook.com@example.com", "user name"),
            ("https://example.com/?a=hunter2", "leave out"),
            ("https://example.com/#a", "leave out"),
            ("ftp://example.com", "got ftp"),
            ("graph.facebook.com", "not a URL"),
            ("", "not a URL"),
            ("https://exa mple.com", "white space"),
            ("https://example\n.com", "white space"),
        ] {
            let message = base_url(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
