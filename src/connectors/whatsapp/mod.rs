//! The WhatsApp Business Cloud API.
//!
//! Belongs here: what Meta's pages say about requests and answers. Does not belong here: how bytes travel, and when.

pub mod classify;
mod codes;
mod connection;
mod connector;
mod id;
mod lookup;
mod seen_ids;
pub mod tasks;
pub mod template_contract;
mod wait;

pub(super) use connection::ENTRY;

/// Where the API lives, unless a connection names another place.
pub const BASE_URL: &str = "https://graph.facebook.com";

/// The version of the Graph API that requests are made for, unless a connection names another.
pub const API_VERSION: &str = "v23.0";
