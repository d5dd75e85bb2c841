//! Access to the sandbox's pages: only from this machine's own browser tabs and tools, not from other pages.
//!
//! Belongs here: what `Host` and `Origin` say. Does not belong here: the API, whose guard is its token.
//!
//! A page on the web can let its own name point to this machine (DNS rebinding) and then read what the sandbox received;
//! but the browser sends that name as `Host`. And it can send a request here without being able to read the answer
//! (cross-site request forgery); but the browser says where it comes from in `Origin`, and asks first before it sends JSON.

use std::net::IpAddr;

use hyper::Method;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN};

/// Lets a request pass that comes from here; else says why not.
pub(super) fn admit(method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let host = text(headers, &HOST).unwrap_or_default();
    if !is_here(host) {
        return Err("open the sandbox's pages by an IP address or as localhost");
    }
    match text(headers, &ORIGIN) {
        Some(origin) if origin.strip_prefix("http://") != Some(host) => {
            return Err("another page cannot call the sandbox's pages");
        }
        _ => {}
    }
    let is_json = text(headers, &CONTENT_TYPE).is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if method == Method::POST && !is_json {
        return Err("send changes to the sandbox as application/json");
    }
    Ok(())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// True for an address, which no name server can point elsewhere, and for the one name that is always this machine
/// (RFC 6761, section 6.3).
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn passes(method: &Method, host: &'static str, origin: Option<&'static str>, kind: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        for (name, value) in [(ORIGIN, origin), (CONTENT_TYPE, kind)] {
            value.map(|value| headers.insert(name, HeaderValue::from_static(value)));
        }
        admit(method, &headers).is_ok()
    }

    #[test]
    fn only_this_machine_is_served() {
        let get = |host, origin| passes(&Method::GET, host, origin, None);
        for host in ["127.0.0.1:8025", "localhost:8025", "LocalHost", "[::1]:8025", "10.0.0.3"] {
            assert!(get(host, None), "{host}");
        }
        for host in ["evil.example:8025", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "?"] {
            assert!(!get(host, None), "{host}");
        }
        assert!(get("127.0.0.1:8025", Some("http://127.0.0.1:8025")));
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8025", ""] {
            assert!(!get("127.0.0.1:8025", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_change_is_json_and_comes_from_here() {
        let post = |origin, kind| passes(&Method::POST, "127.0.0.1:8025", origin, kind);
        let here = Some("http://127.0.0.1:8025");
        assert!(post(here, Some("application/json")) && post(None, Some("application/json")));
        assert!(!post(here, Some("text/plain")) && !post(here, None) && !post(Some("null"), Some("application/json")));
    }
}
