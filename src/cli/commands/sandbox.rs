//! `rowcast sandbox`: simulates the Cloud API on this machine.

use std::fmt::Display;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use crate::diag::{Problem, Problems};
use crate::exec::Stop;
use crate::model::Rate;
use crate::sandbox::{Config, SandboxTemplates, TemplatesError};

use crate::app::sessions::rehearsal::{per_second, sandbox_config, start_sandbox};
use crate::app::{Error, ErrorKind, SandboxOptions};
use crate::cli::args::SandboxArgs;
use crate::cli::exit::Exit;
use crate::cli::process::signals;
use crate::cli::terminal::console;

/// Runs the command until it is interrupted.
pub(in crate::cli) fn sandbox(args: &SandboxArgs) -> Result<Exit, Error> {
    let usage = |problem| Error::usage(problem);
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
        ..sandbox_config(&SandboxOptions::from(&args.behaviour))
    };
    let sandbox = start_sandbox(config)?;
    let url = sandbox.url();
    // The user knows the token, and others may see the terminal.
    let token = if args.token.is_some() { "the one given" } else { "any text" };
    console::tell(&format!(
        "The sandbox listens at {url} until Ctrl-C: open it in a browser to see the messages. Use it in a connection with\n\n  base-url: {url}\n  token: {token}\n\n"
    ));
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| Error::unexpected(&error))?;
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

/// The templates in a file.
fn templates(file: &Path) -> Result<SandboxTemplates, Error> {
    let problem = |why: &dyn Display| Problem::new(format!("--templates {}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| Error::usage(problem(&error)))?;
    text.parse().map_err(|error: TemplatesError| {
        let mut problems = Problems::default();
        error.reasons().iter().for_each(|why| problems.push(problem(why)));
        Error { kind: ErrorKind::Usage, problems }
    })
}
