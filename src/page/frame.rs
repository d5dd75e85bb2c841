//! The frame of a page: head, policy and styles at the top, the script at the end.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::escape;

/// The parts of one kind of page.
#[derive(Debug)]
pub struct Frame {
    /// Style sheets, in order.
    styles: &'static [&'static str],
    /// Scripts, in order, joined into one.
    scripts: &'static [&'static str],
    /// The markup of the body, for [`fill`](super::fill).
    pub body: &'static str,
}

/// The preview of a dry run.
pub const PREVIEW: Frame = Frame {
    styles: &[include_str!("assets/page.css"), include_str!("assets/preview.css")],
    scripts: &[include_str!("assets/bubble.js"), include_str!("assets/preview.js")],
    body: include_str!("assets/preview.html"),
};

/// The report of a run. It has no script, because it is printed and forwarded.
pub const REPORT: Frame =
    Frame { styles: &[include_str!("assets/page.css"), include_str!("assets/report.css")], scripts: &[], body: "" };

impl Frame {
    /// Everything before the body's content. The policy (Content Security Policy, level 3) allows the page's own styles
    /// and script by their digests and nothing else, so that no data can make the page send a request.
    pub fn begin(&self, title: &str) -> String {
        let style = self.styles.concat();
        let script = self.script();
        let script_source = if script.is_empty() { "'none'".to_owned() } else { digest(&script) };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {script_source}; \
             img-src data:; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n",
            digest(&style),
            escape(title),
        )
    }

    /// Everything after the body's content.
    pub fn end(&self) -> String {
        let script = self.script();
        let script = if script.is_empty() { script } else { format!("<script>{script}</script>\n") };
        format!("{script}</body>\n</html>\n")
    }

    fn script(&self) -> String {
        self.scripts.concat()
    }
}

/// A source expression that allows exactly this text.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_script_and_nothing_else() {
        let begin = PREVIEW.begin("<Preview>");
        assert!(begin.contains("default-src 'none'") && begin.contains("<title>&lt;Preview&gt;</title>"), "{begin}");
        assert!(begin.contains(&format!("script-src {};", digest(&PREVIEW.script()))));
        assert!(REPORT.begin("").contains("script-src 'none';") && !REPORT.end().contains("<script"));
    }

    #[test]
    fn no_asset_ends_its_own_element_or_asks_for_anything() {
        for frame in [PREVIEW, REPORT] {
            for text in [frame.styles.concat(), frame.script(), frame.body.to_owned()] {
                for never in
                    ["</script", "</style", "@import", "url(", "innerHTML", "outerHTML", "insertAdjacentHTML", "fetch("]
                {
                    assert!(!text.contains(never), "{never}");
                }
                // The only address is the namespace of SVG, which no browser loads.
                let addresses = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!addresses.contains("http://") && !addresses.contains("src="), "{addresses}");
            }
        }
    }
}
