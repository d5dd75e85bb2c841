//! `rowcast sandbox`: a stand-in for the Cloud API on this machine; and the one that `--sandbox` starts.

use std::fmt::Display;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::connectors::whatsapp::template_contract::Pinned;
use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::recipe::Rate;
use crate::sandbox::{Config, Sandbox, Templates, TemplatesError};

use crate::cli::args::{BehaviourArgs, SandboxArgs};
use crate::cli::connections::Connections;
use crate::cli::exit::{Exit, Failure};
use crate::cli::process::signals;
use crate::cli::terminal::console;

/// Runs the command until it is interrupted.
pub(in crate::cli) fn sandbox(args: &SandboxArgs) -> Result<Exit, Failure> {
    let usage = |problem| Failure::new(Exit::Usage, problem);
    let throughput = match args.throughput.as_str() {
        "unlimited" => None,
        rate => {
            let rate: Rate =
                rate.parse().map_err(|error: String| usage(Problem::new(format!("--throughput: {error}"))))?;
            Some(per_second(rate))
        }
    };
    let config = Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        token: args.token.clone(),
        throughput,
        pair_limit: true,
        tier: args.tier.clone(),
        templates: args.templates.as_deref().map(templates).transpose()?,
        strict_templates: args.strict_templates,
        ..behaviour(&args.behaviour)
    };
    let sandbox = start(config)?;
    let url = sandbox.url();
    // Whoever gave it knows it, and a terminal is looked at by others.
    let token = if args.token.is_some() { "the one given" } else { "anything" };
    console::tell(&format!(
        "The sandbox listens at {url} until Ctrl-C: open it in a browser to see what comes in. A connection reaches it with\n\n  base-url: {url}\n  token: {token}\n\n"
    ));
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| Failure::new(Exit::Bug, Problem::new(error.to_string())))?;
    while !stop.is_draining() {
        std::thread::sleep(Duration::from_millis(50));
    }
    let stats = sandbox.inbox().stats();
    sandbox.stop();
    console::tell(&format!(
        "{} requests, {} messages delivered, {} lookups\n",
        stats.requests, stats.delivered, stats.lookups
    ));
    Ok(Exit::Done)
}

/// A sandbox for one run. It ends with this.
pub(in crate::cli) struct Rehearsal(Sandbox);

impl Rehearsal {
    /// Starts a sandbox each of whose numbers may send as much as the fastest connection does, and points the connections to it.
    /// It has the templates of the accounts as far as they are known, and none of its own: one of the same name would be another.
    pub(in crate::cli) fn start(
        connections: &mut Connections,
        args: &BehaviourArgs,
        pinned: &[Option<Pinned>],
    ) -> Result<Self, Failure> {
        let known = pinned.iter().flatten().flat_map(|pinned| pinned.templates.iter());
        let known: Vec<Value> = known.map(|template| template.raw().clone()).collect();
        let known = Templates::read(&Value::Array(known)).or_else(|_| Templates::read(&json!([])));
        let token = format!("sandbox-{:016x}", fastrand::u64(..));
        // One without a limit lifts it for all: a number is then held back by its own connection.
        let rates: Option<Vec<u32>> =
            connections.iter().map(|(_, connection)| connection.rate.map(per_second)).collect();
        let throughput = rates.and_then(|rates| rates.into_iter().max());
        let config = Config {
            token: Some(token.clone()),
            throughput,
            pair_limit: true,
            templates: known.ok(),
            ..behaviour(args)
        };
        let sandbox = start(config)?;
        connections.replace(|connection| connection.for_sandbox(sandbox.url(), &token));
        Ok(Self(sandbox))
    }

    /// Says where it is.
    pub(in crate::cli) fn announce(&self) {
        console::tell(&format!("sandbox {}: open it in a browser to see what comes in\n", self.0.url()));
    }
}

/// The templates in a file.
fn templates(file: &Path) -> Result<Templates, Failure> {
    let problem = |why: &dyn Display| Problem::new(format!("--templates {}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| Failure::new(Exit::Usage, problem(&error)))?;
    text.parse().map_err(|error: TemplatesError| {
        let mut problems = Problems::default();
        error.reasons().iter().for_each(|why| problems.push(problem(why)));
        Failure { exit: Exit::Usage, problems }
    })
}

fn behaviour(args: &BehaviourArgs) -> Config {
    let default = Config::default();
    Config {
        latency: args.latency.unwrap_or(default.latency),
        faults: args.fault.clone(),
        seed: args.seed.unwrap_or(default.seed),
        ..default
    }
}

fn start(config: Config) -> Result<Sandbox, Failure> {
    let listen = config.listen;
    Sandbox::start(config).map_err(|error| {
        Failure::new(Exit::Usage, Problem::new(format!("the sandbox cannot start at {listen}: {error}")))
    })
}

/// Whole messages a second, at least one.
fn per_second(rate: Rate) -> u32 {
    let Rate { count, per } = rate;
    let seconds = u32::try_from(per.as_secs()).unwrap_or(u32::MAX).max(1);
    NonZeroU32::get(count).div_ceil(seconds)
}
