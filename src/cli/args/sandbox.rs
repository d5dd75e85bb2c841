//! The sandbox's command, and how a sandbox behaves.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::recipe::parse_duration;
use crate::sandbox::{Fault, TIERS};

/// How the sandbox behaves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(in crate::cli) struct BehaviourArgs {
    /// How long the sandbox takes for an answer, for example 120ms
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) latency: Option<Duration>,
    /// Let the sandbox misbehave, for example 130429=2%, timeout=0.5% or drop-after-accept=1%
    #[arg(long, value_name = "NAME=SHARE")]
    pub(in crate::cli) fault: Vec<Fault>,
    /// The seed that decides which requests are hit
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SandboxArgs {
    /// The port to listen on, on this machine alone
    #[arg(long, default_value_t = 8025)]
    pub(in crate::cli) port: u16,
    /// The only token that is let in; any is, if not given
    #[arg(long, value_name = "TOKEN", env = "ROWCAST_SANDBOX_TOKEN", hide_env_values = true)]
    pub(in crate::cli) token: Option<String>,
    /// Messages a second that the number may send, or `unlimited`
    #[arg(long, value_name = "RATE", default_value = "80/s")]
    pub(in crate::cli) throughput: String,
    /// How many people a day the number says it may write to
    #[arg(long, value_name = "TIER", default_value = "TIER_100K", value_parser = PossibleValuesParser::new(TIERS))]
    pub(in crate::cli) tier: String,
    /// The templates to know instead of the sandbox's own: Meta's JSON, a list or an answer of the API
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) templates: Option<PathBuf>,
    /// Refuse messages of templates that are not known
    #[arg(long)]
    pub(in crate::cli) strict_templates: bool,
    #[command(flatten)]
    pub(in crate::cli) behaviour: BehaviourArgs,
}
