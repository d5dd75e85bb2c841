use std::sync::{Arc, Mutex};

use super::*;
use crate::report::live::samples;

/// A file in memory, or a full disk.
#[derive(Clone, Default)]
struct MemoryFile {
    text: Arc<Mutex<Vec<u8>>>,
    full: bool,
}

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of these events, and the errors that it reported.
fn logged(file: &MemoryFile, events: &[Event]) -> (String, Vec<String>) {
    let errors = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&errors);
    let mut reporter =
        LogReporter::to(file.clone(), || Timestamp::UNIX_EPOCH, move |text| kept.lock().unwrap().push(text.to_owned()))
            .unwrap();
    for event in events {
        reporter.event(event, &samples::counts());
    }
    reporter.finish(&samples::counts());
    drop(reporter);
    let text = String::from_utf8(file.text.lock().unwrap().clone()).unwrap();
    let errors = errors.lock().unwrap().clone();
    (text, errors)
}

#[test]
fn each_event_is_a_line_that_is_safe_to_show() {
    let (text, errors) = logged(&MemoryFile::default(), &samples::events());
    assert_eq!(errors, [""; 0]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_log_that_cannot_be_written_is_told_once() {
    let many: Vec<Event> = (0..10_000).flat_map(|_| samples::events()).collect();
    let (text, errors) = logged(&MemoryFile { full: true, ..MemoryFile::default() }, &many);
    assert_eq!(text, "");
    assert_eq!(errors.len(), 1, "{errors:?}");
}

/// A disk that hangs until the lock is released.
struct Slow(Arc<Mutex<()>>, MemoryFile);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _held = self.0.lock().unwrap();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_slow_disk_costs_lines_and_no_time() {
    let (file, gate) = (MemoryFile::default(), Arc::<Mutex<()>>::default());
    let held = gate.lock().unwrap();
    let mut reporter =
        LogReporter::to(Slow(Arc::clone(&gate), file.clone()), || Timestamp::UNIX_EPOCH, |_| {}).unwrap();
    let event = Event::Stopping { connection: None, reason: "interrupted".repeat(100) };
    // Every call returns, although nothing is written.
    for _ in 0..3 * ROOM {
        reporter.event(&event, &samples::counts());
    }
    drop(held);
    while reporter.lost > 0 {
        std::thread::yield_now();
        reporter.event(&event, &samples::counts());
    }
    reporter.finish(&samples::counts());
    drop(reporter);
    let text = String::from_utf8(file.text.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches("lines are missing here: the disk was too slow").count(), 1, "{}", text.len());
}
