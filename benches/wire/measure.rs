//! The cost of a process: wall time, processor time, peak memory.

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use wait4::Wait4;

/// The cost of one process and of the children that it has waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// Bytes.
    pub(crate) peak: u64,
}

impl Cost {
    /// Runs a command to its end.
    ///
    /// # Errors
    /// The command cannot be started, or exits with another code.
    pub(crate) fn of(command: &mut Command, code: i32) -> io::Result<Self> {
        let begin = Instant::now();
        let used = command.spawn()?.wait4()?;
        let wall = begin.elapsed();
        if used.status.code() != Some(code) {
            return Err(io::Error::other(format!("{command:?}: {}", used.status)));
        }
        Ok(Self { wall, cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
    }
}

/// The median; 0 if there are no values.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match (numbers.len() % 2, numbers.get(middle)) {
        (1, Some(number)) => *number,
        (_, Some(above)) => f64::midpoint(numbers[middle - 1], *above),
        (_, None) => 0.0,
    }
}
