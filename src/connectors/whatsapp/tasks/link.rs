//! Links that the API or the recipient will open.

use std::net::IpAddr;

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

/// Why a recipient or the API may not be able to open a link, or will not find the file behind it.
pub(super) fn doubt(text: &str) -> Option<&'static str> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_within = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            !host.contains('.') || [".local", ".localhost", ".internal", ".lan"].iter().any(|end| host.ends_with(end))
        }
    };
    let is_of = |site: &str| host == site || host.strip_suffix(site).is_some_and(|rest| rest.ends_with('.'));
    let is_page = is_of("dropbox.com")
        && !url.query().is_some_and(|query| query.contains("dl=1") || query.contains("raw=1"))
        || ["1drv.ms", "drive.google.com", "docs.google.com", "wetransfer.com"].iter().any(|site| is_of(site));
    if is_within {
        Some("nobody outside of your network can open this link")
    } else if is_of("whatsapp.net") {
        Some("this is Meta's own sample of a template; it expires, and the message is lost then (131053)")
    } else if is_page {
        Some("this link opens a page about the file, not the file")
    } else {
        None
    }
}

/// True if the last part of a link's path has a file name extension, from which WhatsApp takes the name of a document.
pub(super) fn has_file_name(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let last = url.path().rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(name, extension)| !name.is_empty() && !extension.is_empty())
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
    fn links_that_others_cannot_open_are_doubted() {
        for (link, part) in [
            ("http://localhost/a.pdf", "nobody outside"),
            ("http://192.168.1.10/a.pdf", "nobody outside"),
            ("https://10.0.0.5/a.pdf", "nobody outside"),
            ("https://[fd00::1]/a.pdf", "nobody outside"),
            ("https://intranet/a.pdf", "nobody outside"),
            ("https://nas.local/a.pdf", "nobody outside"),
            ("https://www.dropbox.com/s/abc/a.pdf?dl=0", "a page"),
            ("https://1drv.ms/b/s!abc", "a page"),
            ("https://drive.google.com/file/d/1/view", "a page"),
            ("https://scontent.whatsapp.net/v/t61/sample.pdf?oe=0", "Meta's own sample"),
        ] {
            assert!(doubt(link).is_some_and(|doubt| doubt.contains(part)), "{link}: {:?}", doubt(link));
        }
        for link in ["https://example.com/a.pdf", "https://www.dropbox.com/s/abc/a.pdf?dl=1", "https://8.8.8.8/a.pdf"] {
            assert_eq!(doubt(link), None, "{link}");
        }
        assert!(has_file_name("https://example.com/f/a.pdf?x=1") && !has_file_name("https://example.com/f?id=42"));
    }

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
