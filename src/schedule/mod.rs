//! When a row may leave: sending windows, time zones and stages.
//!
//! Belongs here: functions of a given time. Does not belong here: a clock, waiting, and rows.

mod stages;
mod window;
mod zone;
mod zones;

pub use stages::{Share, Stage, Stages};
pub use window::{Gate, Window};
pub use zone::{distance, moment, zone};
pub use zones::zone_of_country;
