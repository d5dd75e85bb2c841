//! Formats the preflight.

use crate::app::Preflight;
use crate::diag::Sheet;

/// Formats a line for each name and value, cautions last.
pub(in crate::cli) fn preflight_text(preflight: &Preflight) -> String {
    let mut sheet = Sheet::default();
    preflight.lines.iter().for_each(|(name, value)| sheet.line(name, value));
    preflight.cautions.iter().for_each(|caution| sheet.line("caution", caution));
    sheet.to_string()
}
