//! The table of connectors, the only place that lists them.

use super::entry::ConnectorEntry;
use super::whatsapp;

/// Every connector.
pub static CONNECTORS: &[ConnectorEntry] = &[whatsapp::ENTRY];

/// The connector of a `type`, if there is one.
pub fn connector(kind: &str) -> Option<&'static ConnectorEntry> {
    CONNECTORS.iter().find(|entry| entry.kind == kind)
}
