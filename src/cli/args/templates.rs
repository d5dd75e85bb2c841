//! The arguments of `templates`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::SecretArgs;

#[derive(Debug, Args)]
pub(in crate::cli) struct TemplatesArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: TemplatesCommand,
}

/// Names the files with connections and secrets.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhoseArgs {
    #[command(flatten)]
    pub(in crate::cli) secrets: SecretArgs,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TemplatesCommand {
    /// List the templates of an account, with the variables that a message must fill
    List {
        /// Connection to use; required if there are several
        connection: Option<String>,
        /// Read the saved copy instead of asking the API
        #[arg(long)]
        pinned: bool,
        /// Print one JSON object per template to standard output
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        whose: WhoseArgs,
    },
    /// Show one template, with a recipe input to copy
    Show {
        /// Name of the template
        name: String,
        /// Language of the template [default: all languages]
        language: Option<String>,
        /// Connection to use; required if there are several
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// Read the saved copy instead of asking the API
        #[arg(long)]
        pinned: bool,
        #[command(flatten)]
        whose: WhoseArgs,
    },
    /// Save a copy of the templates; checks then read it instead of asking the API
    Pull {
        /// Connection to use; required if there are several
        connection: Option<String>,
        /// Write the copy to this file [default: beside the connections file]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        whose: WhoseArgs,
    },
}
