//! The keys of recipes as a table, used by the parser, by messages about unknown keys, and by the editor's schema.
//!
//! Belongs here: names, shapes and descriptions. A key is one entry, and [`Reader`](super::Reader) reads only keys of
//! its table. Does not belong here: how a value is interpreted (`parse`), and the keys of one kind of connection, which
//! its connector lists in the same form.

/// A key of a mapping: the single source for checks and the editor's schema.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as written, in kebab case.
    pub name: &'static str,
    /// Which values it takes.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Its default, as a user would write it.
    pub default: Option<&'static str>,
    /// Example values, as a user would write them.
    pub examples: &'static [&'static str],
    /// Its description in whole sentences, in Markdown.
    pub doc: &'static str,
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The format version of the recipe, which is 1.
    Version,
    /// Any text. A number counts as its digits.
    Text,
    /// Text with templates that are filled in from the row.
    Template,
    /// A name that becomes part of a folder name.
    Name,
    /// Only digits, as text or as a number.
    Digits,
    /// Text that matches a regular expression, in the syntax that Rust and JavaScript share.
    Pattern(&'static str),
    /// A whole number, at least `min`.
    Whole {
        /// The smallest allowed value.
        min: u32,
    },
    /// Requests per unit of time, `80/s`.
    Rate,
    /// A rate, or the word `unlimited`.
    RateOrUnlimited,
    /// A duration with its unit, `30s`.
    Duration,
    /// A number of rows or a percentage, `5%`.
    RowsOrShare,
    /// A time with its UTC offset, `2026-12-01T18:00:00Z`.
    Moment,
    /// An expression that returns true or false.
    Condition,
    /// Constants: a mapping of names to values without templates.
    Constants,
    /// The name of a connection, or a connection.
    Connection,
    /// The kind of a connection.
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
    /// A required key.
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: true, default: None, examples: &[], doc }
    }

    /// An optional key.
    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { required: false, ..Self::required(name, shape, doc) }
    }

    /// The same key with a default.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same key with values to show.
    #[must_use]
    pub const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }
}

/// The keys of a recipe.
pub const RECIPE_KEYS: &[Key] = &[
    Key::required("version", Shape::Version, "The form of this file. There is version 1 alone.").examples(&["1"]),
    Key::optional(
        "name",
        Shape::Name,
        "Names the run folders. Letters, digits, `-`, `_` and `.`, at most 64, not beginning with a dot or a \
         dash. Default: the file's name.",
    )
    .examples(&["order-update"]),
    Key::required(
        "connection",
        Shape::Connection,
        "Who sends: a name from `connections.yaml`, or the same mapping written here. A template lets each row name its own; a \
         list of names shares the rows out by their recipients. `--connection` overrides it.",
    )
    .examples(&["acme", "{{ brand }}"]),
    Key::required("task", Shape::Task, "What to do for each row: the id of a task or its short name.")
        .examples(&["send-text-message"]),
    Key::optional(
        "data",
        Shape::Text,
        "The list, relative to this file; `-` is standard input. `-d FILE` overrides it.",
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
        "One expression that gives true or false. Rows for which it is false are skipped. Default: all rows.",
    )
    .examples(&["{{ opted_in == 'yes' }}"]),
    Key::optional(
        "unique",
        Shape::Either(&Shape::Template, &Shape::Boolean),
        "What makes two rows one: the later one is skipped. A template, or `false` for never. Default: the recipient.",
    )
    .examples(&["{{ order_id }}"]),
    Key::optional(
        "suppress",
        Shape::OneOrMore(&Shape::Either(&Shape::Text, &Shape::Mapping(SUPPRESS_KEYS))),
        "Lists of people who are not written to, relative to this file.",
    )
    .examples(&["opted-out.csv"]),
    Key::optional(
        "once",
        Shape::Template,
        "A key that no two runs of a runs folder send to: rows that any of them has sent, or may have, are skipped.",
    )
    .examples(&["spring/{{ phone | e164 }}"]),
    Key::required(
        "input",
        Shape::Input,
        "The task's fields. `{{ … }}` is filled in from the columns of each row; `rowcast tasks TASK` explains the fields.",
    ),
    Key::optional(
        "send",
        Shape::Mapping(SEND_KEYS),
        "How to send. Each key has a flag of the same name, which overrides it.",
    ),
];

