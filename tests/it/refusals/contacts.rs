//! Contact cards.

use super::{CARD, case, refusals};

#[test]
fn contacts() {
    insta::assert_snapshot!(refusals(&[
        case(CARD, "first-name: Ann, birthday: \"{{ x }}\"", "1984-02-29", &["02/01/1990", "1990-02-30"]),
        case(CARD, "first-name: Ann, email: \"{{ x }}\"", "a@x.de", &["a b@x.de"]),
        case(CARD, "first-name: Ann, email-type: \"{{ x }}\"", "HOME", &["CELL"]),
        case(CARD, "first-name: Ann, phone-number-type: \"{{ x }}\"", "IPHONE", &["home"]),
        case(CARD, "first-name: \"{{ x }}\", last-name: Cole", "Ann", &[""]),
        case(
            CARD,
            "first-name: Ann, phone-number: 1, phone-number-type: \"{{ x }}\", email: a@x.de, email-type: WORK",
            "",
            &["none"],
        ),
        case(CARD, "first-name: Ann, email: a@x.de, email-type: \"{{ x }}\"", "", &["none"]),
    ]));
}
