//! Lines on their way to a program: a bounded queue, written by a thread of its own. A reader that is slow holds nothing up
//! until the queue is full; then it is waited for, since no event is to be lost.
//!
//! Belongs here: the queue. Does not belong here: what the lines say (`json`).

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The way to whoever reads the events. Clones are the same way.
#[derive(Clone)]
pub struct Events(Arc<Mutex<Queue>>);

struct Queue {
    lines: Option<SyncSender<String>>,
    /// Says so when the thread is through, and what stopped it.
    done: Receiver<io::Result<()>>,
    given_up: Box<dyn Fn() -> bool + Send>,
    told: Box<dyn Fn(&io::Error) + Send>,
    /// So long a reader is waited for once the user has given up.
    until: Option<Instant>,
    lost: bool,
}

/// Events that may wait for a reader. The README has this number.
const ROOM: usize = 8192;
/// So many bytes go out in one piece.
const PIECE: usize = 64 * 1024;
/// How often a full queue is looked at.
const STEP: Duration = Duration::from_millis(5);
/// A reader has so long for the rest when the user has given up.
const PATIENCE: Duration = Duration::from_secs(1);

impl Events {
    /// Writes lines to `out` until the last clone is gone. A reader that stops reading is waited for until `given_up` says
    /// that nobody has the time. `told` is called at the end, once, if events could not be written; a reader that is gone is
    /// no error.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn start(
        out: impl Write + Send + 'static,
        given_up: impl Fn() -> bool + Send + 'static,
        told: impl Fn(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        let (lines, queued) = sync_channel(ROOM);
        let (through, done) = channel();
        std::thread::Builder::new().name("events".to_owned()).spawn(move || {
            // Events that cannot be written must not stop a run, and what has failed once is not tried again.
            let end = write(out, &queued);
            drop(queued);
            let _ = through.send(end);
        })?;
        let (given_up, told) = (Box::new(given_up), Box::new(told));
        Ok(Self(Arc::new(Mutex::new(Queue { lines: Some(lines), done, given_up, told, until: None, lost: false }))))
    }

    /// One more line.
    pub fn line(&self, line: String) {
        self.queue().push(line);
    }

    /// Waits until everything was taken, or nothing more can be. `false` if the user has given up before.
    pub fn close(&self) -> bool {
        self.queue().close()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, mut line: String) {
        line.push('\n');
        while let Some(lines) = &self.lines {
            match lines.try_send(line) {
                Ok(()) => return,
                Err(TrySendError::Full(back)) if self.has_time() => {
                    line = back;
                    std::thread::sleep(STEP);
                }
                Err(TrySendError::Full(_)) => return self.lose(),
                Err(TrySendError::Disconnected(_)) => {
                    self.lines = None;
                    return;
                }
            }
        }
    }

    fn close(&mut self) -> bool {
        self.lines = None;
        while !self.lost {
            match self.done.recv_timeout(STEP) {
                Err(RecvTimeoutError::Timeout) if self.has_time() => {}
                Err(RecvTimeoutError::Timeout) => self.lose(),
                Ok(end) => {
                    if let Some(error) = end.err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe) {
                        (self.told)(&error);
                    }
                    return true;
                }
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
        false
    }

    fn has_time(&mut self) -> bool {
        if self.until.is_none() && (self.given_up)() {
            self.until = Some(Instant::now() + PATIENCE);
        }
        self.until.is_none_or(|until| Instant::now() < until)
    }

    fn lose(&mut self) {
        self.lines = None;
        self.lost = true;
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.close();
    }
}

/// Writes what is there in one piece, and waits for more.
fn write(mut out: impl Write, lines: &Receiver<String>) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE);
    while let Ok(line) = lines.recv() {
        piece.extend_from_slice(line.as_bytes());
        while piece.len() < PIECE
            && let Ok(line) = lines.try_recv()
        {
            piece.extend_from_slice(line.as_bytes());
        }
        out.write_all(&piece)?;
        out.flush()?;
        piece.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
