//! Names and values in two columns, as `rowcast show` and its like print them.

use std::fmt;

use super::visible;

/// The width of the column of names.
const NAME: usize = 11;

/// Lines of a name and a value each. Values are made safe to show.
///
/// ```
/// let mut sheet = rowcast::diag::Sheet::default();
/// sheet.line("state", "accepted");
/// sheet.lines("body", "Hello\nAnn");
/// assert_eq!(sheet.to_string(), "state       accepted\nbody        Hello\n            Ann\n");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sheet(String);

impl Sheet {
    /// Adds a line; a line break in the value is shown as an escape.
    pub fn line(&mut self, name: &str, value: &str) {
        self.0.extend([format!("{name:<NAME$} {}\n", visible(value))]);
    }

    /// Adds a line for each line of the value, the name before the first. An empty value adds nothing.
    pub fn lines(&mut self, name: &str, value: &str) {
        for (at, value) in value.lines().enumerate() {
            self.line(if at == 0 { name } else { "" }, value);
        }
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
