//! The arguments of `sandbox`, and those that control how a sandbox behaves.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::recipe::parse_duration;
use crate::sandbox::{Fault, TIERS};

/// Controls how the sandbox behaves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(in crate::cli) struct BehaviourArgs {
    /// Delay each answer of the sandbox by this time, for example 120ms
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) latency: Option<Duration>,
    /// Simulate an error for a share of requests: 130429=2%, timeout=0.5%, drop-after-accept=1%; repeatable
    #[arg(long, value_name = "NAME=SHARE")]
    pub(in crate::cli) fault: Vec<Fault>,
    /// Seed for choosing which requests get an error
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SandboxArgs {
    /// Port to listen on; only this machine can connect
    #[arg(long, default_value_t = 8025)]
    pub(in crate::cli) port: u16,
    /// Accept only this token [default: accept any token]
    #[arg(long, value_name = "TOKEN", env = "ROWCAST_SANDBOX_TOKEN", hide_env_values = true)]
    pub(in crate::cli) token: Option<String>,
    /// Limit how many messages a number may send, for example 80/s, or `unlimited`
    #[arg(long, value_name = "RATE", default_value = "80/s")]
    pub(in crate::cli) throughput: String,
    /// Messaging limit to report: how many new recipients a number may write to per day
    #[arg(long, value_name = "TIER", default_value = "TIER_100K", value_parser = PossibleValuesParser::new(TIERS))]
    pub(in crate::cli) tier: String,
    /// Use the templates in this file instead of the built-in ones: Meta's JSON, as a list or an API answer
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) templates: Option<PathBuf>,
    /// Refuse messages that use an unknown template
    #[arg(long)]
    pub(in crate::cli) strict_templates: bool,
    #[command(flatten)]
    pub(in crate::cli) behaviour: BehaviourArgs,
}
