//! `rowcast schema`: prints the JSON Schema that lets an editor complete and check recipes and connections files.

use crate::connectors::{CONNECTION_KEYS, CONNECTORS};
use crate::recipe::{ConnectionKind, connections_schema, recipe_schema};

use crate::app::Error;
use crate::cli::args::{Schema, SchemaArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn schema(args: &SchemaArgs) -> Result<Exit, Error> {
    console::data(&text(args.of))?;
    Ok(Exit::Done)
}

/// A schema as the text of a file.
pub(in crate::cli) fn text(of: Schema) -> String {
    let kind = |entry: &'static crate::connectors::ConnectorEntry| ConnectionKind {
        kind: entry.kind,
        keys: entry.keys,
        rate: entry.rate,
        tasks: entry.tasks,
    };
    let kinds: Vec<ConnectionKind> = CONNECTORS.iter().map(kind).collect();
    let schema = match of {
        Schema::Recipe => recipe_schema(CONNECTION_KEYS, &kinds),
        Schema::Connections => connections_schema(CONNECTION_KEYS, &kinds),
    };
    format!("{schema:#}\n")
}
