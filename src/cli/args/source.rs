//! What a recipe is run with: recipe, data, connection, and which rows.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::rows::Encoding;

/// What a recipe is run with.
#[derive(Debug, Args)]
pub(in crate::cli) struct SourceArgs {
    /// The recipe, a YAML file
    pub(in crate::cli) recipe: PathBuf,
    /// The data, a list as CSV, Excel workbook or JSON lines, instead of the recipe's; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// The character between the cells of CSV; found by itself if not given
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(in crate::cli) delimiter: Option<u8>,
    /// The encoding of the data, for example windows-1252 or utf-16le; found by itself if not given
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) encoding: Option<Encoding>,
    /// The sheet of an Excel workbook; the first one that holds anything if not given
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) sheet: Option<String>,
    /// Set a var of the recipe
    #[arg(long, value_name = "NAME=VALUE", value_parser = var)]
    pub(in crate::cli) var: Vec<(String, String)>,
    /// The connection to use instead of the recipe's
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub(in crate::cli) connection: Option<String>,
    /// Ask the API nothing before sending: neither for its templates nor for what the number may send
    #[arg(long, env = "ROWCAST_OFFLINE", value_parser = FalseyValueParser::new(), help_heading = "Connection")]
    pub(in crate::cli) offline: bool,
    #[command(flatten)]
    pub(in crate::cli) secrets: SecretArgs,
    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,
}

/// Where connections and their secrets are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(in crate::cli) struct SecretArgs {
    /// The connections file, if it is neither beside the recipe nor in the working folder
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) connections: Option<PathBuf>,
    /// A file of environment variables, instead of `.env` in the working folder
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) env_file: Option<PathBuf>,
}

/// Which rows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(in crate::cli) struct SelectionArgs {
    /// Take at most so many rows
    #[arg(long, value_name = "ROWS")]
    pub(in crate::cli) limit: Option<u64>,
    /// Pass over so many rows first
    #[arg(long, value_name = "ROWS", default_value_t = 0, hide_default_value = true)]
    pub(in crate::cli) offset: u64,
    /// Take only rows for which this expression is true, for example "country == 'DE'"
    #[arg(long, value_name = "EXPR")]
    pub(in crate::cli) only: Option<String>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err("one character: , ; | or tab".to_owned()),
        },
    }
}

fn var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
