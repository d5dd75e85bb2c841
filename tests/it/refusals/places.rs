//! Locations.

use super::{Case, PLACE, case, refusals, refused};

#[test]
fn coordinates() {
    let latitude = "latitude: \"{{ x }}\", longitude: 0, location-name: a, address: b";
    let in_a_template = format!("name: a, language-code: en, {latitude}");
    let bad = ["", "25,12", "1e1", "NaN", "91", "-90.0000001"];
    insta::assert_snapshot!(refusals(&[
        case(PLACE, latitude, "-90", &bad),
        case("send-location-based-template-message", &in_a_template, "-90", &bad),
        case(PLACE, "latitude: 0, longitude: \"{{ x }}\", location-name: a, address: b", "180", &["180.5"]),
    ]));
}

#[test]
fn names_and_addresses() {
    insta::assert_snapshot!(refusals(&[
        case(PLACE, "latitude: 0, longitude: 0, address: a, location-name: \"{{ x }}\"", "Store 7", &[""]),
        case(PLACE, "latitude: 0, longitude: 0, location-name: a, address: \"{{ x }}\"", "Store 7", &[""]),
    ]));
}

#[test]
fn all_problems_of_a_row_are_told() {
    let input = "to: \"{{ x }}\", latitude: \"{{ x }}\", longitude: 0, location-name: \"{{ other }}\", address: \"{{ x | money('EUR') }}\"";
    let row = Case { keys: "phone-number-id: 1", ..case(PLACE, input, "12a", &[]) };
    insta::assert_snapshot!(refused(&row).stderr, @r#"
    error: list.csv:2: row 1: address: money: "12a" is not an amount: write digits with a point, such as 1234.50
      column `x`: `12a`
    error: list.csv:2: row 1: to: "12a" is not a phone number: 'a' does not belong in one
      column `x`: `12a`
    error: list.csv:2: row 1: latitude: "12a": write a decimal number with a point
      column `x`: `12a`
    error: list.csv:2: row 1: location-name: required, but empty
      column `other`: empty
    1 row checked: 0 ready to send, 1 invalid; nothing was sent
    "#);
}
