//! The connections of a command: one, or several with a rule that assigns each row to one.

use std::path::Path;

use crate::connectors::{Connection, ConnectorEntry, Environment, TokenSource, connector, read_connection};
use crate::diag::{Problem, Problems};
use crate::model::{ConnectionIndex, Endpoint, Rate, Routing};
use crate::phone::Country;
use crate::plan::Target;
use crate::recipe::{ConnectionRef, ConnectionText, Recipe, find_connections};
use crate::run_folder::{ConnectionFacts, RunFile};
use crate::template::Engine;

use super::project::{Project, one_path};
use super::source::{inline, read_source};

/// All connections of a command, at least one.
pub(crate) struct Connections {
    each: Vec<Known>,
    routing: Routing,
    /// The connection is written in the recipe, not in a file.
    inline: bool,
}

/// A connection with its template engine.
struct Known {
    connection: Connection,
    /// The engine that compiles its templates.
    engine: Engine,
    share: u64,
}

impl Known {
    fn new(connection: Connection, share: u64) -> Self {
        let engine = Engine::new(country(&connection));
        Self { connection, engine, share }
    }
}

impl Connections {
    /// Reads the connections that a recipe names, or `name` instead. If it reports errors, open none of them. `None` if no
    /// connection could be read.
    pub(crate) fn read(
        recipe: &Recipe,
        name: Option<&str>,
        place: (Option<&Path>, &Project),
        environment: &Environment,
        problems: &mut Problems,
    ) -> Option<Self> {
        let (texts, routing) = match texts(recipe, name, place) {
            Ok(found) => found,
            Err(found) => {
                problems.extend(found);
                return None;
            }
        };
        let read = texts.iter().filter_map(|text| read_connection(text, environment, problems));
        let each: Vec<Known> = read
            .map(|connection| {
                let share = share(connection.rate);
                Known::new(connection, share)
            })
            .collect();
        let first = &each.first()?.connection;
        if let Some(other) = each.iter().find(|known| known.connection.entry.kind != first.entry.kind) {
            let (one, other) = (&first.name, &other.connection.name);
            let message =
                format!("`{one}` and `{other}` have different types; all connections of a run need the same type");
            problems.push(Problem::new(message).in_file(&first.file));
        }
        let inline = matches!(recipe.connection, ConnectionRef::Inline(_)) && name.is_none();
        Some(Self { each, routing, inline })
    }

    /// The connections that a run recorded, without their tokens.
    pub(crate) fn of_run(run: &RunFile, recipe: &Path) -> Result<Self, Problem> {
        if !RunFile::FORMATS.contains(&run.format) {
            let message = format!("the run has format {}, which this version of Rowcast cannot read", run.format);
            return Err(Problem::new(message).help("a newer version of Rowcast created it: use that version"));
        }
        let known = |facts: &ConnectionFacts| {
            let Some(entry) = connector(&facts.kind) else {
                return Err(Problem::new(format!("this version of Rowcast has no connection type `{}`", facts.kind)));
            };
            let connection = Connection {
                name: facts.name.clone(),
                entry,
                endpoint: facts.endpoint.clone(),
                rate: Some(entry.rate),
                token: TokenSource::Missing,
                account: None,
                pinned: None,
                file: facts.file.clone().unwrap_or_else(|| recipe.to_owned()),
            };
            Ok(Known::new(connection, facts.share.unwrap_or(1)))
        };
        let each = run.connections().map(known).collect::<Result<_, _>>()?;
        Ok(Self { each, routing: run.routing, inline: run.connection.file.is_none() })
    }

    /// Reads the run's connections again from their current file, for their tokens, rates, accounts and templates.
    pub(crate) fn find_again(
        &mut self,
        run: &RunFile,
        recipe: &Recipe,
        place: (Option<&Path>, &Project),
        environment: &Environment,
        problems: &mut Problems,
    ) {
        let names: Vec<String> = run.connections().map(|facts| facts.name.clone()).collect();
        let texts = match &run.connection.file {
            Some(known) => of_file(recipe, Some(&names), (Some(place.0.unwrap_or(known)), place.1)),
            None => texts(recipe, None, place).map(|(texts, _)| texts),
        };
        let texts = match texts {
            Ok(texts) => texts,
            Err(found) => {
                let help = "the run needs this connection to read its token; name the file with --connections";
                problems.extend(found.into_iter().map(|problem| problem.help(help)));
                return;
            }
        };
        for ((known, facts), text) in self.each.iter_mut().zip(run.connections()).zip(&texts) {
            if let Some(found) = read_connection(text, environment, problems) {
                problems.extend(moved(&facts.endpoint, &found));
                known.connection = Connection { endpoint: facts.endpoint.clone(), ..found };
            }
        }
    }

    /// The rule that assigns rows to connections.
    pub(crate) fn routing(&self) -> Routing {
        self.routing
    }

    /// True if the connection is written in the recipe, not in a file.
    pub(crate) fn are_inline(&self) -> bool {
        self.inline
    }

