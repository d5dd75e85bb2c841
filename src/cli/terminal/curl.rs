//! Formats a request as a curl command.

use crate::diag::visible_json;
use crate::model::{Draft, Request};

/// Formats a request as a command for a POSIX shell. The token is a variable, never its value; invisible characters are escaped.
pub(in crate::cli) fn curl(request: &Request, token_variable: &str) -> String {
    let body = visible_json(&String::from_utf8_lossy(&request.draft.body.outline())).replace('\'', "'\\''");
    let Draft { method, url, content_type, .. } = &request.draft;
    format!(
        "curl -X {method} '{url}' -H \"Authorization: Bearer ${token_variable}\" -H 'Content-Type: {content_type}' --data-raw '{body}'\n"
    )
}
