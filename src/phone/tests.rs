use proptest::prelude::*;

use super::*;

fn country(code: &str) -> Option<Country> {
    (!code.is_empty()).then(|| code.parse().unwrap())
}

fn read(text: &str, home: &str) -> String {
    match e164(text, country(home)) {
        Ok(phone) => phone.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn numbers_that_are_read() {
    for (text, home, sent) in [
        ("+1 (650) 555-1234", "", "+16505551234"),
        ("+1 (650) 555-1234", "DE", "+16505551234"),
        ("0049 151 23456789", "", "+4915123456789"),
        ("4915123456789", "", "+4915123456789"),
        ("4915123456789", "DE", "+4915123456789"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("(0)151/23456789".replace('/', " ").as_str(), "DE", "+4915123456789"),
        ("16505551234", "US", "+16505551234"),
        ("+15550001", "", "+15550001"),
        ("+49\u{a0}151\u{2009}234\u{2013}567\u{2212}89", "", "+4915123456789"),
        ("+49.151.23456789\r\n", "", "+4915123456789"),
        ("+49 171.392.0011", "", "+491713920011"),
        ("0171.3920010", "DE", "+491713920010"),
        ("+49.151.2345678.9.", "", "+4915123456789"),
        ("+49 151.2345678-00", "", "+49151234567800"),
        ("\u{202a}+49 151 23456789\u{202c}", "", "+4915123456789"),
        ("\u{feff}+49151\u{200b}234\u{ad}567\u{2060}89\u{2069}", "", "+4915123456789"),
        ("\u{200e}0151 23456789", "DE", "+4915123456789"),
        ("+1234567", "", "+1234567"),
        ("+123456789012345", "", "+123456789012345"),
        ("+39 06 1234 5678", "", "+390612345678"),
        ("390612345678", "", "+390612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("+7 812 123-45-67", "", "+78121234567"),
        ("78121234567", "", "+78121234567"),
        ("8121234567", "RU", "+78121234567"),
        ("8 812 123-45-67", "RU", "+78121234567"),
        ("491601234567", "DE", "+491601234567"),
        ("392 123 4567", "IT", "+393921234567"),
        ("55 11 96123-4567", "", "+5511961234567"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
    ] {
        assert_eq!(read(text, home), sent, "{text:?} in {home:?}");
    }
}

#[test]
fn numbers_that_are_refused() {
    for (text, home, message) in [
        ("", "DE", "required, but empty"),
        (" \u{a0}", "DE", "required, but empty"),
        (
            "5.59E+12",
            "DE",
            "\"5.59E+12\" is a number that Excel has shortened; its digits are lost. \
             Format the column as text and export again",
        ),
        (
            "5,59e+12",
            "",
            "\"5,59e+12\" is a number that Excel has shortened; its digits are lost. \
             Format the column as text and export again",
        ),
        (
            "628123456789.0",
            "",
            "\"628123456789.0\" ends in .0: a spreadsheet or a program has made a decimal of the number. Format the column as \
             text and export again, or cut it off: \
             {% set n = row['COLUMN'] | trim %}{{ n[:-2] if n is endingwith('.0') else n }}",
        ),
        (
            "0171.39200.00",
            "DE",
            "\"0171.39200.00\" ends in .00: a spreadsheet or a program has made a decimal of the number. Format the column as \
             text and export again, or cut it off: \
             {% set n = row['COLUMN'] | trim %}{{ n[:-3] if n is endingwith('.00') else n }}. \
             If the zeros are digits of the number, write it without points",
        ),
        ("12.0a", "", "\"12.0a\" is not a phone number: 'a' does not belong in one"),
        ("12,5", "", "\"12,5\" is not a phone number: ',' does not belong in one"),
        ("+49 (0)30 1234", "", "\"+49 (0)30 1234\": leave out the (0)"),
        ("0049(0)30 1234", "DE", "\"0049(0)30 1234\": leave out the (0)"),
        ("12a45", "", "\"12a45\" is not a phone number: 'a' does not belong in one"),
        (
            "'+49151234567",
            "",
            "\"'+49151234567\" is a number with an apostrophe before it, which marks it as text in spreadsheets. \
             Export plain values, or remove it: \"{{ row['COLUMN'] | trim(\\\" '\\\") }}\"",
        ),
        (
            " =\"0151 234567\"",
            "DE",
            "\" =\\\"0151 234567\\\"\" is a number with a formula around it, which marks it as text in spreadsheets. \
             Export plain values, or remove it: \"{{ row['COLUMN'] | trim(' =\\\"') }}\"",
        ),
        ("='+49151234567'", "", "\"='+49151234567'\" is not a phone number: '=' does not belong in one"),
        ("'ask Ann", "", "\"'ask Ann\" is not a phone number: ''' does not belong in one"),
        ("12'45", "", "\"12'45\" is not a phone number: ''' does not belong in one"),
        ("\u{202a}\u{202c}", "", "required, but empty"),
        (
            "+49151\u{2065}23456789",
            "",
            "\"+49151\\u{2065}23456789\" is not a phone number: U+2065 does not belong in one",
        ),
        (
            "+49 151 23456789 ::: +49 30 1234567",
            "",
            "\"+49 151 23456789 ::: +49 30 1234567\" contains several numbers; use one of them, for example the first: \
             {{ row['COLUMN'] | split(' ::: ') | first }}",
        ),
        ("49+151", "", "\"49+151\" is not a phone number: '+' does not belong in one"),
        ("00+49151", "", "\"00+49151\" is not a phone number: '+' does not belong in one"),
        ("٣٤٥٦٧٨٩", "", "\"٣٤٥٦٧٨٩\" is not a phone number: '٣' does not belong in one"),
        ("+12", "", "\"+12\": a phone number has 7 to 15 digits after the + and does not begin with 0"),
        (
            "+0123456789",
            "DE",
            "\"+0123456789\": a phone number has 7 to 15 digits after the + and does not begin with 0",
        ),
        (
            "+1234567890123456",
            "",
            "\"+1234567890123456\": a phone number has 7 to 15 digits after the + and does not begin with 0",
        ),
        (
            "0151 23456789",
            "",
            "\"0151 23456789\" has no country code. Write +<country code>…, or set default-country in the connection",
        ),
        (
            "15550001",
            "",
            "\"15550001\" has no country code. Write +<country code>…, or set default-country in the connection",
        ),
        ("()", "", "\"()\" has no country code. Write +<country code>…, or set default-country in the connection"),
        ("6598551234", "US", "\"6598551234\" may be +6598551234 or, in US, +16598551234. Write it with +"),
        ("3906123456", "IT", "\"3906123456\" may be +3906123456 or, in IT, +393906123456. Write it with +"),
        ("15550001", "DE", "\"15550001\" is not a valid number, neither international nor in DE"),
    ] {
        assert_eq!(read(text, home), message, "{text:?} in {home:?}");
    }
}

#[test]
fn a_decimal_is_not_read_as_digits() {
    for (text, home) in [
        ("628123456789.0", ""),
        ("436641234567.0", ""),
        ("0171 3920011.0", "DE"),
        ("+628123456788.0", ""),
        ("+628123456788,0", ""),
        ("628123456789.00 \u{a0}", ""),
        ("(628123456789.0)", ""),
        ("628123456789. 0", ""),
        ("628.123.456.789,0", ""),
        ("628,123,456,789.0", ""),
        ("628123456789.0.", ""),
        ("\u{feff}628123456789\u{200b}.0", ""),
        ("0.0", ""),
    ] {
        let error = e164(text, country(home)).unwrap_err();
        assert!(matches!(error, PhoneError::Decimal { .. }), "{text:?}: {error}");
    }
}

#[test]
fn a_trunk_zero_behind_the_country_code_is_refused() {
    for (text, probably) in [
        ("+49 0151 23456781", "+4915123456781"),
        ("+49015123456781", "+4915123456781"),
        ("(+49) 0151 23456781", "+4915123456781"),
        ("0049 0151 23456781", "+4915123456781"),
        ("+44 07911 123456", "+447911123456"),
        ("+39 0347 1234567", "+393471234567"),
        ("+1 0650 253 0000", "+16502530000"),
    ] {
        let message = format!("{text:?}: leave out the 0 after the country code; the number is probably {probably}");
        assert_eq!(read(text, ""), message);
        assert_eq!(read(text, "DE"), message);
    }
    // Without the + it would be a landline in Germany, in an area that begins with 49.
    for (text, home, probably) in [
        ("49 0171 3920011", "DE", "+491713920011"),
        ("49015123456781", "DE", "+4915123456781"),
        ("44 07911 123456", "GB", "+447911123456"),
    ] {
        let message = format!("{text:?}: leave out the 0 after the country code; the number is probably {probably}");
        assert_eq!(read(text, home), message);
    }
    assert_eq!(read("04902 12345", "DE"), "+49490212345");
    // Made up, with or without the zero.
    assert_eq!(read("+49 01 2345", ""), "+49012345");
    assert_eq!(read("+999 0123456", ""), "+9990123456");
}

#[test]
fn a_zero_behind_the_country_code_stays_where_the_plan_knows_it() {
    let (mut refused, mut kept) = (0, 0);
    for plan in phonenumber::metadata::DATABASE.iter() {
        let code = plan.country_code();
        let kinds = plan.descriptors();
        for example in [kinds.mobile(), kinds.fixed_line()].into_iter().flatten().filter_map(|kind| kind.example()) {
            let (number, zero) = (format!("+{code}{example}"), format!("+{code}0{example}"));
            assert_eq!(read(&number, ""), number, "{}", plan.id());
            match e164(&zero, None) {
                Ok(phone) => {
                    assert!(line(phone.as_str()).is_some(), "{zero} is known to nobody");
                    kept += 1;
                }
                Err(error) => {
                    assert!(line(&zero).is_none(), "{zero} is known: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(kept > 0 && refused > 100, "{kept} {refused}");
}

#[test]
fn digits_keep_their_meaning() {
    // A trunk zero after the country code makes another number; dropping it would be a guess.
    assert!(e164("490151 23456789", None).is_err());
    // The international prefix of the US does not make a US number.
    assert!(e164("011 49 151 23456789", country("US")).is_err());
}

#[test]
fn every_country_knows_its_own_examples() {
    for plan in phonenumber::metadata::DATABASE.iter() {
        let (code, examples) = (plan.country_code(), plan.descriptors());
        for example in
            [examples.mobile(), examples.fixed_line()].into_iter().flatten().filter_map(|kind| kind.example())
        {
            let number = format!("{code}{example}");
            assert_eq!(read(&number, ""), format!("+{number}"), "{}", plan.id());
        }
    }
}

#[test]
fn an_unknown_number_is_only_worth_a_warning() {
    for (phone, kind) in [
        ("+16505551234", Some(LineType::Mobile)),
        ("+4915123456789", Some(LineType::Mobile)),
        ("+442079460123", Some(LineType::Fixed)),
        ("+49301234567", Some(LineType::Fixed)),
        ("+498001234567", Some(LineType::Other)),
        ("+15550001", None),
        ("+4915", None),
        ("16505551234", None),
    ] {
        assert_eq!(line(phone), kind, "{phone}");
    }
}

#[test]
fn a_country_that_does_not_exist() {
    let error = "XQ".parse::<Country>().unwrap_err();
    assert_eq!(error.to_string(), "\"XQ\" is not a country code; write the two letters of ISO 3166, for example DE");
    for (code, meant) in [("UK", "GB"), ("USA", "US"), ("us", "US"), ("Germany", "DE"), ("+49", "DE"), ("0055", "BR")] {
        let error = code.parse::<Country>().unwrap_err();
        assert_eq!(error.to_string(), format!("{code:?} is not a country code; write {meant}"));
        assert!(meant.parse::<Country>().is_ok());
    }
    assert!("+1".parse::<Country>().unwrap_err().to_string().contains("US"));
}

#[test]
fn a_long_cell_is_cut_in_the_message() {
    let message = e164(&"9".repeat(10_000), country("DE")).unwrap_err().to_string();
    assert!(message.len() < 200, "{message}");
}

/// Texts that resemble numbers.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[+0]{0,3}[0-9 .()-]{0,22}",
        "\\+[1-9][0-9]{6,14}",
        "[0-9]{1,3}[.,][0-9]{0,3}[eE][+-]?[0-9]{1,3}",
        "[+0]{0,2}[0-9]{6,14}[.,]0{1,3} ?",
    ]
}

proptest! {
    #[test]
    fn a_result_is_a_plus_and_digits_and_stays_as_it_is(text in texts(), home in "(|DE|US|IT|SG|BR|MX|AR|RU|GB)") {
        if let Ok(phone) = e164(&text, country(&home)) {
            let digits = phone.as_str().strip_prefix('+').unwrap();
            prop_assert!((7..=15).contains(&digits.len()));
            prop_assert!(digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0'));
            prop_assert_eq!(&e164(phone.as_str(), country(&home)), &Ok(phone.clone()));
            let _ = line(phone.as_str());
            let _ = person(phone.as_str());
        }
    }

    #[test]
    fn zeros_behind_the_last_point_are_never_digits(
        number in "[+0]{0,3}[1-9][0-9 .()-]{2,16}[0-9]",
        ending in "[.,] ?0{1,4}[ .)]{0,2}",
        home in "(|DE|US|IT|BR|AR|ID)",
    ) {
        let text = number + &ending;
        prop_assert!(e164(&text, country(&home)).is_err(), "{:?}", text);
    }
}
