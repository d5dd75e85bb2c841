//! Rowcast sends one API request for every row of a list, as a recipe says. It sends no row twice unless you ask.
//!
//! This is the library behind the program `rowcast`. The README says how to use the program; `ARCHITECTURE.md` explains the
//! design. To use Rowcast from your own program, start with [`app`]: it checks, sends, continues and reads runs.
//!
//! # An example
//!
//! The sandbox stands in for the API: nothing leaves the machine, and no account or token is needed. To send to the API,
//! leave out `sandbox` and give the connection a `token`.
//!
//! ```
//! use rowcast::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let recipe = folder.path().join("hello.yaml");
//! std::fs::write(folder.path().join("people.csv"), "phone,name\n+4915123456789,Ann\n")?;
//! std::fs::write(&recipe, "\
//! version: 1
//! connection: { type: whatsapp, phone-number-id: '106540352242922' }
//! task: send-text-message
//! data: people.csv
//! input: { to: '{{ phone }}', body: 'Hello {{ name }}', preview-url: false }
//! ")?;
//! let options = RunOptions {
//!     source: SourceOptions { recipe, ..SourceOptions::default() },
//!     sandbox: Some(SandboxOptions::default()),
//!     ..RunOptions::default()
//! };
//! let campaign = Campaign::open(options, &mut Silent)?;
//! let Preparation::Ready(prepared) = campaign.prepare(&mut Silent)? else { panic!("the recipe or a row is invalid") };
//! assert_eq!(prepared.tally().ready, 1);
//! let outcome = prepared.start(&mut Silent, &Stop::default(), &StageBreak::End, &mut Silent)?;
//! let results = outcome.summary.ok().and_then(|summary| summary.results).expect("the run folder has results");
//! assert!(std::fs::read_to_string(results)?.contains("+4915123456789,Ann,1,accepted,"));
//! # Ok(())
//! # }
//! ```
//!
//! [`Campaign::open`](app::Campaign::open) reads recipe, connection and list. [`prepare`](app::Campaign::prepare) checks every
//! row and sends nothing. [`start`](app::Prepared::start) creates the run and sends; its [`Outcome`](app::Outcome) names the
//! results file and counts the rows by state. [`Silent`](app::Silent) ignores what is reported meanwhile: implement
//! [`Observer`](app::Observer) to receive problems, and [`Reporter`](report::Reporter) to receive events.
//!
//! # Layers
//!
//! A room (a module of this crate) imports only rooms below it. A test reads the sources and checks this.
//!
//! | layer | rooms |
//! |---|---|
//! | 5 edge | [`cli`] |
//! | 4 application | [`app`] |
//! | 3 composition | [`run`] |
//! | 2 outside world | [`connectors`], [`rows`], [`ledger`], [`run_folder`], [`results`], [`report`], [`plan`] |
//! | 1 pure core | [`recipe`], [`template`], [`exec`] |
//! | 0 ground | [`model`], [`diag`], [`phone`], [`schedule`], [`page`], [`files`], [`sandbox`] |
//!
//! # The path of one row
//!
//! A recipe is parsed and prepared for the columns of a list; the result is a plan. The plan turns a row into a request, or
//! lists everything that is wrong with it. The executor reports each request to the committer, which writes the intent to the
//! ledger and acknowledges it. Then the connector sends the request once and reads the answer, and the committer writes the
//! outcome. Results, summary and exit code are read from the ledger.

pub mod app;
pub mod cli;
pub mod connectors;
pub mod diag;
pub mod exec;
pub mod files;
pub mod ledger;
pub mod memory;
pub mod model;
pub mod page;
pub mod phone;
pub mod plan;
pub mod recipe;
pub mod report;
pub mod results;
pub mod rows;
pub mod run;
pub mod run_folder;
pub mod sandbox;
pub mod schedule;
pub mod template;

/// What a program needs to send a list: `use rowcast::prelude::*;`.
pub mod prelude {
    pub use crate::app::{Campaign, Preparation, RunOptions, SandboxOptions, Silent, SourceOptions, StageBreak};
    pub use crate::exec::Stop;
}
