//! What the system lets this process use. A session may need a socket for every row in flight, and usual limits are 1,024 open
//! files.

/// The most that is asked for: more than all rows in flight, and no invitation to go on for ever.
#[cfg(unix)]
const OPEN_FILES: u64 = 65_536;

/// Lets the process open as many files as the system allows it to allow itself.
#[cfg(unix)]
pub(in crate::cli) fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if current.is_some_and(|current| current < wanted) {
        // What is not granted is left as it is: a connection that cannot be opened has sent nothing, and its row is tried again.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

#[cfg(not(unix))]
pub(in crate::cli) fn raise() {}
