//! The log file for people: one line per event, with the time in UTC, appended by its own thread.

#[cfg(unix)]
use std::fs::File;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;

use crate::diag::visible;
use crate::exec::Throughput;
use crate::model::{Answer, Counts, Event, Reply};

use super::progress_ticker::ProgressTicker;
use super::reporter::Reporter;
use crate::report::text::{counts_line, rate_line, stage_line, stopping_line};

/// Writes events to a log file. If the file cannot be written, or not fast enough, only lines are lost.
pub struct LogReporter {
    lines: Option<SyncSender<String>>,
    /// Lines dropped since the last one that was queued.
    lost: u64,
    clock: fn() -> Timestamp,
    ticker: ProgressTicker,
    writer: Option<Writer>,
    on_error: Box<dyn Fn(&str) + Send>,
}

struct Writer {
    thread: JoinHandle<io::Result<()>>,
    /// Receives a message when the thread ends.
    done: Receiver<()>,
}

/// Capacity of the queue in lines.
const ROOM: usize = 8192;
/// How long to wait for a slow disk at the end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a line may stay in the buffer, so that `tail -f` shows it.
const FLUSH: Duration = Duration::from_millis(200);

impl LogReporter {
    /// Appends to the file at `path`. A new file is readable by its owner only. Calls `on_error` once at the end if
    /// lines could not be written.
    ///
    /// # Errors
    /// The file cannot be opened, is neither a file nor a terminal, or the system has no more threads.
    pub fn open(path: &Path, on_error: impl Fn(&str) + Send + 'static) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Opening a pipe without a reader would block. Whether it is one is known only after opening.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, waitless());
        let file = options.open(path)?;
        #[cfg(unix)]
        takes_all(&file)?;
        Self::to(file, Timestamp::now, on_error)
    }

    fn to(
        file: impl Write + Send + 'static,
        clock: fn() -> Timestamp,
        on_error: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let (lines, written) = sync_channel(ROOM);
        let (through, done) = channel();
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            let end = write(file, &written);
            let _ = through.send(());
            end
        })?;
        Ok(Self {
            lines: Some(lines),
            lost: 0,
            clock,
            ticker: ProgressTicker::start(),
            writer: Some(Writer { thread, done }),
            on_error: Box::new(on_error),
        })
    }

    fn line(&mut self, text: &str) {
        let Some(lines) = &self.lines else { return };
        let at = (self.clock)();
        let missing = match self.lost {
            0 => String::new(),
            lost => format!("{at:.3} {lost} lines are missing here: the disk was too slow\n"),
        };
        match lines.try_send(format!("{missing}{at:.3} {text}\n")) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += 1,
            // The writer thread has failed; `close` reports its error.
            Err(TrySendError::Disconnected(_)) => self.lines = None,
        }
    }

    /// Waits until all lines are written, at most [`PATIENCE`]; reports an error.
    fn close(&mut self) {
        self.lines = None;
        let Some(writer) = self.writer.take() else { return };
        let error = match writer.done.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => Some("the disk does not accept it".to_owned()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => match writer.thread.join() {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("a bug in Rowcast".to_owned()),
            },
        };
        match (error, self.lost) {
            (Some(error), _) => (self.on_error)(&error),
            (None, 0) => {}
            (None, lost) => (self.on_error)(&format!("the disk was too slow for the last {lost} lines")),
        }
    }
}

/// Flags to open a file without blocking and without becoming a terminal's process group.
#[cfg(unix)]
fn waitless() -> i32 {
    use rustix::fs::OFlags;
    (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed()
}

/// Accepts regular files and character devices, and makes writes blocking again.
#[cfg(unix)]
fn takes_all(file: &File) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use std::os::unix::fs::FileTypeExt;
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !kind.is_char_device() {
        return Err(io::Error::other("it is neither a file nor a terminal"));
    }
    Ok(fcntl_setfl(file, fcntl_getfl(file)? - OFlags::NONBLOCK)?)
}

/// Writes lines until the queue closes or a write fails.
fn write(file: impl Write, lines: &Receiver<String>) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    loop {
        match lines.recv_timeout(FLUSH) {
            Ok(line) => file.write_all(line.as_bytes())?,
            Err(RecvTimeoutError::Timeout) => file.flush()?,
            Err(RecvTimeoutError::Disconnected) => return file.flush(),
        }
    }
}

/// `accepted wamid.X`, `rejected 131026: Message undeliverable`.
fn answer_text(answer: &Answer) -> String {
    match &answer.reply {
        Reply::Accepted { id, .. } => visible(id),
        other => {
            let advice = answer.note.advice.as_ref().map_or(String::new(), |advice| format!(" ({})", visible(advice)));
            format!("{}: {}{advice}", visible(other.code()), visible(other.message()))
        }
    }
}

impl Reporter for LogReporter {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.ticker.event(event, counts);
        let line = match event {
            Event::Started(start) => {
                let mode = serde_json::to_value(start.mode).unwrap_or_default();
                let mode = mode.as_str().unwrap_or_default();
                format!("{mode} {}: {} rows to send; {}", visible(&start.run), start.rows, counts_line(counts))
            }
            Event::Sending { row, attempt } => format!("row {row}: sending, attempt {attempt}"),
            Event::Waiting { row, attempt, wait, answer } => {
                let wait = wait.as_secs_f64();
                format!("row {row}: waiting {wait:.1} s after attempt {attempt}, {}", answer_text(answer))
            }
            Event::Finished { row, line, attempt, state, answer, took } => {
                let ms = took.as_millis();
                format!("row {row} (line {line}): {state} at attempt {attempt} after {ms} ms, {}", answer_text(answer))
            }
            Event::Excluded { row, line, exclusion } => {
                format!("row {row} (line {line}): {}, {}", exclusion.state, visible(&exclusion.reason))
            }
            Event::Stage(end) => stage_line(end),
            Event::Resting(rest) => visible(&rest.reason),
            Event::RateFound(rate) => rate_line(rate),
            Event::Stopping { connection, reason } => stopping_line(connection.as_deref(), reason),
        };
        self.line(&line);
    }

    fn tick(&mut self, counts: &Counts, throughput: &Throughput) {
        if let Some(line) = self.ticker.tick(counts, throughput) {
            self.line(&line);
        }
    }

    fn finish(&mut self, counts: &Counts) {
        self.line(&format!("ended: {}", counts_line(counts)));
        // The disk may finish while the results are written. The drop waits for it.
        self.lines = None;
    }
}

impl Drop for LogReporter {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
