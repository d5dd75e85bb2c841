//! Rowcast and other tools, in turns, against one server in one run.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::list::{MESSAGE, Project, quiet};
use super::measure::{Cost, median};
use super::server::{Refused, Server};

/// The path that all tools post to.
const PATH: &str = "/v23.0/106540352242922/messages";

/// The size of the measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Extent {
    /// Messages that a tool sends in a round
    #[arg(long, default_value_t = 50_000)]
    messages: u64,
    /// Rounds; the table shows medians
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Connections that a tool may use
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Milliseconds that the server takes for an answer
    #[arg(long, default_value_t = 0)]
    latency: u64,
}

/// A tool that sends messages.
struct Peer {
    name: &'static str,
    /// Prints something if the tool is installed.
    version: Option<&'static [&'static str]>,
    /// The tool is slow, so it sends only one message in this many.
    share: u64,
    command: fn(&Setting<'_>) -> Command,
}

/// The input of a tool.
struct Setting<'a> {
    project: &'a Project,
    folder: &'a Path,
    url: &'a str,
    messages: u64,
    connections: String,
}

const PEERS: [Peer; 6] = [
    Peer { name: "Rowcast", version: None, share: 1, command: rowcast },
    Peer { name: "bare reqwest", version: None, share: 1, command: bare },
    Peer { name: "oha", version: Some(&["oha", "--version"]), share: 1, command: oha },
    Peer {
        name: "aiohttp script",
        version: Some(&["python3", "-c", "import aiohttp; print('aiohttp', aiohttp.__version__)"]),
        share: 5,
        command: script,
    },
    Peer { name: "newman", version: Some(&["newman", "--version"]), share: 100, command: newman },
    Peer {
        name: "GNU parallel + curl",
        version: Some(&["parallel", "--will-cite", "--version"]),
        share: 100,
        command: parallel,
    },
];

/// Measures and returns the table.
pub(crate) fn compare(extent: &Extent, folder: &Path) -> io::Result<String> {
    let server = Server::start()?;
    let url = format!("{}{PATH}", server.url());
    let mut costs: Vec<(&Peer, u64, Vec<Cost>)> = Vec::new();
    let mut missing = Vec::new();
    for peer in &PEERS {
        match peer.version {
            Some(version) if first_line(version).is_none() => missing.push(peer.name),
            _ => costs.push((peer, extent.messages / peer.share, Vec::new())),
        }
    }
    for round in 0..extent.rounds {
        for (peer, messages, costs) in &mut costs {
            let own = folder.join("peer");
            std::fs::create_dir_all(&own)?;
            let project = Project::create(&own, *messages, &server.url(), "unlimited")?;
            let setting = Setting {
                project: &project,
                folder: &own,
                url: &url,
                messages: *messages,
                connections: extent.connections.to_string(),
            };
            server.reset(Duration::from_millis(extent.latency), Refused::None)?;
            let cost = Cost::of(&mut (peer.command)(&setting), 0)?;
            let sent = server.seen()?.arrivals.len() as u64;
            if sent != *messages {
                return Err(io::Error::other(format!("{} sent {sent} messages of {messages}", peer.name)));
            }
            costs.push(cost);
            std::fs::remove_dir_all(&own)?;
        }
        super::say(&format!("round {} of {}", round + 1, extent.rounds));
    }
    Ok(table(&costs, &missing))
}

