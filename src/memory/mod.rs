//! What a project knows of all its runs: who has which message.
//!
//! It is an index over the ledgers, which are the truth, and what remains of those that are gone. Messages are kept as digests, keyed
//! with a secret of the project, so that its files alone name nobody.
//!
//! | file | what |
//! |---|---|
//! | `memory` | looking a message up |
//! | `writer` | taking runs up, and forgetting them |
//! | `claims` | of the runs that work at the same time, one sends a message |
//! | `claim_files` | the files of claims |
//! | `catalog` | which segments there are, and of which runs |
//! | `segment` | an immutable file of sorted records, with what finds them |
//! | `segment_filter` | rules out most keys that a segment does not have |
//! | `sorter` | sorts more records than fit into memory |
//! | `segment_record` | one message of one row, as bytes |
//! | `key` | what a message is known by; the secret |
//! | `error` | why the memory cannot be used |
//!
//! Belongs here: files of digests. Does not belong here: what a message is (`model`), what a ledger says (`run`), and the rules of a
//! recipe.

mod catalog;
mod claim_files;
mod claims;
mod error;
mod key;
#[expect(clippy::module_inception, reason = "the folder is named after its main noun")]
mod memory;
mod segment;
mod segment_filter;
mod segment_record;
mod sorter;
mod writer;

pub use claims::{ClaimMarks, Claims, MessageClaim, Taken};
pub use error::MemoryError;
pub use key::MessageKey;
pub use memory::{Entry, KnownMessage, Memory};
pub use writer::MemoryWriter;

#[cfg(test)]
mod tests;
