//! `rowcast tasks`: what the connectors can do, from the same tables that the checks read.

use crate::connectors::CONNECTORS;
use crate::diag::{Problem, did_you_mean};
use crate::model::{Field, Kind, TaskEntry};

use super::args::TasksArgs;
use super::console;
use super::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn tasks(args: &TasksArgs) -> Result<Exit, Failure> {
    let all = || CONNECTORS.iter().flat_map(|entry| entry.tasks);
    let text = match &args.task {
        None => all().map(listed).collect::<Vec<_>>().concat(),
        Some(wanted) => {
            let found = all().find(|task| task.id == *wanted || task.short() == *wanted);
            explain(found.ok_or_else(|| unknown(wanted, all()))?)
        }
    };
    // A closed pipe is nobody's business.
    let _ = console::data(&text);
    Ok(Exit::Done)
}

fn listed(task: &TaskEntry) -> String {
    format!("{}\n    {}\n", task.short(), task.summary)
}

fn unknown<'a>(wanted: &str, all: impl Iterator<Item = &'a TaskEntry>) -> Failure {
    let short: Vec<String> = all.map(TaskEntry::short).collect();
    let hint = did_you_mean(wanted, short.iter().map(String::as_str));
    let problem = Problem::new(format!("unknown task `{wanted}`{hint}")).help("`rowcast tasks` lists them");
    Failure::new(Exit::Usage, problem)
}

fn explain(task: &TaskEntry) -> String {
    let width = task.fields.iter().map(|field| field.name.len()).max().unwrap_or_default();
    let field = |field: &Field| {
        let need = if field.required { "required" } else { "optional" };
        // Where the words of the field say it, the limit is not said twice.
        let said = |max: &usize| field.doc.contains(&max.to_string());
        let limit =
            field.max.filter(|max| !said(max)).map_or(String::new(), |max| format!(", at most {max} characters"));
        format!("  {:width$}  {need}, {}{limit}. {}\n", field.name, kind(field.kind), field.doc)
    };
    let fields: String = task.fields.iter().map(field).collect();
    format!("{}\n{}\n\ninput\n{fields}\noutputs\n  {}\n", task.id, task.summary, task.outputs.join(", "))
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Word => "text without spaces".to_owned(),
        Kind::Enum(values) => format!("one of {}", values.join(", ")),
        Kind::Number { min, max } => format!("a number from {min} to {max}"),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Date => "a date YYYY-MM-DD".to_owned(),
        Kind::List(_) => "a list".to_owned(),
    }
}
