//! Signals: the first ends the session gracefully, the second abandons rows in flight.

#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use tokio::time::Instant;

use crate::exec::{Halt, Stop};

/// Grace period for rows in flight after `SIGTERM` and `SIGHUP`: container runtimes kill after ten seconds.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(8);

/// Listens for signals on a separate thread until the process ends.
///
/// # Errors
/// The runtime or the thread cannot be created.
pub(in crate::cli) fn listen(stop: &Stop) -> std::io::Result<()> {
    let stop = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(wait(stop)))?;
    Ok(())
}

#[cfg(unix)]
async fn wait(stop: Stop) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return;
    };
    // SIGXFSZ: a write past `ulimit -f` must return an error to the ledger instead of killing the process. Listening to a signal
    // disables its default action.
    let _file_size = signal(SignalKind::from_raw(25));
    let (mut asked, mut end) = (false, None);
    loop {
        tokio::select! {
            // Only a second interrupt by the user aborts, not one after the run began to stop by itself.
            _ = interrupt.recv() => if asked { stop.abort() } else { stop.drain(Halt::Interrupted) },
            // A closing terminal may send SIGHUP twice, which has no further effect.
            _ = terminate.recv() => drain_until(&stop, &mut end),
            _ = hangup.recv() => drain_until(&stop, &mut end),
            () = sleep_until(end), if end.is_some() => {
                end = None;
                stop.abort();
            }
        }
        asked = true;
    }
}

#[cfg(unix)]
fn drain_until(stop: &Stop, end: &mut Option<Instant>) {
    stop.drain(Halt::Interrupted);
    end.get_or_insert_with(|| Instant::now() + GRACE);
}

#[cfg(unix)]
async fn sleep_until(end: Option<Instant>) {
    tokio::time::sleep_until(end.unwrap_or_else(Instant::now)).await;
}

#[cfg(not(unix))]
async fn wait(stop: Stop) {
    let mut asked = false;
    while tokio::signal::ctrl_c().await.is_ok() {
        if asked {
            stop.abort()
        } else {
            stop.drain(Halt::Interrupted)
        }
        asked = true;
    }
}
