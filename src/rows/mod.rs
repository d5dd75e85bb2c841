//! Data files: reads rows from a list in constant memory.
//!
//! UTF-8 CSV is read as it is. Any other list (UTF-16, Windows-1252, JSON lines, an Excel workbook) is converted once
//! to a UTF-8 CSV file, and read from there: see [`List`].
//!
//! Belongs here: splitting a byte stream into [`Row`](crate::model::Row)s, problems with their physical lines, damage
//! done by spreadsheets, and snapshots of files with their digests. Does not belong here: what a cell means (a phone
//! number, a date), recipes, and results.

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
mod quotes;
mod records;
mod seek_points;
mod snapshot;
mod tail;
mod workbook;

pub use self::csv::{Csv, CsvOptions};
pub use self::damage::Damage;
pub use self::encoding::{Encoding, UnknownEncoding};
pub use self::error::DataError;
pub use self::file::open_file;
pub use self::keep::keep;
pub use self::list::{Format, List, ReadOptions, Remark};
pub use self::seek_points::{SeekPoint, SeekPoints};
pub use self::snapshot::{Digest, Digester, HashingReader, copy_with_digest, digest_file};
