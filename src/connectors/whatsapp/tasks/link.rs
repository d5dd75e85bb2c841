//! Links that the API or the recipient will open.

use url::Url;

/// True if a text means to be a link: it begins with `http://` or `https://`, in any case.
pub(super) fn is_link(text: &str) -> bool {
    behind_scheme(text).is_some()
}

/// True for an `http` or `https` URL with a host.
pub(super) fn is_url(text: &str) -> bool {
    // The parser forgives `https:///path`, and takes the path for a host.
    behind_scheme(text).is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && Url::parse(text).is_ok_and(|url| url.has_host())
}

fn behind_scheme(text: &str) -> Option<&str> {
    ["http://", "https://"].into_iter().find_map(|scheme| {
        text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &text[scheme.len()..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_and_a_host() {
        for url in
            ["https://example.com", "HTTPS://example.com/a?b=c#d", "http://127.0.0.1:8080/x", "https://münchen.de/ä"]
        {
            assert!(is_link(url) && is_url(url), "{url}");
        }
        for link in ["https://", "http:///path", "https://?", "https://exa mple.com", "https://:80"] {
            assert!(is_link(link) && !is_url(link), "{link}");
        }
        for other in ["", "http5", "https:/x", "1037543291543636", "ftp://example.com", "example.com", "ä"] {
            assert!(!is_link(other) && !is_url(other), "{other}");
        }
    }
}
