//! The event stream to a program: a bounded queue that a thread writes out. A slow reader delays the run only once the
//! queue is full, because no event may be lost.
//!
//! Belongs here: the queue. Does not belong here: the content of the lines (`json`).

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A handle to the queue. Clones share the queue.
#[derive(Clone)]
pub struct Events(Arc<Mutex<EventQueue>>);

struct EventQueue {
    lines: Option<SyncSender<String>>,
    /// Receives the writer thread's result when it ends.
    done: Receiver<io::Result<()>>,
    given_up: Box<dyn Fn() -> bool + Send>,
    on_error: Box<dyn Fn(&io::Error) + Send>,
    /// When to stop waiting for the reader, once the user has given up.
    until: Option<Instant>,
    lost: bool,
}

/// Capacity of the queue in events. The README states this number.
const ROOM: usize = 8192;
/// Size of one write in bytes.
const PIECE: usize = 64 * 1024;
/// Polling interval while the queue is full.
const STEP: Duration = Duration::from_millis(5);
/// How long to wait for the reader after the user has given up.
const PATIENCE: Duration = Duration::from_secs(1);

impl Events {
    /// Writes lines to `out` until the last clone is dropped. Waits for a reader that stops reading until `given_up`
    /// returns true. Calls `on_error` once at the end if events could not be written. A closed pipe is not an error.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn start(
        out: impl Write + Send + 'static,
        given_up: impl Fn() -> bool + Send + 'static,
        on_error: impl Fn(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        let (lines, queued) = sync_channel(ROOM);
        let (through, done) = channel();
        std::thread::Builder::new().name("events".to_owned()).spawn(move || {
            // Events that cannot be written must not stop a run. After one error nothing more is written.
            let end = write(out, &queued);
            drop(queued);
            let _ = through.send(end);
        })?;
        let (given_up, on_error) = (Box::new(given_up), Box::new(on_error));
        Ok(Self(Arc::new(Mutex::new(EventQueue {
            lines: Some(lines),
            done,
            given_up,
            on_error,
            until: None,
            lost: false,
        }))))
    }

    /// Queues a line.
    pub fn line(&self, line: String) {
        self.queue().push(line);
    }

    /// Waits until every line is written, or writing has failed. Returns false if the user gave up first.
    pub fn close(&self) -> bool {
        self.queue().close()
    }

    fn queue(&self) -> MutexGuard<'_, EventQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventQueue {
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
                        (self.on_error)(&error);
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

impl Drop for EventQueue {
    fn drop(&mut self) {
        self.close();
    }
}

/// Writes the queued lines in one piece, then waits for more.
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
