//! Phone numbers: from what stands in a list to the `+` and digits that a recipient is addressed by.
//!
//! Belongs here: reading a number and saying why it cannot be read. Does not belong here: anything that knows a
//! connector, a row or a file.
//!
//! A number is never guessed. Meta puts the *sender's* country code before a number without `+` (Meta, Send Messages),
//! which reaches a stranger, so a number leaves here with its `+` or not at all.

mod country;
mod e164;
mod error;
mod excerpt;
mod number;
mod person;
mod plan;
mod table;

pub use country::country_of;
pub use e164::e164;
pub use error::PhoneError;
pub use number::Phone;
pub use person::person;
pub use plan::{Country, Line, UnknownCountry, line};

#[cfg(test)]
mod tests;
