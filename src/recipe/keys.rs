//! The keys of recipes as a table, used by the parser, by problems about unknown keys, and by the editor's schema.
//!
//! Belongs here: names, shapes and descriptions. Each key is one entry; [`Reader`](super::Reader) reads only keys of its
//! table. Does not belong here: the values, which `parse` reads, and the keys of one connection type, which its connector
//! lists in the same form.

/// A key of a mapping: the single source for checks and the editor's schema.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The name, in kebab case.
    pub name: &'static str,
    /// The allowed values.
    pub shape: Shape,
    /// Whether the key is required.
    pub required: bool,
    /// The default value, as written in YAML.
    pub default: Option<&'static str>,
    /// Example values, as written in YAML.
    pub examples: &'static [&'static str],
    /// The description in whole sentences, in Markdown.
    pub doc: &'static str,
}

/// The allowed values of a key.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The version of the recipe format, which is 1.
    Version,
    /// Any text; a number is read as its digits.
    Text,
    /// A template, filled in from the row.
    Template,
    /// A name that becomes part of a folder name.
    Name,
    /// Only digits, as text or as a number.
    Digits,
    /// Text that matches a regular expression, in syntax common to Rust and JavaScript.
    Pattern(&'static str),
    /// A whole number of at least `min`.
    Whole {
        /// The smallest allowed value.
        min: u32,
    },
    /// A rate with its unit of time, `80/s`.
    Rate,
    /// A rate, or the word `unlimited`.
    RateOrUnlimited,
    /// A duration with its unit, `30s`.
    Duration,
    /// A span of time, which may have days and weeks.
    Span,
    /// A number of rows or a percentage, `5%`.
    RowsOrShare,
    /// A timestamp with its offset, `2026-12-01T18:00:00Z`.
    Moment,
    /// One expression that evaluates to true or false.
    Condition,
    /// Constants: a mapping of names to values without templates.
    Constants,
    /// The name of a connection, or a connection.
    Connection,
    /// The type of a connection.
    Kind,
    /// The id or short name of a task.
    Task,
    /// The fields of the task.
    Input,
    /// `true` or `false`.
    Boolean,
    /// A value of one of two shapes.
    Either(&'static Self, &'static Self),
    /// A non-empty list of values of a shape.
    List(&'static Self),
    /// A value of a shape, or a list of them.
    OneOrMore(&'static Self),
    /// A mapping with these keys.
    Mapping(&'static [Key]),
}

impl Key {
    /// Creates a required key.
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: true, default: None, examples: &[], doc }
    }

    /// Creates an optional key.
    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { required: false, ..Self::required(name, shape, doc) }
    }

    /// Adds a default value.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Adds example values.
    #[must_use]
    pub const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }
}

/// The keys of a recipe.
pub const RECIPE_KEYS: &[Key] = &[
    Key::required("version", Shape::Version, "The version of the recipe format. Always 1.").examples(&["1"]),
    Key::optional(
        "name",
        Shape::Name,
        "The name of the run folders: at most 64 letters, digits, `-`, `_` and `.`, not starting with a dot or a \
         dash. Default: the file name without its extension.",
    )
    .examples(&["order-update"]),
    Key::required(
        "connection",
        Shape::Connection,
        "The connection to send over: a name from `connections.yaml`, or its settings written here. A template lets each row \
         name its connection; a list of names distributes the rows by recipient. `--connection` overrides it.",
    )
    .examples(&["acme", "{{ brand }}"]),
    Key::required("task", Shape::Task, "The task to run for each row, by id or short name.")
        .examples(&["send-text-message"]),
    Key::optional(
        "data",
        Shape::Text,
        "The path of the list, relative to this file; `-` reads standard input. `-d FILE` overrides it.",
    )
    .examples(&["contacts.csv"]),
    Key::optional(
        "vars",
        Shape::Constants,
        "Constants for templates: `{{ vars.shop }}`. `--var shop=Other` overrides one.",
    ),
    Key::optional(
        "when",
        Shape::Condition,
        "An expression that is true or false. Rows for which it is false are skipped. Default: send all rows.",
    )
    .examples(&["{{ opted_in == 'yes' }}"]),
    Key::optional(
        "unique",
        Shape::Either(&Shape::Template, &Shape::Boolean),
        "A template that identifies duplicates: of rows with equal values only the first is sent. `false` allows duplicates. \
         Default: the recipient.",
    )
    .examples(&["{{ order_id }}"]),
    Key::optional(
        "suppress",
        Shape::OneOrMore(&Shape::Either(&Shape::Text, &Shape::Mapping(SUPPRESS_KEYS))),
        "Lists of recipients to exclude, as paths relative to this file.",
    )
    .examples(&["opted-out.csv"]),
    Key::optional(
        "once",
        Shape::Either(&Shape::Template, &Shape::Boolean),
        "What is sent only once, over all runs of the project: rows whose key was already sent, or may have been, are skipped. \
         `false` sends to all in every run. Default: the message, so nobody gets the same text twice.",
    )
    .examples(&["spring/{{ phone | e164 }}"]),
    Key::optional(
        "repeat-after",
        Shape::Span,
        "The time after which the same may be sent again, for reminders whose text never changes. Default: never.",
    )
    .examples(&["20h", "7d"]),
    Key::required(
        "input",
        Shape::Input,
        "The fields of the task. `{{ … }}` is filled in from the columns of each row. `rowcast tasks TASK` explains the fields.",
    ),
    Key::optional(
        "send",
        Shape::Mapping(SEND_KEYS),
        "The send settings. A flag of the same name overrides each key.",
    ),
];

