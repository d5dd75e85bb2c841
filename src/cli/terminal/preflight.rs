//! Formats the preflight.

use crate::app::Preflight;
use crate::diag::visible;

/// Formats a line for each name and value, cautions last.
pub(in crate::cli) fn preflight_text(preflight: &Preflight) -> String {
    let cautions = preflight.cautions.iter().map(|caution| ("caution", caution));
    let lines = preflight.lines.iter().map(|(name, value)| (*name, value)).chain(cautions);
    lines.fold(String::new(), |text, (name, value)| text + &format!("{name:<11} {}\n", visible(value)))
}
