//! The folder of a run, `runs/<name>-<UTC time>-<4 hex>/`: its paths, `run.json`, its lock, and the runs of a project.
//!
//! | file | what |
//! |---|---|
//! | `folder` | the folder and the paths in it |
//! | `run_file` | `run.json`: what a run is bound to |
//! | `runs` | the runs of a folder, and the one that a name means |
//! | `lock` | one process per run |
//! | `start_registry` | how often a run was started, remembered outside its folder |
//!
//! Belongs here: what a run is, before and after anything is sent. Does not belong here: what became of its rows, which the
//! ledger records.

mod folder;
mod lock;
mod run_file;
mod runs;
mod start_registry;

pub use folder::{FolderError, RunFolder};
pub use lock::{Holder, Lock, LockError};
pub use run_file::{ConnectionFacts, DataFacts, RecipeFacts, RunFile, Selection};
pub use runs::{Runs, find_run, list_runs};
pub use start_registry::{OlderCopy, StartRegistry};
