//! The data file: a list in, rows out, in constant memory whatever the file holds.
//!
//! UTF-8 CSV is read as it is. Every other list (UTF-16, Windows-1252, JSON lines, an Excel workbook) is turned into UTF-8
//! CSV once, in a file of its own, and read from there ever after: see [`List`].
//!
//! Belongs here: splitting a byte stream into [`Row`](crate::model::Row)s, finding out what is wrong with it and on which
//! physical line, what spreadsheets do to cells, and taking snapshots of files with their digests.
//! Does not belong here: what a cell means (a phone number, a date), recipes, and results, which have a room of their own.

mod canonical;
mod csv;
mod damage;
mod encoding;
mod error;
mod file;
mod head;
mod jsonl;
mod keep;
mod limits;
mod list;
mod marks;
mod quotes;
mod records;
mod snapshot;
mod tail;
mod workbook;

pub use self::csv::{Csv, Options};
pub use self::damage::Damage;
pub use self::encoding::{Encoding, UnknownEncoding};
pub use self::error::DataError;
pub use self::file::open_file;
pub use self::keep::keep;
pub use self::list::{Format, List, Reading, Remark};
pub use self::marks::{Mark, Marks};
pub use self::snapshot::{Digest, Digester, HashingReader, copy_with_digest, digest_file};
