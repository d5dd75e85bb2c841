//! A request as a command for a shell.

use crate::diag::visible_json;
use crate::model::Request;

/// The request as a command for a POSIX shell. The token is named, never printed, and nothing in it is invisible.
pub(in crate::cli) fn curl(request: &Request) -> String {
    let body = visible_json(&String::from_utf8_lossy(&request.draft.body.outline())).replace('\'', "'\\''");
    let (method, url) = (request.draft.method, &request.draft.url);
    format!(
        "curl -X {method} '{url}' -H \"Authorization: Bearer $WHATSAPP_TOKEN\" -H 'Content-Type: application/json' --data-raw '{body}'\n"
    )
}
