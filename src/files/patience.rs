//! Waiting for a lock that another process holds.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::lock_file;

/// How often a lock is tried.
const EVERY: Duration = Duration::from_millis(20);

/// Asked again and again while another process holds a lock: with the lock's file and the time so far. `false` gives up.
pub type WhileHeld = Arc<dyn Fn(&Path, Duration) -> bool + Send + Sync>;

static WHILE_HELD: Mutex<Option<WhileHeld>> = Mutex::new(None);

/// Sets what this process does while another holds a lock. Without it, it waits in silence.
///
/// For the whole process, as the handlers of its signals are: whoever waits, one front end tells and gives up.
pub fn while_held(wait: WhileHeld) {
    *WHILE_HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
}

/// Takes the lock on a file, which is created if needed.
///
/// # Errors
/// The file cannot be opened or locked, or the wait was given up.
pub fn lock_patiently(path: &Path) -> io::Result<File> {
    let wait = WHILE_HELD.lock().unwrap_or_else(PoisonError::into_inner).clone();
    lock_while(lock_file(path)?, |waited| wait.as_ref().is_none_or(|wait| wait(path, waited)))
}

fn lock_while(file: File, mut wait: impl FnMut(Duration) -> bool) -> io::Result<File> {
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if wait(begin.elapsed()) => thread::sleep(EVERY),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another process holds this lock, and the wait for it was given up"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_is_asked_about_and_can_be_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let open = || lock_file(&path).unwrap();
        let held = lock_while(open(), |_| panic!("nobody holds it")).unwrap();
        let mut asked = 0;
        let given_up = lock_while(open(), |_| {
            asked += 1;
            asked < 3
        });
        assert!(given_up.unwrap_err().to_string().contains("given up") && asked == 3);
        let mut held = Some(held);
        let taken = lock_while(open(), |_| {
            drop(held.take());
            true
        });
        assert!(taken.is_ok());
    }
}
