//! `rowcast man`: prints the manual pages, from the same source as `--help`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::diag::Problem;

use crate::app::{Error, ErrorKind};
use crate::cli::args::{Cli, ManArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn man(args: &ManArgs) -> Result<Exit, Error> {
    let pages = pages();
    let Some(folder) = &args.dir else {
        if let Some((_, page)) = pages.first() {
            console::data(page)?;
        }
        return Ok(Exit::Done);
    };
    write(folder, &pages).map_err(|(path, error)| {
        Error::new(ErrorKind::Unexpected, Problem::new(format!("cannot be written: {error}")).in_file(&path))
    })?;
    console::tell(&format!("{} pages written to {}\n", pages.len(), folder.display()));
    Ok(Exit::Done)
}

/// The pages with their file names: first the program, then each command.
fn pages() -> Vec<(String, String)> {
    let mut program = Cli::command();
    program.build();
    let title = program.get_name().to_owned();
    let mut all = vec![(format!("{title}.1"), page(program.clone(), &title))];
    for command in program.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let name = format!("{title}-{}", command.get_name());
        all.push((format!("{name}.1"), page(command.clone(), &name)));
    }
    all
}

/// One page, without a date, so that the same program always writes the same page.
fn page(command: Command, title: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let page = Man::new(command.version(version)).title(title).source(format!("rowcast {version}")).manual("Rowcast");
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = page.render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn write(folder: &Path, pages: &[(String, String)]) -> Result<(), (PathBuf, std::io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    for (name, page) in pages {
        let path = folder.join(name);
        File::create(&path).and_then(|mut file| file.write_all(page.as_bytes())).map_err(|error| (path, error))?;
    }
    Ok(())
}
