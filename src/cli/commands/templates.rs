//! `rowcast templates`: lists, shows or saves the message templates of an account.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::connectors::{Connection, Environment, MessageTemplate, PinnedTemplates, TemplateSet, read_connection};
use crate::diag::{Problem, Problems, Sheet, count, did_you_mean, visible};
use crate::files::atomic;
use crate::recipe::{connection_names, find_connection};

use crate::app::checks::templates::{ask, pinned, pull_command};
use crate::app::inputs::source::read_source;
use crate::app::{Error, Project};
use crate::cli::args::{TemplatesArgs, TemplatesCommand, WhoseArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn templates(args: &TemplatesArgs) -> Result<Exit, Error> {
    let text = match &args.command {
        TemplatesCommand::List { connection, whose, pinned, json } => {
            let (connection, environment) = connect(connection.as_deref(), whose)?;
            let templates = known(&connection, &environment, *pinned)?;
            if *json { list_json(&*templates) } else { list(&*templates) }
        }
        TemplatesCommand::Show { name, language, connection, whose, pinned } => {
            let (connection, environment) = connect(connection.as_deref(), whose)?;
            let templates = known(&connection, &environment, *pinned)?;
            show(&*templates, name, language.as_deref())?
        }
        TemplatesCommand::Pull { connection, whose, output } => {
            let (connection, environment) = connect(connection.as_deref(), whose)?;
            return pull(&connection, &environment, output.as_deref());
        }
    };
    console::data(&text)?;
    Ok(Exit::Done)
}

/// The named connection, or the only one in the file.
fn connect(name: Option<&str>, whose: &WhoseArgs) -> Result<(Connection, Environment), Error> {
    let secrets = &whose.secrets;
    // A connections file that is named may be in another project, with the token beside it.
    let project = secrets.connections.as_deref().map_or_else(Project::of_working_folder, Project::of_recipe);
    let path = secrets.connections.clone().map_or_else(|| project.connections(), Ok)?;
    let source = read_source(&path)?;
    let names = connection_names(&source)?;
    let name = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [one]) => one,
        (None, several) => {
            let problem =
                Problem::new("several connections are possible").help(format!("name one of {}", several.join(", ")));
            return Err(Error::usage(problem));
        }
    };
    let environment = project.environment(secrets.env_file.as_deref())?;
    let mut problems = Problems::default();
    let connection = read_connection(&find_connection(&source, name)?, &environment, &mut problems);
    match connection {
        Some(connection) if !problems.has_errors() => {
            console::problems(&problems);
            Ok((connection, environment))
        }
        _ => Err(problems.into()),
    }
}

/// The templates, from the saved copy or from the API.
fn known(connection: &Connection, environment: &Environment, from_copy: bool) -> Result<Arc<dyn TemplateSet>, Error> {
    if !from_copy {
        return fetch(connection, environment);
    }
    let copy = pinned(connection)?.ok_or_else(|| {
        let problem = Problem::new(format!("no saved copy of the templates of `{}`", connection.name));
        problem.help(format!("create one with `{}`", pull_command(connection)))
    })?;
    console::note(&format!("pulled {}", copy.age(Timestamp::now())));
    Ok(copy.templates)
}

fn fetch(connection: &Connection, environment: &Environment) -> Result<Arc<dyn TemplateSet>, Error> {
    let templates = ask(connection, environment, None).map_err(|error| {
        let problem = Problem::new(visible(&format!("connection `{}`: {error}", connection.name)));
        error.help.as_deref().map_or(problem.clone(), |help| problem.help(visible(help))).in_file(&connection.file)
    })?;
    if templates.unread() > 0 {
        console::note(&format!("ignored {} entries without a name or a language", templates.unread()));
    }
    Ok(templates)
}

