//! The arguments that name a recipe, its data, its connection and its rows.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::rows::Encoding;

/// Names a recipe and what to run it with.
#[derive(Debug, Args)]
pub(in crate::cli) struct SourceArgs {
    /// Recipe file (YAML): what to send, over which connection
    pub(in crate::cli) recipe: PathBuf,
    /// Use this list instead of the recipe's: CSV, Excel workbook or JSON lines; `-` reads standard input
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// Delimiter of CSV cells [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(in crate::cli) delimiter: Option<u8>,
    /// Encoding of the list, for example windows-1252 or utf-16le [default: detected]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) encoding: Option<Encoding>,
    /// Sheet of an Excel workbook [default: the first visible sheet with data]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) sheet: Option<String>,
    /// Override one of the recipe's `vars`; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = var)]
    pub(in crate::cli) var: Vec<(String, String)>,
    /// Use this connection instead of the recipe's
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub(in crate::cli) connection: Option<String>,
    /// Do not fetch templates and limits from the API before sending
    #[arg(long, env = "ROWCAST_OFFLINE", value_parser = FalseyValueParser::new(), help_heading = "Connection")]
    pub(in crate::cli) offline: bool,
    #[command(flatten)]
    pub(in crate::cli) secrets: SecretArgs,
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
}

/// Names the files with connections and secrets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(in crate::cli) struct SecretArgs {
    /// Connections file [default: connections.yaml in the project]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) connections: Option<PathBuf>,
    /// File with environment variables [default: .env in the project]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) env_file: Option<PathBuf>,
}

/// Selects rows of the list.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(in crate::cli) struct SelectionArgs {
    /// Process at most N rows
    #[arg(long, value_name = "N")]
    pub(in crate::cli) limit: Option<u64>,
    /// Skip the first N rows
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(in crate::cli) offset: u64,
    /// Process only rows for which this expression is true, for example "country == 'DE'"
    #[arg(long, value_name = "EXPR")]
    pub(in crate::cli) only: Option<String>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err("expected one character, for example , ; | or tab".to_owned()),
        },
    }
}

fn var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
