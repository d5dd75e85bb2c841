//! Rowcast sends one API request for every row of a list, as a recipe says, and never a row twice unasked.
//!
//! This is the library behind the program `rowcast`. The README says how to use the program; `ARCHITECTURE.md` has the
//! layers, which a test holds to what the sources import.
//!
//! # Layers
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
//! A recipe is parsed and prepared for the columns of a list; that is a plan. The plan turns a row into a request or says
//! everything that is wrong with it. The executor reports each request to the committer before it leaves; the committer writes the
//! intent to the ledger, then acknowledges it. The connector sends it once and reads the answer; the committer writes the outcome.
//! Results, summary and exit code are read from the ledger.
//!
//! Here a row goes that way without executor and ledger, to a sandbox:
//!
//! ```
//! use std::time::Duration;
//!
//! use rowcast::connectors::{Environment, read_connection};
//! use rowcast::diag::{Problems, Source};
//! use rowcast::model::{Attempt, Reply, RunToken};
//! use rowcast::plan::{Plan, Verdict};
//! use rowcast::recipe::{find_connection, parse};
//! use rowcast::rows::{Csv, Options};
//! use rowcast::sandbox::{Config, Sandbox};
//! use rowcast::template::Engine;
//!
//! let sandbox = Sandbox::start(Config::default()).unwrap();
//! let connections = format!("acme: {{ type: whatsapp, token: '{{{{ env.TOKEN }}}}', phone-number-id: '106', base-url: '{}' }}", sandbox.url());
//! let recipe = parse(&Source::new("hello.yaml", "\
//! version: 1
//! connection: acme
//! task: send-text-message
//! input: { to: '{{ phone }}', body: 'Hello {{ name }}', preview-url: false }
//! ")).unwrap();
//!
//! let (engine, mut problems, env) = (Engine::new(None), Problems::default(), Environment::fixed([("TOKEN", "secret")]));
//! let text = find_connection(&Source::new("connections.yaml", connections), "acme").unwrap();
//! let connection = read_connection(&text, &env, &mut problems).unwrap();
//! let mut rows = Csv::open("phone,name\n+4915123456789,Ann\n".as_bytes(), &Options::default()).unwrap();
//! let task = connection.entry.tasks.iter().find(|task| task.short() == recipe.task).unwrap();
//! let plan = Plan::prepare(&engine, &recipe, &[], &rows.header().clone(), task, connection.endpoint.clone(), &mut problems);
//! assert!(problems.is_empty());
//!
//! let row = rows.next().unwrap().unwrap();
//! let (number, line) = (row.number, row.line);
//! let Verdict::Ready(request, _) = plan.verdict(&plan.scope(row), number, line) else { panic!("it is valid") };
//! let connector = connection.open(&env, Duration::from_secs(5)).unwrap();
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! let attempt = Attempt { run: RunToken::derived("an example"), row: number, number: 1 };
//! let answer = runtime.block_on(connector.send(&request, attempt));
//! let Reply::Accepted { id, .. } = answer.reply else { panic!("the sandbox takes it") };
//! assert_eq!(sandbox.inbox().message_ids("+4915123456789"), [id]);
//! ```

pub mod app;
pub mod cli;
pub mod connectors;
pub mod diag;
pub mod exec;
pub mod files;
pub mod ledger;
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