/// The keys of an entry of `suppress`.
const SUPPRESS_KEYS: &[Key] = &[
    Key::required("file", Shape::Text, "The path of the list, relative to this file.").examples(&["crm.csv"]),
    Key::optional("column", Shape::Text, "The column that contains the phone numbers.").examples(&["Mobile"]),
];

/// The keys of a stage that has its own failure limit.
const STAGE_KEYS: &[Key] = &[
    Key::required(
        "upto",
        Shape::RowsOrShare,
        "The end of the stage: a number of rows, or a percentage of the rows to send.",
    )
    .examples(&["10%"]),
    Key::optional("max-failures", Shape::RowsOrShare, "Stop once more rows of this stage were not accepted.")
        .examples(&["2%"]),
];

/// The keys of `send`.
pub const SEND_KEYS: &[Key] = &[
    Key::optional(
        "concurrency",
        Shape::Whole { min: 1 },
        "The maximum number of rows in flight, and so of unknown rows after a crash. Default: 64, rising to 1000 if the API \
         answers so slowly that the rate needs it. Several connections share it.",
    )
    .examples(&["64"]),
    Key::optional(
        "rate",
        Shape::Rate,
        "The maximum request rate per `s`, `m`, `h` or `d`. The unit is required. It never exceeds the connection's rate, which \
         is the default. It applies to each connection separately.",
    )
    .examples(&["80/s", "1000/h"]),
    Key::optional(
        "retries",
        Shape::Whole { min: 0 },
        "The maximum number of retries of a row after a fault, made only if it was certainly not sent; what the API turns away for now is not counted.",
    )
    .or("3"),
    Key::optional(
        "timeout",
        Shape::Duration,
        "The timeout of one request. A request that timed out may have arrived, so its row is `unknown`.",
    )
    .or("30s"),
    Key::optional(
        "max-failures",
        Shape::RowsOrShare,
        "Stop once more than this number of rows, or this percentage of the rows tried (after 20 rows), were not accepted.",
    )
    .examples(&["5%", "20"]),
    Key::optional(
        "not-after",
        Shape::Moment,
        "Send nothing after this time; the remaining rows are skipped.",
    )
    .examples(&["2026-12-01T18:00:00Z"]),
    Key::optional(
        "stages",
        Shape::List(&Shape::Either(&Shape::RowsOrShare, &Shape::Mapping(STAGE_KEYS))),
        "Send in stages and pause after each, to check how it went. Each entry is the end of a stage: a number of rows, or a \
         percentage of the rows to send.",
    ),
    Key::optional(
        "stage-wait",
        Shape::Duration,
        "The time to wait between stages. Without it Rowcast asks.",
    )
    .examples(&["30m"]),
    Key::optional(
        "window",
        Shape::OneOrMore(&Shape::Text),
        "The hours in which rows are sent, in local time of `timezone`. The run waits outside them.",
    )
    .examples(&["Mon-Fri 09:00-18:00"]),
    Key::optional(
        "timezone",
        Shape::Text,
        "The time zone of `window`: a zone, a column with one, or `\"{{ phone | timezone }}\"` for the zone of the number's country.",
    )
    .examples(&["Europe/Berlin"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of a table and of the tables inside it.
    fn all(keys: &'static [Key]) -> Vec<&'static Key> {
        let inner = |key: &'static Key| if let Shape::Mapping(keys) = key.shape { all(keys) } else { Vec::new() };
        keys.iter().flat_map(|key| [vec![key], inner(key)].concat()).collect()
    }

    #[test]
    fn keys_are_unique_and_described_in_whole_sentences() {
        for table in [RECIPE_KEYS, SEND_KEYS] {
            for (at, key) in table.iter().enumerate() {
                assert!(table[..at].iter().all(|earlier| earlier.name != key.name), "{} is listed twice", key.name);
            }
        }
        for key in all(RECIPE_KEYS) {
            assert!(key.doc.ends_with('.') && key.doc.starts_with(char::is_uppercase), "{}: {}", key.name, key.doc);
            assert!(!(key.required && key.default.is_some()), "{} has a default and needs none", key.name);
        }
    }
}
