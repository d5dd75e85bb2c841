//! A local stand-in for the `WhatsApp` Business Cloud API: messages, and the lookups before they are sent.
//!
//! It listens on this machine, checks the bearer token and the payload as strictly as the real API is known to, answers
//! in its shapes and codes, keeps its pace limits, and misbehaves on request in the ways a network and a large service
//! do. It lists message templates, checks messages against them, and reports the limits of its number. Its [`Inbox`] has
//! the received requests. It forwards nothing.
//!
//! Belongs here: everything the stand-in needs. Does not belong here: anything of the rest of the crate. It
//! shares no types and no constants with the program that it tests, so that a mistake in one is found by the other.

mod address;
mod answer;
mod api;
mod codes;
mod config;
mod draw;
mod fault;
mod faults;
mod ids;
mod inbox;
mod number;
mod origin;
mod pace;
mod pages;
mod query;
pub mod rules;
mod server;
mod templates;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use fault::{Fault, FaultError};
pub use inbox::{Inbox, Record, Stats};
pub use number::TIERS;
pub use server::Sandbox;
pub use templates::{SandboxTemplates, TemplatesError};
