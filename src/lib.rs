//! Rowcast: a declarative batch runner driven by recipe files.

pub mod connectors;
pub mod diag;
pub mod model;
pub mod phone;
