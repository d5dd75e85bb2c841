//! A place on the map.

use serde::Serialize;

use crate::connectors::fields::{Decimal, Fields, required};
use crate::model::{Field, Kind};

/// Degrees north.
pub(super) const LATITUDE: Field = required(
    "latitude",
    Kind::Number { min: -90.0, max: 90.0 },
    "Degrees north, from -90 to 90, with a decimal point.",
);

/// Degrees east.
pub(super) const LONGITUDE: Field = required(
    "longitude",
    Kind::Number { min: -180.0, max: 180.0 },
    "Degrees east, from -180 to 180, with a decimal point.",
);

/// The name of the place.
pub(super) const LOCATION_NAME: Field = required("location-name", Kind::Text, "The name of the place.");

/// The address of the place.
pub(super) const ADDRESS: Field = required("address", Kind::Text, "The address of the place.");

/// A location object. Its coordinates are JSON numbers in a message and JSON strings in a template's header: Meta's
/// examples have them so, though its schema does not tell them apart.
#[derive(Serialize)]
pub(super) struct Location<'a, Degrees> {
    latitude: Degrees,
    longitude: Degrees,
    name: &'a str,
    address: &'a str,
}

impl<'a> Location<'a, Decimal> {
    /// Reads the four fields of a place.
    pub(super) fn read(fields: &mut Fields<'a>) -> Self {
        Self {
            latitude: fields.number(LATITUDE.name, ". Are latitude and longitude swapped?"),
            // Nothing that is too large for a longitude would be a latitude.
            longitude: fields.number(LONGITUDE.name, ""),
            name: fields.text(LOCATION_NAME.name),
            address: fields.text(ADDRESS.name),
        }
    }

    /// The same place with its coordinates as text.
    pub(super) fn in_words(self) -> Location<'a, String> {
        let Self { latitude, longitude, name, address } = self;
        Location { latitude: latitude.to_string(), longitude: longitude.to_string(), name, address }
    }
}