    /// All connections with their indexes, in index order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionIndex, &Connection)> {
        self.each.iter().zip(0..).map(|(known, index)| (ConnectionIndex(index), &known.connection))
    }

    /// Replaces each connection.
    pub(crate) fn replace(&mut self, with: impl Fn(&Connection) -> Connection) {
        self.each.iter_mut().for_each(|known| known.connection = with(&known.connection));
    }

    /// The connector of all connections, which have the same type.
    pub(crate) fn entry(&self) -> &'static ConnectorEntry {
        self.each[0].connection.entry
    }

    /// The engine for expressions that belong to no row.
    pub(crate) fn engine(&self) -> &Engine {
        &self.each[0].engine
    }

    /// The default country of phone numbers, if all connections have the same.
    pub(crate) fn country(&self) -> Option<Country> {
        let mut countries = self.each.iter().map(|known| country(&known.connection));
        let first = countries.next()??;
        countries.all(|other| other == Some(first)).then_some(first)
    }

    /// The connections as a plan needs them.
    pub(crate) fn targets(&self) -> Vec<Target<'_>> {
        let targets = self.each.iter().map(|Known { connection, engine, share }| Target {
            name: &connection.name,
            engine,
            endpoint: connection.endpoint.clone(),
            share: *share,
        });
        targets.collect()
    }

    /// The facts that `run.json` records about the connections for which `is_used` holds.
    ///
    /// # Errors
    /// The working folder cannot be found.
    pub(crate) fn facts(&self, is_used: impl Fn(ConnectionIndex) -> bool) -> Result<Vec<ConnectionFacts>, Problem> {
        let used = self.each.iter().zip(0..).filter(|(_, index)| is_used(ConnectionIndex(*index)));
        used.map(|(Known { connection, share, .. }, _)| {
            let absolute = |path: &Path| one_path(path).map_err(|error| Problem::new(error.to_string()).in_file(path));
            Ok(ConnectionFacts {
                name: connection.name.clone(),
                kind: connection.entry.kind.to_owned(),
                file: if self.inline { None } else { Some(absolute(&connection.file)?) },
                endpoint: connection.endpoint.clone(),
                sender: Some((connection.entry.sender)(&connection.endpoint)),
                share: (self.routing == Routing::ByRecipient).then_some(*share),
            })
        })
        .collect()
    }
}

/// The problem that a connection no longer points where its run sends: its token must not go there.
fn moved(of_run: &Endpoint, found: &Connection) -> Option<Problem> {
    let differs = |key: &str| of_run.get(key) != found.endpoint.get(key);
    let origin = |endpoint: &Endpoint| endpoint.get("base-url").map(origin).unwrap_or_default();
    let (what, was, is) = if origin(of_run) != origin(&found.endpoint) {
        ("address", origin(of_run), origin(&found.endpoint))
    } else if differs(found.entry.sender_key) {
        let number = |endpoint: &Endpoint| endpoint.get(found.entry.sender_key).unwrap_or("none").to_owned();
        ("number", number(of_run), number(&found.endpoint))
    } else {
        return None;
    };
    let name = &found.name;
    let message = format!("the {what} of connection `{name}` was {was} when the run was created and is {is} now");
    let help = format!(
        "the run still sends to the {what} of then, and the token of now must not go there: restore the connection, name a file that \
         has it as it was with --connections, or use `rowcast run`, which sends what is missing"
    );
    Some(Problem::new(message).help(help).in_file(&found.file))
}

/// Scheme, host and port of an address (RFC 6454), in lower case.
fn origin(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    format!("{scheme}://{authority}").to_ascii_lowercase()
}

fn country(connection: &Connection) -> Option<Country> {
    connection.endpoint.get("default-country").and_then(|code| code.parse().ok())
}

/// A connection's share of the rows: its rate per day, so that all connections finish at about the same time. Without a limit
/// the rate of the fastest numbers counts (Meta, Throughput: up to 1,000 messages a second).
fn share(rate: Option<Rate>) -> u64 {
    const DAY: u64 = 86_400;
    let of = |rate: Rate| u64::from(rate.count.get()) * DAY / rate.per.as_secs().max(1);
    rate.map_or(1000 * DAY, of).max(1)
}

/// The texts of the connections that a recipe uses, or of `name` instead, and the rule that assigns rows. At least one text.
fn texts(
    recipe: &Recipe,
    name: Option<&str>,
    place: (Option<&Path>, &Project),
) -> Result<(Vec<ConnectionText>, Routing), Problems> {
    let (names, routing) = match (name, &recipe.connection) {
        (Some(name), _) => (Some(vec![name.to_owned()]), Routing::One),
        (None, ConnectionRef::Named(name)) => (Some(vec![name.clone()]), Routing::One),
        (None, ConnectionRef::Inline(entries)) => return Ok((vec![inline(recipe, entries)], Routing::One)),
        (None, ConnectionRef::Several(names)) => (Some(names.clone()), Routing::ByRecipient),
        // A row may name any connection in the file.
        (None, ConnectionRef::OfRow(_)) => (None, Routing::ByRow),
    };
    Ok((of_file(recipe, names.as_deref(), place)?, routing))
}

/// The texts of the named connections, or of all, at least one. Reads the given file, or the project's.
fn of_file(
    recipe: &Recipe,
    names: Option<&[String]>,
    (file, project): (Option<&Path>, &Project),
) -> Result<Vec<ConnectionText>, Problems> {
    let path = match file {
        Some(file) => file.to_owned(),
        None => project.connections()?,
    };
    if file.is_none() && path.symlink_metadata().is_err() {
        let what = match names.and_then(<[String]>::first) {
            Some(name) => format!("the connection `{name}`"),
            None => "the connections that the rows name".to_owned(),
        };
        let help = format!("create {}, or name a file with --connections", path.display());
        let problem = Problem::new(format!("no connections.yaml found for {what}")).help(help);
        return Err(problem.in_file(&recipe.source.path).into());
    }
    let texts = find_connections(&read_source(&path)?, names)?;
    let message = match texts.len() {
        0 => "the file contains no connection".to_owned(),
        many if many > usize::from(u16::MAX) => format!("{many} connections; a run can use at most {}", u16::MAX),
        _ => return Ok(texts),
    };
    Err(Problem::new(message).in_file(&path).into())
}
