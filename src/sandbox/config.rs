//! How a sandbox is set up.
//!
//! Belongs here: the settings and their defaults. Does not belong here: what the sandbox does with them.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{Fault, SandboxTemplates};

/// The settings of a sandbox. The default is a well-behaved API without limits on a free port of the loopback address.
#[derive(Clone)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one bearer token that is let in; without it any token is, as long as it is not empty.
    pub token: Option<String>,
    /// Messages per second the number may send before code 130429; `None` is without limit. Meta's page on throughput
    /// gives 80 by default and 1,000 after an upgrade.
    pub throughput: Option<u32>,
    /// Whether the pair limit holds: too many messages to one recipient are refused with code 131056.
    pub pair_limit: bool,
    /// The number's messaging limit as the API shows it: recipients per day outside of conversations. One of
    /// [`TIERS`](super::TIERS). The sandbox reports it but does not enforce it.
    pub tier: String,
    /// The templates that are listed, and that messages are held to; `None` for those that a sandbox has by itself.
    pub templates: Option<SandboxTemplates>,
    /// Whether a message of a template that is not known is refused with code 132001. Otherwise it is taken as it is.
    pub strict_templates: bool,
    /// How long every answer is held back. The message counts as delivered before that.
    pub latency: Duration,
    /// How the sandbox misbehaves, and how often.
    pub faults: Vec<Fault>,
    /// The seed of the faults: the same seed and the same messages have the same faults. Message ids differ from
    /// start to start, as those of the real API do.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            throughput: None,
            pair_limit: false,
            tier: "TIER_100K".to_owned(),
            templates: None,
            strict_templates: false,
            latency: Duration::ZERO,
            faults: Vec::new(),
            seed: 0,
        }
    }
}

/// Leaves the token out: debug output ends up in logs.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("token", &self.token.as_ref().map(|_| "(hidden)"))
            .field("throughput", &self.throughput)
            .field("pair_limit", &self.pair_limit)
            .field("tier", &self.tier)
            .field("templates", &self.templates.as_ref().map(SandboxTemplates::len))
            .field("strict_templates", &self.strict_templates)
            .field("latency", &self.latency)
            .field("faults", &self.faults)
            .field("seed", &self.seed)
            .finish()
    }
}
