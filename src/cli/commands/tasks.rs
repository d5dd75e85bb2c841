//! `rowcast tasks`: lists the tasks of the connectors, from the same tables that the checks read.

use serde_json::{Value, json};

use crate::connectors::CONNECTORS;
use crate::diag::{Problem, did_you_mean};
use crate::model::{Entries, Field, Kind, TaskEntry};

use crate::app::Error;
use crate::cli::args::TasksArgs;
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn tasks(args: &TasksArgs) -> Result<Exit, Error> {
    let all = || CONNECTORS.iter().flat_map(|entry| entry.tasks);
    let chosen: Vec<&TaskEntry> = match &args.task {
        None => all().collect(),
        Some(wanted) => {
            let found = all().find(|task| task.id == *wanted || task.short() == *wanted);
            vec![found.ok_or_else(|| unknown(wanted, all()))?]
        }
    };
    let told = |task: &&TaskEntry| match (args.json, &args.task) {
        (true, _) => format!("{}\n", object(task)),
        (false, Some(_)) => explain(task),
        (false, None) => listed(task),
    };
    console::data(&chosen.iter().map(told).collect::<String>())?;
    Ok(Exit::Done)
}

fn listed(task: &TaskEntry) -> String {
    format!("{}\n    {}\n", task.short(), task.summary)
}

fn unknown<'a>(wanted: &str, all: impl Iterator<Item = &'a TaskEntry>) -> Error {
    let short: Vec<String> = all.map(TaskEntry::short).collect();
    let hint = did_you_mean(wanted, short.iter().map(String::as_str));
    let problem = Problem::new(format!("unknown task `{wanted}`{hint}")).help("see the list with `rowcast tasks`");
    Error::usage(problem)
}

/// The page of a task: its fields, its outputs, and an example recipe.
fn explain(task: &TaskEntry) -> String {
    let rows: Vec<[String; 4]> = task.fields.iter().map(cells).collect();
    let head = ["field", "", "kind", "limit"].map(str::to_owned);
    let width =
        |column: usize| rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (name, need, kind) = (width(0), width(1), width(2));
    let line =
        |[a, b, c, d]: &[String; 4]| format!("  {a:name$}  {b:need$}  {c:kind$}  {d}").trim_end().to_owned() + "\n";
    let field = |(row, field): (&[String; 4], &Field)| format!("{}  {:name$}  {}\n", line(row), "", field.doc);
    let fields: String = rows.iter().zip(task.fields).map(field).collect();
    format!(
        "{} ({})\n{}\n\n{}{fields}\noutputs\n  {}\n\nexample\n{}",
        task.short(),
        task.id,
        task.summary,
        line(&head),
        task.outputs.join(", "),
        example(task).lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect::<String>(),
    )
}

fn cells(field: &Field) -> [String; 4] {
    let need = if field.required { "required" } else { "optional" };
    [field.name.to_owned(), need.to_owned(), kind(field.kind), limit(field).unwrap_or_default()]
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text",
        Kind::Word => "text without spaces",
        Kind::Enum(_) => "one of",
        Kind::Number { .. } => "number",
        Kind::Boolean => "true or false",
        Kind::Date => "date",
        Kind::List(_) => "list",
    }
    .to_owned()
}

fn limit(field: &Field) -> Option<String> {
    match field.kind {
        Kind::Enum(values) => Some(values.join(", ")),
        Kind::Number { min, max } => Some(format!("{min} to {max}")),
        Kind::Date => Some("YYYY-MM-DD".to_owned()),
        Kind::List(Entries { max: Some(max), .. }) => Some(format!("at most {max}")),
        _ => field.max.map(|max| format!("at most {max} characters")),
    }
}

/// An example recipe that passes its check with a list of the columns it names. Optional fields are commented out.
fn example(task: &TaskEntry) -> String {
    // The connection usually sets this field, so the example omits it.
    let fields = || task.fields.iter().filter(|field| field.name != "phone-number-id");
    let lines: Vec<(String, &str)> = fields()
        .map(|field| {
            let mark = if field.required { "" } else { "# " };
            (format!("{mark}{}: {}", field.name, field.shown()), if field.required { "" } else { "# optional" })
        })
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default();
    let input: String =
        lines.iter().map(|(line, note)| format!("  {line:width$}  {note}").trim_end().to_owned() + "\n").collect();
    let mut columns: Vec<String> = Vec::new();
    for column in fields().flat_map(|field| columns_of(&field.shown())) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    format!(
        "version: 1\nconnection: acme\ntask: {}\ndata: list.csv  # with the columns {}\ninput:\n{input}",
        task.short(),
        columns.join(", ")
    )
}

/// The columns that an example value reads; examples contain plain names in braces.
fn columns_of(shown: &str) -> Vec<String> {
    let inside = |part: &str| part.split_once("}}").map(|(name, _)| name.trim().to_owned());
    shown.split("{{").skip(1).filter_map(inside).collect()
}

/// A task as JSON.
fn object(task: &TaskEntry) -> Value {
    json!({
        "task": task.short(),
        "id": task.id,
        "summary": task.summary,
        "fields": task.fields.iter().map(field).collect::<Vec<_>>(),
        "outputs": task.outputs,
        "example": example(task),
    })
}

fn field(field: &Field) -> Value {
    let mut object = json!({ "name": field.name, "required": field.required });
    let mut set = |key: &str, value: Value| object[key] = value;
    match field.kind {
        Kind::Text => set("kind", "text".into()),
        Kind::Word => set("kind", "word".into()),
        Kind::Boolean => set("kind", "boolean".into()),
        Kind::Date => set("kind", "date".into()),
        Kind::Enum(values) => {
            set("kind", "enum".into());
            set("values", values.into());
        }
        Kind::Number { min, max } => {
            set("kind", "number".into());
            set("min", min.into());
            set("max", max.into());
        }
        Kind::List(Entries { max, keys, .. }) => {
            set("kind", "list".into());
            set("max-entries", max.into());
            set("keys", keys.iter().map(self::field).collect());
        }
    }
    if let Some(max) = field.max {
        set("max-characters", max.into());
    }
    set("secret", field.secret.into());
    set("doc", field.doc.into());
    object
}
