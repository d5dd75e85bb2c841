//! Numbers and moments in words, the same in every message.

use jiff::Timestamp;

/// A number of things: `1 row`, `2 rows`. `noun` is the singular, and has a regular plural.
///
/// ```
/// use rowcast::diag::count;
/// assert_eq!([0, 1, 2].map(|rows| count(rows, "row")), ["0 rows", "1 row", "2 rows"]);
/// ```
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// The noun that goes with a number: `row` for 1, `rows` for all others.
pub fn plural(number: u64, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// A word of a command, quoted for a shell where it must be.
///
/// ```
/// use rowcast::diag::shell_word;
/// assert_eq!(["a/b-c", "my lists", "it's", "-x"].map(shell_word), ["a/b-c", "'my lists'", r"'it'\''s'", "'-x'"]);
/// ```
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let is_plain = !word.is_empty() && word.chars().all(plain) && !word.starts_with('-');
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A number with its digits in groups: `100,000`.
///
/// ```
/// use rowcast::diag::thousands;
/// assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
/// ```
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment to the second: `2026-12-01 02:47:06 UTC`.
///
/// ```
/// assert_eq!(rowcast::diag::utc(jiff::Timestamp::UNIX_EPOCH), "1970-01-01 00:00:00 UTC");
/// ```
pub fn utc(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
