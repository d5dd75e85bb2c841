//! Several reporters as one, each behind a fence: a bug in one of them costs what it shows, and not the run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::exec::Pulse;
use crate::model::{Counts, Event};

use super::reporter::Reporter;

/// Reporters that are all told the same.
#[derive(Default)]
pub struct Reporters(Vec<Option<Box<dyn Reporter>>>);

impl Reporters {
    /// One more.
    #[must_use]
    pub fn with(mut self, reporter: impl Reporter + 'static) -> Self {
        self.0.push(Some(Box::new(reporter)));
        self
    }

    /// One that panics is told nothing any more; the panic itself has been printed. That it may be left half done is
    /// why it is dropped, behind the same fence.
    fn each(&mut self, mut tell: impl FnMut(&mut dyn Reporter)) {
        for slot in &mut self.0 {
            let Some(reporter) = slot else { continue };
            let told = catch_unwind(AssertUnwindSafe(|| tell(&mut **reporter)));
            if told.is_err() {
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

    fn tick(&mut self, counts: &Counts, pulse: &Pulse) {
        self.each(|reporter| reporter.tick(counts, pulse));
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
    fn a_reporter_with_a_bug_is_told_nothing_any_more_and_the_others_are() {
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
