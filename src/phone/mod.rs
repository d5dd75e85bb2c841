//! Phone numbers: from the text in a list to international form.
//!
//! Belongs here: reading a number, or explaining why it cannot be read. Does not belong here: connectors, rows, files.
//!
//! A number is never guessed. Meta prepends the *sender's* country code to a number without `+` (Meta, Send Messages),
//! which reaches a stranger. So every number that this room returns has its `+`.

mod country;
mod e164;
mod error;
mod excerpt;
mod number;
mod numbering_plan;
mod person;
mod plan;

pub use country::country_of;
pub use e164::e164;
pub use error::PhoneError;
pub use number::Phone;
pub use person::person;
pub use plan::{Country, LineType, UnknownCountry, line};

#[cfg(test)]
mod tests;
