//! Named pipes where a file is wanted: whoever opens one waits for a writer, perhaps for ever.

use std::io;
use std::path::Path;

/// Refuses a named pipe. What a shell gives as `<(…)` has a writer and is taken.
///
/// # Errors
/// The file is a named pipe. A file that is not there is no error: opening it tells.
pub fn refuse_named_pipe(path: &Path) -> io::Result<()> {
    let of_a_shell =
        path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") || path == Path::new("/dev/stdin");
    if of_a_shell { Ok(()) } else { refuse_pipe(path) }
}

/// Refuses every pipe, where a file is read more than once.
///
/// # Errors
/// The file is a pipe.
pub fn refuse_pipe(path: &Path) -> io::Result<()> {
    if is_pipe(path) {
        return Err(io::Error::other("it is a pipe, which may never end: name a file"));
    }
    Ok(())
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;

    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo() || found.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}
