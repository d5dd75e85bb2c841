//! Writing files: whole or not at all, and readable by their owner alone.
//!
//! Belongs here: how a file is created, synced and put in its place. Does not belong here: what is in it.

pub mod atomic;
mod private;

pub use atomic::AtomicFile;
pub use private::{lock_file, private_file, private_folder, private_folders};
