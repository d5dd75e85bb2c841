//! Two spellings of one number: some countries added a digit to mobile numbers, so that old and new lists differ.
//!
//! Used only to decide whether two numbers reach the same person. A message is always sent to the number as it was
//! read.

use std::borrow::Cow;

/// The key of the person behind a number in international form, equal for every spelling of that number.
///
/// - Brazil: mobile numbers got a 9 before their eight digits (Anatel, 2012–2016); `WhatsApp` knows many by the old form.
/// - Mexico: mobile numbers were written `+52 1 …` until 2019 (IFT, Plan Técnico Fundamental de Numeración).
/// - Argentina: mobile numbers have a 9 behind the country code when called from abroad, and none within it.
///
/// ```
/// use rowcast::phone::person;
/// assert_eq!(person("+5511961234567"), person("+551161234567"));
/// assert_eq!(person("+5215512345678"), person("+525512345678"));
/// assert_eq!(person("+5491123456789"), person("+541123456789"));
/// assert_eq!(person("+4915123456789"), "+4915123456789");
/// ```
pub fn person(phone: &str) -> Cow<'_, str> {
    let without = |from: usize, to: usize| Cow::Owned([&phone[..from], &phone[to..]].concat());
    match phone.as_bytes() {
        // +55, two digits of area, 9, and the eight digits of the old mobile number. Without the 9, a number that
        // begins with 2 to 5 would be a landline.
        [b'+', b'5', b'5', _, _, b'9', b'6'..=b'9', ..] if phone.len() == "+55aa9nnnnnnnn".len() => without(5, 6),
        [b'+', b'5', b'2', b'1', ..] if phone.len() == "+521nnnnnnnnnn".len() => without(3, 4),
        [b'+', b'5', b'4', b'9', ..] if phone.len() == "+549nnnnnnnnnn".len() => without(3, 4),
        _ => Cow::Borrowed(phone),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_person_are_one_and_others_are_not() {
        for (one, other) in [
            ("+5511961234567", "+551161234567"),
            ("+5521998765432", "+552198765432"),
            ("+5215512345678", "+525512345678"),
            ("+5491123456789", "+541123456789"),
        ] {
            assert_eq!(person(one), person(other), "{one} {other}");
        }
        for (one, other) in [
            // A mobile number that without the 9 would be a landline of the same area.
            ("+5511931234567", "+551131234567"),
            ("+5511961234567", "+5521961234567"),
            // The 1 belongs to the number: an area code of Mexico never begins with it, one of the United States may.
            ("+12125550123", "+2125550123"),
            ("+5215512345678", "+525512345679"),
            ("+549112345678", "+54112345678"),
        ] {
            assert_ne!(person(one), person(other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(phone in "\\+(55|52|521|54|549|49|1)[0-9]{5,12}") {
            let key = person(&phone).into_owned();
            prop_assert_eq!(person(&key), key.as_str());
        }
    }
}
