//! The API's ids. An id becomes part of a URL, so it consists of digits alone.

/// True for a text that is safe in a URL as an id.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads an id. `wanted` names it in the error.
pub(super) fn id(text: &str, wanted: &str) -> Result<String, String> {
    let text = text.trim();
    if !is_id(text) {
        return Err(format!("wanted {wanted}"));
    }
    Ok(text.to_owned())
}
