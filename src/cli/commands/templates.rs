//! `rowcast templates`: the message templates of an account: list them, show one, keep a copy.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use crate::connectors::whatsapp::template_contract::{Header, Pattern, Pinned, Template, Templates};
use crate::connectors::{Connection, Surroundings, read_connection};
use crate::diag::{Problem, Problems, did_you_mean, visible};
use crate::files::atomic;
use crate::recipe::{connection_names, find_connection};

use crate::app::Error;
use crate::app::checks::templates::{ask, pinned};
use crate::app::inputs::source::read_source;
use crate::cli::args::{TemplatesArgs, TemplatesCommand, WhoseArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::console;

/// Runs the command.
pub(in crate::cli) fn templates(args: &TemplatesArgs) -> Result<Exit, Error> {
    let text = match &args.command {
        TemplatesCommand::List { connection, whose, pinned, json } => {
            let (connection, surroundings) = connect(connection.as_deref(), whose)?;
            let templates = known(&connection, &surroundings, *pinned)?;
            if *json { list_json(&templates) } else { list(&templates) }
        }
        TemplatesCommand::Show { name, language, connection, whose, pinned } => {
            let (connection, surroundings) = connect(connection.as_deref(), whose)?;
            let templates = known(&connection, &surroundings, *pinned)?;
            show(&templates, name, language.as_deref())?
        }
        TemplatesCommand::Pull { connection, whose, output } => {
            let (connection, surroundings) = connect(connection.as_deref(), whose)?;
            return pull(&connection, &surroundings, output.as_deref());
        }
    };
    console::data(&text)?;
    Ok(Exit::Done)
}

/// The connection that is meant: the one that is named, or the only one there is.
fn connect(name: Option<&str>, whose: &WhoseArgs) -> Result<(Connection, Surroundings), Error> {
    let path = whose.secrets.connections.as_deref().unwrap_or(Path::new("connections.yaml"));
    let source = read_source(path)?;
    let names = connection_names(&source)?;
    let name = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [one]) => one,
        (None, several) => {
            let problem = Problem::new("which connection?").help(format!("name one of {}", several.join(", ")));
            return Err(Error::usage(problem));
        }
    };
    let surroundings = Surroundings::read(whose.secrets.env_file.as_deref())?;
    let mut problems = Problems::default();
    let connection = read_connection(&find_connection(&source, name)?, &surroundings, &mut problems);
    match connection {
        Some(connection) if !problems.has_errors() => {
            console::problems(&problems);
            Ok((connection, surroundings))
        }
        _ => Err(problems.into()),
    }
}

/// The templates, from the copy or from the API.
fn known(connection: &Connection, surroundings: &Surroundings, from_copy: bool) -> Result<Templates, Error> {
    if !from_copy {
        return fetch(connection, surroundings);
    }
    let copy = pinned(connection)?.ok_or_else(|| {
        let problem = Problem::new(format!("there is no copy of the templates of `{}`", connection.name));
        problem.help("`rowcast templates pull` makes one")
    })?;
    console::note(&format!("pulled {}", copy.age(Timestamp::now())));
    Ok(copy.templates)
}

fn fetch(connection: &Connection, surroundings: &Surroundings) -> Result<Templates, Error> {
    let templates = ask(connection, surroundings, None).map_err(|error| {
        let problem = Problem::new(visible(&format!("connection `{}`: {error}", connection.name)));
        error.help.as_deref().map_or(problem.clone(), |help| problem.help(visible(help))).in_file(&connection.file)
    })?;
    if templates.unread() > 0 {
        console::note(&format!("{} entries have no name or no language, and are left out", templates.unread()));
    }
    Ok(templates)
}

