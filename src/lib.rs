//! Rowcast: a declarative batch runner driven by recipe files.

pub mod model;
pub mod sandbox;
