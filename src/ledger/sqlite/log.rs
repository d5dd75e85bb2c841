//! SQLite's write-ahead log, looked through beyond the first frame that does not fit.
//!
//! The format is that of sqlite.org/fileformat2.html, "The Write-Ahead Log": a header of 32 bytes, then frames of 24 bytes
//! and a page each. A frame counts if its salts are the header's and its checksum continues that of the frame before it.
//! SQLite reads until the first that does not count. If that is the end of the log as a loss of power left it, nothing was
//! promised of what follows. If whole transactions follow, they were synced one after the other: the log was harmed.

use std::io::{self, Read};

/// What a log shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogState {
    /// All frames fit, or those that do not are the last.
    Sound,
    /// Frames that were synced stand behind one that does not fit.
    Harmed,
}

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

type Checksum = (u32, u32);

/// Looks through a log.
///
/// # Errors
/// It cannot be read.
pub(super) fn look_through(mut log: impl Read) -> io::Result<LogState> {
    let mut header = [0; HEADER];
    if !read_whole(&mut log, &mut header)? {
        return Ok(LogState::Sound);
    }
    let (magic, page_size) = (word(&header, 0), word(&header, 8) as usize);
    let is_big_endian = magic & 1 == 1;
    let fits = magic & !1 == 0x377f_0682 && page_size.is_power_of_two() && (512..=65_536).contains(&page_size);
    let header_sum = checksum((0, 0), &header[..24], is_big_endian);
    let header_is_sound = fits && header_sum == (word(&header, 24), word(&header, 28));
    // A harmed header hides all frames. They still fit each other, for the usual size of a page.
    let page_size = if fits { page_size } else { 4096 };
    let mut salts = header_is_sound.then(|| header[16..24].to_vec());
    let mut before = header_is_sound.then_some(header_sum);
    let (mut bad, mut ends_transaction) = (!header_is_sound, false);
    let mut frame = vec![0; FRAME_HEADER + page_size];
    while read_whole(&mut log, &mut frame)? {
        let stored = (word(&frame, 16), word(&frame, 20));
        let of_this_log = salts.as_deref().is_none_or(|salts| salts == &frame[8..16]);
        let is_sound = of_this_log
            && [is_big_endian, !is_big_endian].into_iter().take(if header_is_sound { 1 } else { 2 }).any(|big| {
                before.is_some_and(|before| {
                    checksum(checksum(before, &frame[..8], big), &frame[FRAME_HEADER..], big) == stored
                })
            });
        if is_sound && bad {
            // The frame behind a commit was written after that transaction was synced.
            if ends_transaction {
                return Ok(LogState::Harmed);
            }
            ends_transaction = word(&frame, 4) != 0;
        } else {
            // Behind a torn end that was written over stand the rests of what was never synced.
            ends_transaction = false;
        }
        bad |= !is_sound;
        if salts.is_none() {
            salts = Some(frame[8..16].to_vec());
        }
        before = Some(stored);
    }
    Ok(LogState::Sound)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..][..4].try_into().map(u32::from_be_bytes).unwrap_or_default()
}

/// The checksum of the format, continued over `bytes`, whose length is a multiple of eight.
fn checksum((mut first, mut second): Checksum, bytes: &[u8], is_big_endian: bool) -> Checksum {
    let word = |bytes: &[u8]| {
        let bytes = bytes.try_into().unwrap_or_default();
        if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    for pair in bytes.chunks_exact(8) {
        first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
        second = second.wrapping_add(word(&pair[4..])).wrapping_add(first);
    }
    (first, second)
}

/// Fills the buffer; `false` if the log ends before.
fn read_whole(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rusqlite::Connection;

    use super::*;

    /// The log of a database after so many transactions of one row each.
    fn log(transactions: usize) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t (a TEXT)").unwrap();
        for n in 0..transactions {
            connection.execute("INSERT INTO t VALUES (?1)", [format!("row {n}").repeat(200)]).unwrap();
        }
        fs::read(folder.path().join("a.db-wal")).unwrap()
    }

    fn state(log: &[u8]) -> LogState {
        look_through(log).unwrap()
    }

    #[test]
    fn a_log_that_ends_anywhere_is_sound() {
        let log = log(12);
        assert!(log.len() > 20 * 4096);
        for length in (0..log.len()).step_by(509).chain([log.len()]) {
            assert_eq!(state(&log[..length]), LogState::Sound, "{length}");
        }
    }

    #[test]
    fn a_bit_that_is_flipped_before_synced_transactions_is_seen() {
        let log = log(12);
        let early = log.len() / 2;
        for at in (0..early).step_by(97) {
            let mut harmed = log.clone();
            harmed[at] ^= 4;
            // Nothing reads the number of checkpoints in a header but its own checksum.
            assert_eq!(state(&harmed), LogState::Harmed, "byte {at}");
        }
    }

    #[test]
    fn a_last_transaction_that_was_not_synced_is_no_harm() {
        let log = log(12);
        for at in (log.len() - 4096..log.len()).step_by(61) {
            let mut torn = log.clone();
            torn[at] ^= 4;
            assert_eq!(state(&torn), LogState::Sound, "byte {at}");
        }
    }

    /// A power loss leaves a last transaction torn, the next session writes over its begin, and again: what is left behind
    /// fits itself in pieces, each of them the end of a transaction that was never synced.
    #[test]
    fn the_rests_of_torn_ends_are_no_harm() {
        let (log, frame) = (log(12), FRAME_HEADER + 4096);
        let frames = (log.len() - HEADER) / frame;
        let one = |at: usize| &log[HEADER + at * frame..][..frame];
        let ends: Vec<usize> = (2..frames).filter(|at| word(one(*at), 4) != 0).collect();
        let sound = &log[..HEADER + 4 * frame];
        // The ends of two transactions, each after a frame that does not fit.
        let rests = [one(ends[3]), one(ends[5])].map(|end| [&[0x5a; FRAME_HEADER + 4096][..], end].concat());
        assert_eq!(state(&[sound, &rests[0], &rests[1], one(ends[7])].concat()), LogState::Sound);
    }

    #[test]
    fn frames_of_the_log_before_are_not_looked_at() {
        let (old, new) = (log(12), log(4));
        let rest = [new.clone(), old[new.len()..].to_vec()].concat();
        assert_eq!(state(&rest), LogState::Sound);
    }
}
