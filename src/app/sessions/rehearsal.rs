//! A rehearsal: a run that sends to its own sandbox instead of the API.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::app::inputs::options::SandboxOptions;
use crate::connectors::PinnedTemplates;
use crate::diag::Problem;
use crate::model::Rate;
use crate::sandbox::{Config, Sandbox, SandboxTemplates};

/// The sandbox of one run. Dropping it stops the sandbox.
pub(crate) struct Rehearsal(Sandbox);

impl Rehearsal {
    /// Starts a sandbox and points the connections to it. Each number may send at the rate of the fastest connection. It has only
    /// the templates of the saved copies, because a built-in template of the same name would differ.
    pub(crate) fn start(
        inputs: &mut Inputs,
        options: &SandboxOptions,
        pinned: &[Option<PinnedTemplates>],
    ) -> Result<Self, Error> {
        let known = pinned.iter().flatten().flat_map(|pinned| pinned.templates.templates());
        let known: Vec<Value> = known.map(|template| template.raw().clone()).collect();
        let known = SandboxTemplates::read(&Value::Array(known)).or_else(|_| SandboxTemplates::read(&json!([])));
        let token = format!("sandbox-{:016x}", fastrand::u64(..));
        // A connection without a limit removes the sandbox's limit for all numbers; each connection still keeps its own rate.
        let rates: Option<Vec<u32>> =
            inputs.connections.iter().map(|(_, connection)| connection.rate.map(per_second)).collect();
        let throughput = rates.and_then(|rates| rates.into_iter().max());
        let config = Config {
            token: Some(token.clone()),
            throughput,
            pair_limit: true,
            templates: known.ok(),
            ..sandbox_config(options)
        };
        let sandbox = start_sandbox(config)?;
        inputs.connections.replace(|connection| connection.for_sandbox(sandbox.url(), &token));
        inputs.rehearsal = true;
        Ok(Self(sandbox))
    }

    /// The address of the sandbox and its inbox.
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }
}

/// Refuses sandbox options without a sandbox.
pub(crate) fn refuse_stray_options(sandbox: bool, options: &SandboxOptions) -> Result<(), Error> {
    if sandbox || options.is_default() {
        return Ok(());
    }
    let problem = Problem::new("--latency, --fault and --seed need a sandbox").help("add --sandbox");
    Err(Error::usage(problem))
}

/// The default configuration of a sandbox, overridden by `options`.
pub(crate) fn sandbox_config(options: &SandboxOptions) -> Config {
    let default = Config::default();
    Config {
        latency: options.latency.unwrap_or(default.latency),
        faults: options.faults.clone(),
        seed: options.seed.unwrap_or(default.seed),
        ..default
    }
}

/// Starts a sandbox.
pub(crate) fn start_sandbox(config: Config) -> Result<Sandbox, Error> {
    let listen = config.listen;
    Sandbox::start(config)
        .map_err(|error| Error::usage(Problem::new(format!("the sandbox cannot start at {listen}: {error}"))))
}

/// The rate in whole messages per second, rounded up, at least 1.
pub(crate) fn per_second(rate: Rate) -> u32 {
    let Rate { count, per } = rate;
    let seconds = u32::try_from(per.as_secs()).unwrap_or(u32::MAX).max(1);
    NonZeroU32::get(count).div_ceil(seconds)
}
