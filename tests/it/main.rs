//! Integration tests, linked as one binary: everything here goes through the program and a sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod faults;
mod layers;
mod results;
mod retry;
mod run;
mod secrets;
mod signals;
mod support;
