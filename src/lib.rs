//! Rowcast: a declarative batch runner driven by recipe files.

pub mod cli;
pub mod connectors;
pub mod diag;
pub mod exec;
pub mod ledger;
pub mod model;
pub mod phone;
pub mod plan;
pub mod recipe;
pub mod report;
pub mod results;
pub mod rows;
pub mod run;
pub mod sandbox;
pub mod template;
