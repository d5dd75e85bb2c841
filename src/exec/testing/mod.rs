//! Test doubles for the executor's ports: a scripted connector, a record of what it received, and two clocks. The tests
//! of `exec` and of `run` share them.

mod scripted_connector;
mod send_record;
mod set_clock;
mod virtual_clock;

pub(crate) use scripted_connector::{MISDIRECTED, ScriptedConnector};
pub(crate) use send_record::Sent;
pub(crate) use set_clock::SetClock;
pub(crate) use virtual_clock::VirtualClock;
