//! The templates of an account.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::SecretArgs;

#[derive(Debug, Args)]
pub(in crate::cli) struct TemplatesArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: TemplatesCommand,
}

/// Whose templates.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhoseArgs {
    #[command(flatten)]
    pub(in crate::cli) secrets: SecretArgs,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TemplatesCommand {
    /// List them, with what a message has to bring
    List {
        /// The connection; not needed if there is only one
        connection: Option<String>,
        /// From the copy instead of the API
        #[arg(long)]
        pinned: bool,
        /// Print an object per template as JSON on standard output
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        whose: WhoseArgs,
    },
    /// Show one, with a recipe's input to begin with
    Show {
        /// Its name
        name: String,
        /// Its language; all of them if not given
        language: Option<String>,
        /// The connection; not needed if there is only one
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// From the copy instead of the API
        #[arg(long)]
        pinned: bool,
        #[command(flatten)]
        whose: WhoseArgs,
    },
    /// Keep a copy, which checks read from now on instead of asking
    Pull {
        /// The connection; not needed if there is only one
        connection: Option<String>,
        /// Where to; beside the connections file if not given
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        whose: WhoseArgs,
    },
}
