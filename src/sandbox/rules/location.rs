//! Places.
//!
//! Belongs here: a location in a message, where coordinates are numbers, and in a template header, where they are text.

use super::node::JsonNode;
use super::refusal::{Check, Refusal};

const KEYS: [&str; 4] = ["latitude", "longitude", "name", "address"];
const COORDINATES: [(&str, f64); 2] = [("latitude", 90.0), ("longitude", 180.0)];

/// A location message; name and address are optional in it.
pub(super) fn message(location: &JsonNode) -> Check {
    location.only(&KEYS)?;
    for (key, most) in COORDINATES {
        let coordinate = location.required(key)?;
        within(&coordinate, coordinate.number()?, most)?;
    }
    for key in ["name", "address"] {
        if let Some(text) = location.optional(key)? {
            text.text_up_to(usize::MAX)?;
        }
    }
    Ok(())
}

/// A location header; Meta's page on template components asks for all four.
pub(super) fn header(location: &JsonNode) -> Check {
    location.only(&KEYS)?;
    for (key, most) in COORDINATES {
        let coordinate = location.required(key)?;
        within(&coordinate, decimal(&coordinate)?, most)?;
    }
    for key in ["name", "address"] {
        location.required(key)?.text_up_to(usize::MAX)?;
    }
    Ok(())
}

fn decimal(coordinate: &JsonNode) -> Result<f64, Refusal> {
    let text = coordinate.text_up_to(usize::MAX)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| plain).ok_or_else(|| coordinate.not_valid("wanted a decimal number"))
}

fn within(place: &JsonNode, coordinate: f64, most: f64) -> Check {
    if (-most..=most).contains(&coordinate) {
        return Ok(());
    }
    Err(place.not_valid(&format!("must be from -{most} to {most}")))
}
