//! Integration tests, linked as one binary: every test uses the program and a sandbox, or a connector and a
//! sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod approval;
mod audience;
#[cfg(target_os = "linux")]
mod bounds;
mod by_name;
#[cfg(target_os = "linux")]
mod chaos;
mod connections;
mod connector;
mod crash;
mod data;
mod diagnostics;
#[cfg(target_os = "linux")]
mod disk_full;
mod dry_run;
#[cfg(target_os = "linux")]
mod earlier;
mod earlier_format;
mod events;
mod exports;
mod faults;
mod find;
mod forget;
mod going_on;
mod harmed;
mod layers;
mod lists;
#[cfg(target_os = "linux")]
mod memory;
mod mute;
mod newcomer;
mod once;
mod pages;
mod project;
mod recipes;
mod refusals;
mod results;
mod retry;
mod revisions;
mod run;
mod sandbox;
mod schedule;
mod schema;
mod secrets;
#[cfg(target_os = "linux")]
mod security;
mod signals;
mod standard_output;
mod support;
mod templates;
#[cfg(target_os = "linux")]
mod terminal;
mod throttling;
mod typed;
mod workbooks;
