//! Signals: the first asks to end, the second gives up what is in flight.

#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use tokio::time::Instant;

use crate::exec::{Halt, Stop};

/// How long `SIGTERM` and `SIGHUP` leave for rows in flight: container runtimes kill after ten seconds.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(8);

/// Listens on a thread of its own until the process ends.
///
/// # Errors
/// The system refused.
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
    // SIGXFSZ: a write past `ulimit -f` is to return an error to the ledger, not to kill the process. Listening to a
    // signal takes its default action away.
    let _file_size = signal(SignalKind::from_raw(25));
    let (mut asked, mut end) = (false, None);
    loop {
        tokio::select! {
            // The user's own second time counts, not that the run was about to stop by itself.
            _ = interrupt.recv() => if asked { stop.abort() } else { stop.drain(Halt::Interrupted) },
            // A closing terminal may hang up twice: that asks for no more haste than once.
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