fn table(costs: &[(&Peer, u64, Vec<Cost>)], missing: &[&str]) -> String {
    let each = |messages: u64, costs: &[Cost], of: fn(&Cost) -> f64| {
        let messages = f64::from(u32::try_from(messages).unwrap_or(u32::MAX));
        median(costs.iter().map(|cost| of(cost) / messages).collect())
    };
    let rate = |(_, messages, costs): &(&Peer, u64, Vec<Cost>)| 1.0 / each(*messages, costs, |c| c.wall.as_secs_f64());
    let cpu = |(_, messages, costs): &(&Peer, u64, Vec<Cost>)| each(*messages, costs, |c| c.cpu.as_secs_f64() * 1e6);
    let named = |name: &str| costs.iter().find(|(peer, ..)| peer.name == name);
    let (fastest, leanest) = (named("oha").map(rate), named("bare reqwest").map(cpu));
    let ratio = |value: f64, to: Option<f64>| to.map_or("–".to_owned(), |to| format!("{:.2}", value / to));
    let mut lines = vec![
        "| tool | messages a round | messages/s | × oha | CPU µs a message | × bare reqwest | peak memory, MiB |"
            .to_owned(),
        "|---|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for entry @ (peer, messages, all) in costs {
        let (rate, cpu) = (rate(entry), cpu(entry));
        #[expect(clippy::cast_precision_loss, reason = "no process has so much memory")]
        let peak = median(all.iter().map(|cost| cost.peak as f64 / f64::from(1 << 20)).collect());
        let (of_fastest, of_leanest) = (ratio(rate, fastest), ratio(cpu, leanest));
        let name = peer.version.and_then(first_line).map_or(peer.name.to_owned(), |it| format!("{} ({it})", peer.name));
        lines.push(format!("| {name} | {messages} | {rate:.0} | {of_fastest} | {cpu:.1} | {of_leanest} | {peak:.0} |"));
    }
    lines.extend(missing.iter().map(|name| format!("| {name} | *not installed* | | | | | |")));
    lines.join("\n") + "\n"
}

fn first_line(command: &[&str]) -> Option<String> {
    let output = Command::new(command[0]).args(&command[1..]).output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

fn rowcast(setting: &Setting<'_>) -> Command {
    let mut command = setting.project.send();
    command.args(["--concurrency", &setting.connections]);
    command
}

/// This program again: see [`super::bare`].
fn bare(setting: &Setting<'_>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.args(["bare", setting.url, &setting.messages.to_string(), &setting.connections]);
    command
}

fn oha(setting: &Setting<'_>) -> Command {
    let mut command = Command::new("oha");
    command.args(["--no-tui", "-m", "POST", "-d", MESSAGE, "-T", "application/json"]);
    command.args(["-H", "authorization: Bearer bench"]);
    command.args(["-n", &setting.messages.to_string(), "-c", &setting.connections, setting.url]);
    quiet(&mut command);
    command
}

fn script(setting: &Setting<'_>) -> Command {
    let mut command = Command::new("python3");
    command.arg(source("send.py")).arg(setting.url).arg(setting.project.list());
    command.arg(setting.folder.join("results.csv")).arg(&setting.connections);
    command
}

fn newman(setting: &Setting<'_>) -> Command {
    let mut command = Command::new("newman");
    command.arg("run").arg(source("collection.json")).arg("-d").arg(setting.project.list());
    command.args(["--env-var", &format!("url={}", setting.url)]);
    quiet(&mut command);
    command
}

fn parallel(setting: &Setting<'_>) -> Command {
    // The tool quotes the values that it fills in, so the surrounding quotes must end before them.
    let column = |number: u8| format!("'{{{number}}}'");
    let message = MESSAGE.replace("Ann 1", &column(2)).replace("\"000000001", &format!("\"{}", column(3)));
    let message = message.replace("+4915100000001", &column(1));
    let curl = format!(
        "curl -sf -o /dev/null -H 'content-type: application/json' -H 'authorization: Bearer bench' -d '{message}' {}",
        setting.url
    );
    let mut command = Command::new("parallel");
    command.args(["--will-cite", "--colsep", ",", "--skip-first-line", "-j", &setting.connections, &curl, "::::"]);
    command.arg(setting.project.list());
    quiet(&mut command);
    command.stderr(Stdio::inherit());
    command
}

/// A file beside this one.
fn source(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/wire/peers").join(name)
}
