//! Which texts of a recipe or a connection are templates.

/// True if the template engine has to render a text: it holds an expression, a statement or a comment.
///
/// ```
/// use rowcast::recipe::is_template;
/// assert!(["{{ phone }}", "{% if a %}b{% endif %}", "acme{# the big one #}"].into_iter().all(is_template));
/// assert!(!["acme", "{ phone }", ""].into_iter().any(is_template));
/// ```
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}
