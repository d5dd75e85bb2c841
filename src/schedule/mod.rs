//! When a row may leave: sending windows, time zones and stages.
//!
//! Belongs here: functions of a moment that is handed in. Does not belong here: a clock, waiting, and what a row is.
