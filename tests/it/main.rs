//! Integration tests, linked as one binary: everything here goes through the program and a sandbox, or through a
//! connector and a sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
mod chaos;
mod connector;
mod data;
mod diagnostics;
#[cfg(target_os = "linux")]
mod disk_full;
mod dry_run;
mod layers;
#[cfg(target_os = "linux")]
mod memory;
mod recipes;
mod refusals;
mod run;
mod support;
