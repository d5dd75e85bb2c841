//! Several reporters as one. A panic in one of them is caught, so that a bug in a reporter cannot stop a run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::exec::Throughput;
use crate::model::{Counts, Event};

use super::reporter::Reporter;

/// Reporters that all receive the same events.
#[derive(Default)]
pub struct Reporters(Vec<Option<Box<dyn Reporter>>>);

impl Reporters {
    /// Adds a reporter.
    #[must_use]
    pub fn with(mut self, reporter: impl Reporter + 'static) -> Self {
        self.0.push(Some(Box::new(reporter)));
        self
    }

    /// Calls every reporter. A reporter that panics is dropped, because its state may be inconsistent; the drop is
    /// guarded too. The panic message has been printed already.
    fn each(&mut self, mut call: impl FnMut(&mut dyn Reporter)) {
        for slot in &mut self.0 {
            let Some(reporter) = slot else { continue };
            let result = catch_unwind(AssertUnwindSafe(|| call(&mut **reporter)));
            if result.is_err() {
                let broken = slot.take();
                let _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
            }
        }
    }
}

impl Reporter for Reporters {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.each(|reporter| reporter.event(event, counts));
    }

    fn tick(&mut self, counts: &Counts, throughput: &Throughput) {
        self.each(|reporter| reporter.tick(counts, throughput));
    }

    fn finish(&mut self, counts: &Counts) {
        self.each(|reporter| reporter.finish(counts));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::report::live::samples;

    struct Counting(Arc<AtomicUsize>, usize);

    impl Reporter for Counting {
        fn event(&mut self, _: &Event, _: &Counts) {
            assert!(self.0.fetch_add(1, Ordering::Relaxed) < self.1, "this reporter has a bug");
        }
    }

    #[test]
    fn a_reporter_with_a_bug_is_dropped_and_the_others_go_on() {
        let (sound, broken) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let mut reporters =
            Reporters::default().with(Counting(Arc::clone(&broken), 2)).with(Counting(Arc::clone(&sound), usize::MAX));
        let events = samples::events();
        for event in &events {
            reporters.event(event, &samples::counts());
        }
        reporters.finish(&samples::counts());
        assert_eq!((broken.load(Ordering::Relaxed), sound.load(Ordering::Relaxed)), (3, events.len()));
    }
}
