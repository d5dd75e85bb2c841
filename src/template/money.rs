//! The filter `money`: formats an amount for a language. It computes with decimal digits, not with floats.

/// Currencies whose minor unit is not a hundredth (ISO 4217).
const MINOR: [(&str, usize); 16] = [
    ("BIF", 0),
    ("CLP", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KRW", 0),
    ("PYG", 0),
    ("RWF", 0),
    ("UGX", 0),
    ("VND", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("BHD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("OMR", 3),
    ("TND", 3),
];

/// Unambiguous currency signs; every other currency is written by its code.
const SIGNS: [(&str, &str); 9] = [
    ("EUR", "€"),
    ("USD", "$"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("BRL", "R$"),
    ("KRW", "₩"),
    ("TRY", "₺"),
    ("ILS", "₪"),
];

/// The format of a language: group mark, decimal mark, and whether the sign comes first.
const LANGUAGES: [(&str, &str, &str, bool); 11] = [
    ("en", ",", ".", true),
    ("de", ".", ",", false),
    ("fr", "\u{202f}", ",", false),
    ("es", ".", ",", false),
    ("it", ".", ",", false),
    ("pt", ".", ",", true),
    ("nl", ".", ",", true),
    ("pl", "\u{a0}", ",", false),
    ("sv", "\u{a0}", ",", false),
    ("tr", ".", ",", true),
    ("id", ".", ",", true),
];

/// Formats `amount` (digits with a point) in `currency` (ISO 4217), rounded half away from zero to its minor unit.
pub(super) fn format(amount: &str, currency: &str, language: &str) -> Result<String, String> {
    let amount = amount.trim();
    let wrong = || format!("\"{amount}\" is not an amount: write digits with a point, such as 1234.50");
    let (negative, digits) = match amount.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, amount.strip_prefix('+').unwrap_or(amount)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(wrong());
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) || currency == "XXX" {
        return Err(format!("\"{currency}\" is not a currency code such as EUR"));
    }
    let primary = language.split(['-', '_']).next().unwrap_or(language);
    let Some((_, group, point, sign_first)) = LANGUAGES.into_iter().find(|(name, ..)| *name == primary) else {
        let known: Vec<&str> = LANGUAGES.iter().map(|(name, ..)| *name).collect();
        return Err(format!("\"{language}\" is not a language that money supports: {}", known.join(", ")));
    };
    let minor = MINOR.into_iter().find(|(code, _)| *code == currency).map_or(2, |(_, minor)| minor);
    let (whole, fraction) = round(whole, fraction, minor);
    let mut number = grouped(&whole, group);
    if minor > 0 {
        number.push_str(point);
        number.push_str(&fraction);
    }
    let minus = if negative && number.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    let sign = SIGNS.into_iter().find(|(code, _)| *code == currency).map(|(_, sign)| sign);
    let shown = sign.unwrap_or(currency);
    Ok(match (sign_first, sign) {
        (true, Some(sign)) if primary == "en" => format!("{minus}{sign}{number}"),
        (true, _) => format!("{minus}{shown}\u{a0}{number}"),
        (false, _) => format!("{minus}{number}\u{a0}{shown}"),
    })
}

/// The whole part and exactly `minor` digits of the fraction.
fn round(whole: &str, fraction: &str, minor: usize) -> (String, String) {
    let mut digits: Vec<u8> =
        whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(minor)).collect();
    if fraction.as_bytes().get(minor).is_some_and(|digit| *digit >= b'5') {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                break;
            }
            at -= 1;
            if digits[at] == b'9' {
                digits[at] = b'0';
            } else {
                digits[at] += 1;
                break;
            }
        }
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let (whole, fraction) = text.split_at(text.len() - minor);
    let trimmed = whole.trim_start_matches('0');
    (if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }, fraction.to_owned())
}

fn grouped(whole: &str, mark: &str) -> String {
    let mut text = String::with_capacity(whole.len() * 2);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (amount, currency, language, result) in [
            ("0", "EUR", "en", "€0.00"),
            ("0.005", "EUR", "en", "€0.01"),
            ("999.995", "USD", "en", "$1,000.00"),
            ("-1234567.891", "GBP", "en", "-£1,234,567.89"),
            ("-0.001", "GBP", "en", "£0.00"),
            ("12345678901234567890.12", "USD", "en", "$12,345,678,901,234,567,890.12"),
            ("1234.5", "JPY", "en", "¥1,235"),
            ("1.2345", "KWD", "en", "KWD\u{a0}1.235"),
            ("1234.5", "EUR", "de-AT", "1.234,50\u{a0}€"),
            ("1234.5", "BRL", "pt_BR", "R$\u{a0}1.234,50"),
            ("007", "CHF", "de", "7,00\u{a0}CHF"),
        ] {
            assert_eq!(format(amount, currency, language).as_deref(), Ok(result), "{amount}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for amount in ["", "1,5", "1e5", "€5", ".", "--1", "NaN"] {
            assert!(format(amount, "EUR", "en").is_err(), "{amount}");
        }
        assert!(format("1", "euro", "en").is_err());
        assert!(format("1", "EUR", "xx").is_err());
    }
}
