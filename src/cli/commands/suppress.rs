//! `rowcast suppress`: lists recipients who opted out during a run, for `suppress`.

use crate::app::{Error, add_to_list, list_of, opted_out};
use crate::cli::args::SuppressArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::open_run::open_run;
use crate::diag::{count, visible};

/// Runs the command. Adds to an output file only recipients that it does not contain.
pub(in crate::cli) fn suppress(args: &SuppressArgs) -> Result<Exit, Error> {
    let open = open_run(&args.which)?;
    let people = opted_out(&open)?;
    match &args.output {
        Some(path) => {
            let added = add_to_list(path, &people)?;
            let people = count(added as u64, "recipient");
            console::tell(&format!("{people} added to {}\n", visible(&path.display().to_string())));
        }
        None => {
            console::data(&list_of(&people))?;
        }
    }
    Ok(Exit::Done)
}
