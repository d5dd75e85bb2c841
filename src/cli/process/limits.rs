//! Raises the limit of open files. A session may need a socket for every row in flight, and the usual limit is 1,024.

/// The requested limit: more than the maximum number of rows in flight.
#[cfg(unix)]
const OPEN_FILES: u64 = 65_536;

/// Raises the soft limit of open files, up to the hard limit.
#[cfg(unix)]
pub(in crate::cli) fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if current.is_some_and(|current| current < wanted) {
        // A refusal is ignored: a connection that cannot be opened has sent nothing, and its row is retried.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

#[cfg(not(unix))]
pub(in crate::cli) fn raise() {}
