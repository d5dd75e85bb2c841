//! The APIs that rows are sent to. A connector is one folder.
//!
//! Belongs here: what a connection can do, how its requests are built and how its answers are read. Does not belong
//! here: when a request is sent, how often, and what becomes of its row.

pub mod fields;
pub mod whatsapp;
