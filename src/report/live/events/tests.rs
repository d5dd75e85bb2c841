use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// A reader that blocks until the lock is released.
struct Held(Arc<Mutex<()>>, Arc<Mutex<Vec<u8>>>);

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _held = self.0.lock().unwrap();
        self.1.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn no_error(error: &io::Error) {
    panic!("{error}");
}

#[test]
fn a_slow_reader_gets_every_line_and_holds_nothing_up_before_the_queue_is_full() {
    let (gate, text) = (Arc::<Mutex<()>>::default(), Arc::<Mutex<Vec<u8>>>::default());
    let held = gate.lock().unwrap();
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let events = Events::start(
        Held(Arc::clone(&gate), Arc::clone(&text)),
        move || {
            count.fetch_add(1, Ordering::Relaxed);
            false
        },
        no_error,
    )
    .unwrap();
    (0..ROOM).for_each(|n| events.line(n.to_string()));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    let more = events.clone();
    let waiting = std::thread::spawn(move || (ROOM..4 * ROOM).for_each(|n| more.line(n.to_string())));
    while asked.load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    drop(held);
    waiting.join().unwrap();
    assert!(events.close());
    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    assert!(text.lines().eq((0..4 * ROOM).map(|n| n.to_string())));
}

#[test]
fn a_user_who_gives_up_waits_for_no_reader() {
    let gate = Arc::<Mutex<()>>::default();
    let _held = gate.lock().unwrap();
    let given_up = Arc::<AtomicBool>::default();
    let asked = Arc::clone(&given_up);
    let events =
        Events::start(Held(Arc::clone(&gate), Arc::default()), move || asked.load(Ordering::Relaxed), no_error)
            .unwrap();
    (0..ROOM).for_each(|n| events.line(n.to_string()));
    given_up.store(true, Ordering::Relaxed);
    (0..ROOM).for_each(|n| events.line(n.to_string()));
    assert!(!events.close());
}

#[test]
fn why_events_are_lost_is_told_once() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let reported = Arc::<Mutex<Vec<io::ErrorKind>>>::default();
    let kinds = Arc::clone(&reported);
    let events = Events::start(Full, || false, move |error| kinds.lock().unwrap().push(error.kind())).unwrap();
    (0..3 * ROOM).for_each(|n| events.line(n.to_string()));
    assert!(events.close());
    drop(events);
    assert_eq!(*reported.lock().unwrap(), [io::ErrorKind::StorageFull]);
}

#[test]
fn a_reader_that_is_gone_is_left_alone() {
    struct Gone(Arc<AtomicUsize>);
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let writes = Arc::<AtomicUsize>::default();
    let events = Events::start(Gone(Arc::clone(&writes)), || false, no_error).unwrap();
    (0..3 * ROOM).for_each(|n| events.line(n.to_string()));
    assert!(events.close());
    assert_eq!(writes.load(Ordering::Relaxed), 1);
}
