//! Masking of phone numbers, for pages that may be forwarded.

/// Masks every phone number in a text: in a sequence of seven or more digits only the first three and the last two
/// stay. Spaces, dashes, dots, slashes and parentheses between digits do not end the sequence.
///
/// ```
/// assert_eq!(rowcast::report::mask("to: +49 151 23456789!"), "to: +49 1•• ••••••89!");
/// assert_eq!(rowcast::report::mask("131026: row 4711"), "131026: row 4711");
/// ```
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        masked.push_str(&rest[..start]);
        rest = &rest[start..];
        let number = &rest[..length(rest)];
        let digits = number.chars().filter(|c| is_digit(*c)).count();
        let mut nth = 0;
        for c in number.chars() {
            nth += usize::from(is_digit(c));
            let hide = is_digit(c) && digits >= LEAST && nth > HEAD && nth + TAIL <= digits;
            masked.push(if hide { '•' } else { c });
        }
        rest = &rest[number.len()..];
    }
    masked + rest
}

const LEAST: usize = 7;
const HEAD: usize = 3;
const TAIL: usize = 2;

fn is_digit(c: char) -> bool {
    c.is_numeric()
}

/// Length in bytes of the digit sequence at the start of a text, separators included.
fn length(text: &str) -> usize {
    let mut end = 0;
    let mut between = 0;
    for (at, c) in text.char_indices() {
        if is_digit(c) {
            (end, between) = (at + c.len_utf8(), 0);
        } else if between < 3 && (c.is_whitespace() || "-–./()\u{a0}".contains(c) || is_invisible(c)) {
            between += 1;
        } else {
            break;
        }
    }
    end
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_masked_however_they_are_written() {
        for (text, wanted) in [
            ("+4915123456789", "+491••••••••89"),
            ("(0151) 234-56.78 9", "(015•) •••-••.•8 9"),
            ("0151\u{a0}2345\u{202c}6789", "015•\u{a0}••••\u{202c}••89"),
            ("٠١٢٣٤٥٦٧٨٩", "٠١٢•••••٨٩"),
            ("123456", "123456"),
            ("a1234567b7654321c", "a123••67b765••21c"),
            ("", ""),
        ] {
            assert_eq!(mask(text), wanted);
        }
    }

    proptest! {
        #[test]
        fn no_seven_digits_of_a_number_are_left(number in "[1-9][0-9]{6,14}", before in "[a-z: +]{0,5}", after in "[a-z]{0,5}") {
            let masked = mask(&format!("{before}{number}{after}"));
            prop_assert_eq!(masked.chars().filter(char::is_ascii_digit).count(), 5);
            prop_assert_eq!(masked.chars().count(), before.len() + number.len() + after.len());
        }
    }
}
