//! Signals: the first asks to end, the second gives up what is in flight.

use std::time::Duration;

use crate::exec::{Halt, Stop};

/// How long `SIGTERM` and `SIGHUP` leave for rows in flight: container runtimes kill after ten seconds.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(8);

/// Listens on a thread of its own until the process ends.
///
/// # Errors
/// The system refused.
pub(super) fn listen(stop: &Stop) -> std::io::Result<()> {
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
    loop {
        tokio::select! {
            _ = interrupt.recv() => if stop.is_draining() { stop.abort() } else { stop.drain(Halt::Interrupted) },
            _ = terminate.recv() => drain_for(&stop, GRACE).await,
            _ = hangup.recv() => drain_for(&stop, GRACE).await,
        }
    }
}

#[cfg(unix)]
async fn drain_for(stop: &Stop, grace: Duration) {
    if !stop.is_draining() {
        stop.drain(Halt::Interrupted);
        tokio::time::sleep(grace).await;
    }
    stop.abort();
}

#[cfg(not(unix))]
async fn wait(stop: Stop) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if stop.is_draining() { stop.abort() } else { stop.drain(Halt::Interrupted) }
    }
}