fn list(templates: &dyn TemplateSet) -> String {
    let rows: Vec<[String; 5]> = templates
        .templates()
        .map(|template| {
            let known = |word: Option<&str>| word.unwrap_or("?").to_owned();
            [
                template.name().to_owned(),
                template.language().to_owned(),
                known(template.status()),
                known(template.category()),
                template.variables(),
            ]
            .map(|cell| visible(&cell))
        })
        .collect();
    let head = ["name", "language", "status", "category", "variables"].map(str::to_owned);
    let wide =
        |column: usize| rows.iter().chain([&head]).map(|row| console_width(&row[column])).max().unwrap_or_default();
    let widths = [wide(0), wide(1), wide(2), wide(3)];
    let mut text = String::new();
    for row in [&head].into_iter().chain(&rows) {
        for (cell, width) in row.iter().zip(widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width + 2 - console_width(cell)));
        }
        text.extend([row[4].as_str(), "\n"]);
    }
    text
}

fn console_width(text: &str) -> usize {
    ::console::measure_text_width(text)
}

fn list_json(templates: &dyn TemplateSet) -> String {
    let line = |template: &dyn MessageTemplate| {
        let line = json!({
            "name": template.name(), "language": template.language(), "status": template.status(),
            "category": template.category(), "variables": template.variables(), "template": template.raw(),
        });
        format!("{line}\n")
    };
    templates.templates().map(line).fold(String::new(), |text, line| text + &line)
}

fn show(templates: &dyn TemplateSet, name: &str, language: Option<&str>) -> Result<String, Error> {
    let found: Vec<_> = templates.templates().filter(|template| template.name() == name).collect();
    if found.is_empty() {
        let names = templates.templates().map(MessageTemplate::name);
        let problem = Problem::new(format!("no template `{name}`{}", did_you_mean(name, names)));
        return Err(problem.help("see the list with `rowcast templates list`").into());
    }
    let is_wanted = |template: &&dyn MessageTemplate| language.is_none_or(|language| template.language() == language);
    let wanted: Vec<_> = found.iter().copied().filter(is_wanted).collect();
    if wanted.is_empty() {
        let languages: Vec<&str> = found.iter().map(|template| template.language()).collect();
        let language = language.unwrap_or_default();
        let hint = did_you_mean(language, languages.iter().copied());
        let problem = Problem::new(format!("the template {name} has no language {language}{hint}"));
        return Err(problem.help(format!("available languages: {}", languages.join(", "))).into());
    }
    Ok(wanted.into_iter().map(page).collect::<Vec<_>>().join("\n"))
}

fn page(template: &dyn MessageTemplate) -> String {
    let mut sheet = Sheet::default();
    sheet.lines("template", &format!("{} ({})", template.name(), template.language()));
    sheet.lines("status", template.status().unwrap_or("unknown"));
    sheet.lines("category", template.category().unwrap_or("unknown"));
    for (name, value) in template.parts() {
        sheet.lines(name, &value);
    }
    sheet.lines("variables", &template.variables());
    format!("{sheet}\n{}", template.recipe())
}

fn pull(connection: &Connection, environment: &Environment, output: Option<&Path>) -> Result<Exit, Error> {
    let Some(path) = output.map(Path::to_owned).or_else(|| connection.pinned_templates()) else {
        let problem =
            Problem::new("the connection's name cannot be used as a file name").help("name a file with -o FILE");
        return Err(problem.into());
    };
    let Some(support) = connection.entry.capabilities.templates else {
        let problem = Problem::new(format!("the API of a {} connection has no templates", connection.entry.kind));
        return Err(problem.into());
    };
    let templates = fetch(connection, environment)?;
    let account = connection.account.clone().unwrap_or_default();
    let copy = PinnedTemplates { pulled_at: Timestamp::now(), account, templates };
    let cannot = |error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(&path);
    atomic::write(&path, copy.text(&support).as_bytes()).map_err(cannot)?;
    let saved = count(copy.templates.templates().count() as u64, "template");
    let shown = visible(&path.display().to_string());
    console::tell(&format!("{saved} saved to {shown}; checks now read this copy\n"));
    Ok(Exit::Done)
}
