//! Locks that another process holds: told after a second, and given up at an interrupt.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cli::terminal::console;
use crate::exec::Stop;
use crate::files;

/// From when on a wait is told.
const SOON: Duration = Duration::from_secs(1);

/// Tells of locks that are waited for. `stop`: what the signals of this process stop; without it, they end the process.
pub(in crate::cli) fn tell(stop: Option<Stop>) {
    let told = AtomicBool::new(false);
    files::while_held(Arc::new(move |lock: &Path, waited| {
        if waited < SOON {
            told.store(false, Ordering::Relaxed);
        } else if !told.swap(true, Ordering::Relaxed) {
            console::tell(&format!("waiting for another process, which holds {}\n", lock.display()));
        }
        // What is asked for at the end of an interrupted run gets its second.
        waited < SOON || !stop.as_ref().is_some_and(Stop::is_interrupted)
    }));
}
