//! The commands, one file for each command of `rowcast --help`.

pub(super) mod check;
pub(super) mod dry_run;
pub(super) mod find;
pub(super) mod forget;
pub(super) mod init;
pub(super) mod man;
pub(super) mod report;
pub(super) mod results;
pub(super) mod resume;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod sandbox;
pub(super) mod schema;
pub(super) mod show;
pub(super) mod suppress;
pub(super) mod tasks;
pub(super) mod templates;