/// The keys of a list of `suppress`.
const SUPPRESS_KEYS: &[Key] = &[
    Key::required("file", Shape::Text, "The list, relative to this file.").examples(&["crm.csv"]),
    Key::optional("column", Shape::Text, "The column that has the phone numbers.").examples(&["Mobile"]),
];

/// The keys of a stage that is written as a mapping.
const STAGE_KEYS: &[Key] = &[
    Key::required("upto", Shape::RowsOrShare, "How far the stage goes, in rows or as a share of those that are sent.")
        .examples(&["10%"]),
    Key::optional("max-failures", Shape::RowsOrShare, "Stop when more rows of this stage were not accepted.")
        .examples(&["2%"]),
];

/// The keys of `send`.
pub const SEND_KEYS: &[Key] = &[
    Key::optional(
        "concurrency",
        Shape::Whole { min: 1 },
        "Rows in flight at most, and so the most that can be in doubt after a crash. Without it 64, and up to 1000 where the \
         API answers so slowly that the rate needs more. Several connections share it.",
    )
    .examples(&["64"]),
    Key::optional(
        "rate",
        Shape::Rate,
        "At most so many requests per `s`, `m`, `h` or `d`. The unit is required. Never above the connection's rate, which \
         is the default; each of several connections has it for itself.",
    )
    .examples(&["80/s", "1000/h"]),
    Key::optional(
        "retries",
        Shape::Whole { min: 0 },
        "Further attempts, made only where it is certain that nothing was sent.",
    )
    .or("3"),
    Key::optional(
        "timeout",
        Shape::Duration,
        "How long one request may take. A request that ran out of it may have arrived: its row is `unknown`.",
    )
    .or("30s"),
    Key::optional(
        "max-failures",
        Shape::RowsOrShare,
        "Stop when more than so many rows, or so large a share of the rows tried (from 20 rows on), were not accepted.",
    )
    .examples(&["5%", "20"]),
    Key::optional(
        "not-after",
        Shape::Moment,
        "Send nothing after this moment; what is left is skipped.",
    )
    .examples(&["2026-12-01T18:00:00Z"]),
    Key::optional(
        "stages",
        Shape::List(&Shape::Either(&Shape::RowsOrShare, &Shape::Mapping(STAGE_KEYS))),
        "Sends in parts, each looked at before the next: how far each goes, in rows or as a share of those that are sent.",
    ),
    Key::optional(
        "stage-wait",
        Shape::Duration,
        "How long to wait between two stages. Without it Rowcast asks.",
    )
    .examples(&["30m"]),
    Key::optional(
        "window",
        Shape::OneOrMore(&Shape::Text),
        "The hours in which rows are sent, by the clocks of `timezone`. Outside them the run waits.",
    )
    .examples(&["Mon-Fri 09:00-18:00"]),
    Key::optional(
        "timezone",
        Shape::Text,
        "Whose clocks `window` goes by: a zone, a column with one, or `\"{{ phone | timezone }}\"`, the zone of the number's country.",
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
    fn keys_are_told_once_and_in_whole_sentences() {
        for table in [RECIPE_KEYS, SEND_KEYS] {
            for (at, key) in table.iter().enumerate() {
                assert!(table[..at].iter().all(|earlier| earlier.name != key.name), "{} stands twice", key.name);
            }
        }
        for key in all(RECIPE_KEYS) {
            assert!(key.doc.ends_with('.') && key.doc.starts_with(char::is_uppercase), "{}: {}", key.name, key.doc);
            assert!(!(key.required && key.default.is_some()), "{} has a default and needs none", key.name);
        }
    }
}
