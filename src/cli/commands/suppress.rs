//! `rowcast suppress`: who asked in a run not to be written to again, as a list for `suppress`.

use crate::app::{Error, OpenRun, Revision, add_to_list, list_of, opted_out};
use crate::cli::args::SuppressArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;
use crate::cli::terminal::observer::Terminal;
use crate::diag::visible;

/// Runs the command. The people that a file has already stay in it; each is added once.
pub(in crate::cli) fn suppress(args: &SuppressArgs) -> Result<Exit, Error> {
    let open = OpenRun::open(&args.which.runs_dir, &args.which.run, Revision::Latest, &mut Terminal)?;
    let people = opted_out(&open)?;
    match &args.output {
        Some(path) => {
            let added = add_to_list(path, &people)?;
            let people = if added == 1 { "1 person".to_owned() } else { format!("{added} people") };
            console::tell(&format!("{people} added to {}\n", visible(&path.display().to_string())));
        }
        None => {
            console::data(&list_of(&people))?;
        }
    }
    Ok(Exit::Done)
}
