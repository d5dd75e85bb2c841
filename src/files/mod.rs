//! Writing files: whole or not at all, and readable by their owner alone.
//!
//! Belongs here: how a file is created, synced and put in its place. Does not belong here: what is in it.

pub mod atomic;
mod patience;
mod pipes;
mod private;
mod text;

pub use atomic::AtomicFile;
pub use patience::{WhileHeld, lock_patiently, while_held};
pub use pipes::{refuse_named_pipe, refuse_pipe};
pub use private::{lock_file, private_file, private_folder, private_folders};
pub use text::{UnreadableText, text_of};
