//! A local stand-in for the messages endpoint of the `WhatsApp` Business Cloud API.
//!
//! It listens on this machine, checks the bearer token and the payload as strictly as the real API is known to, answers
//! in its shapes and codes, keeps its pace limits, and misbehaves on request in the ways a network and a large service
//! do. What it received stands in its [`Inbox`]. Nothing is ever passed on to anyone.
//!
//! Belongs here: everything the stand-in needs. Does not belong here: anything of the rest of the crate. An honest
//! stranger shares no types and no constants with the program it tests, so that a mistake in one is seen by the other.

mod answer;
mod api;
mod codes;
mod config;
mod draw;
mod fault;
mod faults;
mod ids;
mod inbox;
mod origin;
mod pace;
mod pages;
pub mod rules;
mod server;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use fault::{Fault, FaultError};
pub use inbox::{Inbox, Record, Stats};
pub use server::Sandbox;
