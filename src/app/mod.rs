//! The application: the operations that every front end offers, such as a command line, a web page or your own program.
//!
//! It takes options as plain data, returns typed results, and reports problems and notes to an [`Observer`]. It prints nothing
//! and does not depend on the command line.
//!
//! | to | call |
//! |---|---|
//! | check a recipe and its list | [`check`] |
//! | preview the messages | [`DryRun::open`], [`DryRun::render`] |
//! | send | [`Campaign::open`], [`Campaign::prepare`], [`Prepared::start`] |
//! | continue a run, or retry its failed rows | [`Continuation::open`], [`Continuation::prepare`], [`Resumable::start`] |
//! | open a run to read it | [`OpenRun::open`] |
//! | write its results again | [`export`], [`export_to_file`] |
//! | explain one of its rows | [`explain_row`] |
//! | write its report, one HTML page | [`write_report`] |
//! | forget runs, or a person | [`Forgetting::open`], [`Forgetting::carry_out`] |
//! | find the people who opted out | [`opted_out`], [`add_to_list`] |
//!
//! A call fails with an [`Error`], which holds every problem that was found. The [first page](crate#an-example) of these
//! documents has an example.

pub(crate) mod checks;
mod error;
pub(crate) mod inputs;
mod observer;
pub(crate) mod outcomes;
pub(crate) mod sessions;

pub use checks::check::{CheckReport, check};
pub use checks::preflight::Preflight;
pub use checks::preview::{DryRun, PageOptions, Rendering};
pub use error::{Error, ErrorKind};
pub(crate) use inputs::NOT_KEPT;
pub(crate) use inputs::data::data_problem;
pub use inputs::options::{
    CheckOptions, ResumeOptions, RetryOptions, RunOptions, SandboxOptions, SecretOptions, SourceOptions,
};
pub use inputs::project::{Project, run_address, runs_dir};
pub use inputs::settings::StageBreak;
pub use observer::{Notice, Observer, Silent};
pub use outcomes::explain::{Rendered, RowStory, explain_row};
pub use outcomes::export::{ExportFormat, ExportOptions, export, export_to_file};
pub use outcomes::find::{FoundRow, find_person};
pub use outcomes::forget::{Forget, Forgetting};
pub use outcomes::open_run::{OpenRun, Revision};
pub use outcomes::outcome::{Outcome, Summary};
pub use outcomes::report::write_report;
pub use outcomes::suppression::{add_to_list, list_of, opted_out};
pub use sessions::resume::{Claim, Continuation, NextRows, NothingLeft, Resumable};
pub use sessions::start::{Campaign, Preparation, Prepared};
