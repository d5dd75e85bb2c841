//! Removes runs, or what they hold of a person. Who has which message stays known as digests, unless that is to go as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::checks::memory::{memory_dir, take_up_runs};
use crate::app::{Error, Observer};
use crate::diag::{Problem, count, plural, utc};
use crate::memory::MemoryWriter;
use crate::phone::{e164, person};
use crate::run::{RunError, holder};
use crate::run_folder::{Lock, RunFile, RunFolder, Runs, find_run, list_runs};

use super::redact::{Redaction, find_rows, redact};

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forget {
    /// A run, by its name.
    Run(String),
    /// The runs that were created longer ago than this.
    Before(Duration),
    /// A person, by phone number: their rows in all runs.
    Person(String),
}

/// What will be removed. Nothing was removed yet.
pub struct Forgetting {
    runs_dir: PathBuf,
    memory: bool,
    removal: Removal,
}

enum Removal {
    Runs { runs: Vec<(RunFolder, RunFile)>, before: Option<Timestamp> },
    Person { person: String, redactions: Vec<Redaction> },
}

impl Forgetting {
    /// Finds what is to be forgotten. With `memory`, also who has which message of it.
    ///
    /// # Errors
    /// A process works on one of the runs, or one cannot be read.
    pub fn open(runs_dir: &Path, forget: &Forget, memory: bool, observer: &mut dyn Observer) -> Result<Self, Error> {
        let removal = match forget {
            Forget::Run(name) => Removal::Runs { runs: vec![find_run(runs_dir, name)?], before: None },
            Forget::Before(span) => {
                let span = SignedDuration::try_from(*span).unwrap_or(SignedDuration::MAX);
                let before = Timestamp::now().saturating_sub(span).unwrap_or(Timestamp::MIN);
                let runs = list_runs(runs_dir)?.all()?.into_iter().filter(|(_, run)| run.created < before);
                Removal::Runs { runs: runs.collect(), before: Some(before) }
            }
            Forget::Person(phone) => {
                let phone = e164(phone, None).map_err(|error| {
                    Error::usage(Problem::new(error.to_string()).help("write the number with + and its country code"))
                })?;
                let person = person(phone.as_str()).into_owned();
                let Runs { readable, unreadable } = list_runs(runs_dir)?;
                if let Some((_, error)) = unreadable.into_iter().next() {
                    return Err(error.into());
                }
                let found = readable.into_iter().map(|run| find_rows(runs_dir, run, &person, observer));
                let redactions = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
                Removal::Person { person, redactions }
            }
        };
        let this = Self { runs_dir: runs_dir.to_owned(), memory, removal };
        for folder in this.folders() {
            refuse_live(folder)?;
        }
        Ok(this)
    }

    fn folders(&self) -> Vec<&RunFolder> {
        match &self.removal {
            Removal::Runs { runs, .. } => runs.iter().map(|(folder, _)| folder).collect(),
            Removal::Person { redactions, .. } => redactions.iter().map(|redaction| &redaction.folder).collect(),
        }
    }

    /// What will be removed, one line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = match &self.removal {
            Removal::Runs { runs, .. } => {
                let line = |(folder, run): &(RunFolder, RunFile)| {
                    format!("{}  {} of {}", folder.path().display(), count(run.rows, "row"), utc(run.created))
                };
                runs.iter().map(line).collect()
            }
            Removal::Person { redactions, .. } => {
                let line = |redaction: &Redaction| {
                    let rows = redaction.rows.len() as u64;
                    format!("{}  {} of this person", redaction.folder.path().display(), count(rows, "row"))
                };
                redactions.iter().map(line).collect()
            }
        };
        lines.push(if self.memory {
            "who has which message of it is forgotten as well: they may get the same text again".to_owned()
        } else {
            "who has which message stays known as digests; --memory forgets that as well".to_owned()
        });
        lines
    }

    /// What is removed, in a few words: `2 runs`, `3 rows of this person in 1 run`.
    pub fn what(&self) -> String {
        match &self.removal {
            Removal::Runs { runs, .. } => count(runs.len() as u64, "run"),
            Removal::Person { redactions, .. } => {
                let rows: usize = redactions.iter().map(|redaction| redaction.rows.len()).sum();
                let runs = redactions.len() as u64;
                format!("{} of this person in {runs} {}", count(rows as u64, "row"), plural(runs, "run"))
            }
        }
    }

    /// True if there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.folders().is_empty() && !self.memory
    }

    /// Removes it.
    ///
    /// # Errors
    /// A process works on one of the runs meanwhile, or the disk refuses. What was removed before is removed.
    pub fn carry_out(self, observer: &mut dyn Observer) -> Result<(), Error> {
        let Self { runs_dir, memory, removal } = self;
        // What the ledgers know has to be in the memory before they lose it.
        take_up_runs(&runs_dir, observer)?;
        let dir = memory_dir(&runs_dir);
        let writer = || MemoryWriter::begin(&dir).map_err(RunError::from);
        match removal {
            Removal::Runs { runs, before } => {
                for (folder, _) in &runs {
                    let lock = Lock::take(&folder.lock(), &holder()).map_err(RunError::from)?;
                    let removed = fs::remove_dir_all(folder.path());
                    drop(lock);
                    removed.map_err(|source| RunError::Io { path: folder.path().to_owned(), source })?;
                }
                if memory {
                    let mut writer = writer()?;
                    for (_, run) in &runs {
                        writer.forget_run(&run.run);
                    }
                    if let Some(before) = before {
                        let there = list_runs(&runs_dir)?.readable;
                        let there: Vec<&str> = there.iter().map(|(_, run)| run.run.as_str()).collect();
                        writer.forget_gone(|run| !there.contains(&run), before.as_second());
                    }
                    writer.compact().map_err(RunError::from)?;
                }
            }
            Removal::Person { person, redactions } => {
                // The records of the person are kept apart, so that they stay when a run is taken up again without them.
                let mut writer = writer()?;
                if memory {
                    writer.forget_person(&person);
                } else {
                    writer.keep_person(&person);
                }
                writer.compact().map_err(RunError::from)?;
                for redaction in redactions {
                    redact(&runs_dir, redaction, observer)?;
                }
                take_up_runs(&runs_dir, observer)?;
            }
        }
        Ok(())
    }
}

fn refuse_live(folder: &RunFolder) -> Result<(), Error> {
    if !Lock::is_held(&folder.lock()) {
        return Ok(());
    }
    let problem = Problem::new(format!("a process works on {}; nothing was removed", folder.name()));
    Err(problem.help("wait until it ends, or stop it with Ctrl-C").into())
}