fn list(templates: &Templates) -> String {
    let rows: Vec<[String; 5]> = templates
        .iter()
        .map(|template| {
            let known = |word: &Option<String>| word.clone().unwrap_or_else(|| "?".to_owned());
            [
                template.name.clone(),
                template.language.clone(),
                known(&template.status),
                known(&template.category),
                variables(template),
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

/// What a message has to bring: `header image, body 2, button 1`.
fn variables(template: &Template) -> String {
    let mut parts = Vec::new();
    match &template.header {
        Header::Text(pattern) if !pattern.variables().is_empty() => parts.push(format!("header {}", pattern.listed())),
        Header::Media(medium) => parts.push(format!("header {}", medium.word())),
        Header::Location => parts.push("header location".to_owned()),
        Header::None | Header::Text(_) | Header::Other(_) => {}
    }
    if !template.body.variables().is_empty() {
        parts.push(format!("body {}", template.body.listed()));
    }
    let buttons = template.buttons.iter().enumerate().filter(|(_, button)| button.is_filled());
    parts.extend(buttons.map(|(place, button)| format!("button {place} {}", button.kind)));
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn list_json(templates: &Templates) -> String {
    let line = |template: &Template| {
        let line = json!({
            "name": template.name, "language": template.language, "status": template.status,
            "category": template.category, "variables": variables(template), "template": template.raw(),
        });
        format!("{line}\n")
    };
    templates.iter().map(line).fold(String::new(), |text, line| text + &line)
}

fn show(templates: &Templates, name: &str, language: Option<&str>) -> Result<String, Error> {
    let found = templates.named(name);
    if found.is_empty() {
        let names = templates.iter().map(|template| template.name.as_str());
        let problem = Problem::new(format!("no template `{name}`{}", did_you_mean(name, names)));
        return Err(problem.help("`rowcast templates list` lists them").into());
    }
    let wanted: Vec<&Template> =
        found.iter().filter(|template| language.is_none_or(|language| template.language == language)).collect();
    if wanted.is_empty() {
        let languages: Vec<&str> = found.iter().map(|template| template.language.as_str()).collect();
        let language = language.unwrap_or_default();
        let hint = did_you_mean(language, languages.iter().copied());
        let problem = Problem::new(format!("the template {name} is not in {language}{hint}"));
        return Err(problem.help(format!("it is in {}", languages.join(", "))).into());
    }
    Ok(wanted.into_iter().map(page).collect::<Vec<_>>().join("\n"))
}

fn page(template: &Template) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        for (at, value) in value.lines().enumerate() {
            let name = if at == 0 { name } else { "" };
            text.extend([format!("{name:<11} {}\n", visible(value))]);
        }
    };
    line("template", &format!("{} ({})", template.name, template.language));
    line("status", template.status.as_deref().unwrap_or("not known"));
    line("category", template.category.as_deref().unwrap_or("not known"));
    match &template.header {
        Header::None => {}
        Header::Text(pattern) => line("header", pattern.text()),
        Header::Media(medium) => line("header", medium.word()),
        Header::Location => line("header", "location"),
        Header::Other(format) => line("header", &format.to_lowercase()),
    }
    line("body", template.body.text());
    line("footer", template.footer.as_deref().unwrap_or_default());
    for (place, button) in template.buttons.iter().enumerate() {
        let what = button.url.as_ref().map(Pattern::text).or(button.phone.as_deref()).unwrap_or_default();
        line("button", &format!("{place} {}: {} {what}", button.kind, button.text));
    }
    line("not checked", &template.others.join(", "));
    line("variables", &variables(template));
    format!("{text}\n{}", template.recipe())
}

fn pull(connection: &Connection, surroundings: &Surroundings, output: Option<&Path>) -> Result<Exit, Error> {
    let Some(path) = output.map(Path::to_owned).or_else(|| connection.pinned_templates()) else {
        let problem = Problem::new("the connection's name is no file name").help("say where with -o FILE");
        return Err(problem.into());
    };
    let templates = fetch(connection, surroundings)?;
    let account = connection.account.clone().unwrap_or_default();
    let copy = Pinned { pulled_at: Timestamp::now(), account, templates };
    let cannot = |error: io::Error| Problem::new(format!("cannot be written: {error}")).in_file(&path);
    atomic::write(&path, copy.text().as_bytes()).map_err(cannot)?;
    let (count, shown) = (copy.templates.len(), visible(&path.display().to_string()));
    let noun = if count == 1 { "template" } else { "templates" };
    console::tell(&format!("{count} {noun} in {shown}: from now on every check reads this copy\n"));
    Ok(Exit::Done)
}
