//! Integration tests, linked as one binary: everything here goes through the program and a sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod layers;
mod newcomer;
mod run;
mod support;
