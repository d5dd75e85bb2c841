//! A request as a command for a shell.

use crate::diag::visible_json;
use crate::model::{Draft, Request};

/// The request as a command for a POSIX shell. The token is named by a variable, never printed, and nothing in it is invisible.
pub(in crate::cli) fn curl(request: &Request, token_variable: &str) -> String {
    let body = visible_json(&String::from_utf8_lossy(&request.draft.body.outline())).replace('\'', "'\\''");
    let Draft { method, url, content_type, .. } = &request.draft;
    format!(
        "curl -X {method} '{url}' -H \"Authorization: Bearer ${token_variable}\" -H 'Content-Type: {content_type}' --data-raw '{body}'\n"
    )
}
