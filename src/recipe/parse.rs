//! Parses a recipe's text into a `Recipe` and reports all problems of its shape at once.

use crate::diag::{Problem, Problems, Source};

use super::send::read_send;
use super::template_text::is_template;
use super::{Audience, ConnectionRef, Node, RECIPE_KEYS, Reader, Recipe};

/// Parses a recipe. The error has every problem of its shape. Templates, task and data are checked later.
pub fn parse(source: &Source) -> Result<Recipe, Problems> {
    let document = Node::parse(source)?;
    let Node::Map(entries) = &document else {
        let problem = Problem::new(format!("a recipe is a mapping of keys, this is {}", document.describe()))
            .help("start with `version: 1`; `rowcast tasks` lists what a recipe can do")
            .in_file(&source.path);
        return Err(problem.into());
    };
    let mut problems = Problems::default();
    let recipe = read(source, &mut Reader::new(source, Vec::new(), entries, RECIPE_KEYS, &mut problems));
    match recipe {
        Some(recipe) if !problems.has_errors() => Ok(recipe),
        _ => Err(problems),
    }
}

/// `None` only if a required key is missing or has a wrong type; the problem has been reported then.
fn read(source: &Source, keys: &mut Reader<'_>) -> Option<Recipe> {
    keys.refuse_unknown("a recipe");
    version(keys);
    let name = name(source, keys);
    let connection = connection(keys);
    let task = keys.required_text("task", "for example `task: send-text-message`; `rowcast tasks` lists them");
    let data = keys.text("data");
    let vars = keys.mapping("vars").map(|vars| vars.entries().to_vec()).unwrap_or_default();
    for (var, value) in &vars {
        if matches!(value, Node::Text(text) if text.contains("{{") || text.contains("{%")) {
            keys.problem("vars", format!("`vars.{var}`: vars are constants; templates belong in `input` and `when`"));
        }
    }
    let when = when(keys);
    let audience = Audience::read(keys);
    let input = match keys.required("input", "the task's fields, for example `input: { to: \"{{ phone }}\", … }`") {
        Some(Node::Map(fields)) => Some(fields.clone()),
        Some(other) => {
            keys.problem("input", format!("`input`: wanted a mapping of fields, got {}", other.describe()));
            None
        }
        None => None,
    };
    let send = keys.mapping("send").map(|mut send| read_send(&mut send)).unwrap_or_default();
    Some(Recipe {
        source: source.clone(),
        name,
        connection: connection?,
        task: task?,
        data,
        vars,
        when,
        audience,
        input: input?,
        send,
    })
}

fn version(keys: &mut Reader<'_>) {
    match keys.required("version", "write `version: 1`") {
        Some(Node::Number(version)) if version == "1" => {}
        Some(_) => keys.report(
            "version",
            Problem::new("`version`: this version of Rowcast supports only version 1").help("write `version: 1`"),
        ),
        None => {}
    }
}

/// The name becomes part of a folder name and of commands that users copy, so it must not look like a flag.
fn name(source: &Source, keys: &mut Reader<'_>) -> String {
    let tame = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some(name) = keys.text("name") {
        if name.is_empty() || name.starts_with(['.', '-']) || name.chars().count() > 64 || !name.chars().all(tame) {
            keys.problem(
                "name",
                "`name`: 1 to 64 letters, digits, `-`, `_` or `.`, not beginning with a dot or a dash",
            );
        }
        return name;
    }
    let stem = source.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let name: String = stem.chars().map(|c| if tame(c) { c } else { '-' }).take(64).collect();
    let name = name.trim_start_matches(['.', '-']).to_owned();
    if name.is_empty() { "recipe".to_owned() } else { name }
}

fn connection(keys: &mut Reader<'_>) -> Option<ConnectionRef> {
    let help = "name a connection of connections.yaml, for example `connection: acme`";
    match keys.required("connection", help)? {
        node @ Node::Text(text) if is_template(text) => Some(ConnectionRef::OfRow(node.clone())),
        Node::Text(name) => Some(ConnectionRef::Named(name.clone())),
        Node::Map(entries) => Some(ConnectionRef::Inline(entries.clone())),
        Node::List(items) => several(items, keys),
        other => {
            let message =
                format!("`connection`: wanted a name, a mapping or a list of names, got {}", other.describe());
            keys.problem("connection", message);
            None
        }
    }
}

/// A list of names. A list of one name is that connection.
fn several(items: &[Node], keys: &mut Reader<'_>) -> Option<ConnectionRef> {
    let mut names: Vec<String> = Vec::new();
    for item in items {
        let message = match item {
            Node::Text(name) if name.contains("{{") || name.contains("{%") => {
                format!("`connection`: \"{name}\" is a template; a list may contain only names")
            }
            Node::Text(name) if names.contains(name) => format!("`connection`: `{name}` is in the list twice"),
            Node::Text(name) => {
                names.push(name.clone());
                continue;
            }
            other => format!("`connection`: wanted the name of a connection, got {}", other.describe()),
        };
        keys.problem("connection", message);
        return None;
    }
    match names.len() {
        0 => {
            keys.problem("connection", "`connection`: the list is empty");
            None
        }
        1 => names.pop().map(ConnectionRef::Named),
        _ => Some(ConnectionRef::Several(names)),
    }
}

fn when(keys: &mut Reader<'_>) -> Option<Node> {
    let node = keys.get("when")?;
    if !matches!(node, Node::Text(_) | Node::Bool(_)) {
        let help = "for example `when: \"{{ opted_in == 'yes' }}\"`";
        keys.report("when", Problem::new("`when`: wanted one expression that gives true or false").help(help));
        return None;
    }
    Some(node.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::render;
    use crate::recipe::SendSettings;

    fn problems(text: &str) -> String {
        let problems = parse(&Source::new("recipe.yaml", text)).err().unwrap_or_default();
        problems.into_iter().map(|problem| render(&problem, false)).collect()
    }

    #[test]
    fn the_smallest_recipe() {
        let text = "version: 1\nconnection: acme\ntask: send-text-message\ninput: { to: x }\n";
        let recipe = parse(&Source::new("dir/my list.yaml", text)).unwrap();
        assert_eq!(recipe.name, "my-list");
        assert_eq!(recipe.send, SendSettings::default());
        assert_eq!(recipe.data, None);
    }

    #[test]
    fn no_name_looks_like_a_flag_or_is_hidden() {
        let text = "version: 1\nconnection: acme\ntask: send-text-message\ninput: { to: x }\n";
        for (file, name) in [("-x.yaml", "x"), ("--.yaml", "recipe"), ("(a) b.yaml", "a--b"), ("..-.c-.yaml", "c-")] {
            assert_eq!(parse(&Source::new(file, text)).unwrap().name, name, "{file}");
        }
        for name in ["-rf", "--yes", ".x"] {
            let text = format!("{text}name: '{name}'\n");
            let wrong = parse(&Source::new("r.yaml", text)).unwrap_err();
            assert!(format!("{wrong:?}").contains("not beginning with a dot or a dash"), "{wrong:?}");
        }
    }

    #[test]
    fn every_problem_is_reported_at_its_place() {
        insta::assert_snapshot!(problems("version: 2\nname: a/b\nconection: acme\ntask: [x]\nwhen: [a]\nvars: { a: '{{ b }}' }\nsend:\n  rate: 80\n  retires: 3\n  timeout: 30\n  concurrency: 0\n  max-failures: 5 %%\n  not-after: tomorrow\n"), @r#"
        error: unknown key `conection` in a recipe (did you mean connection?)
         --> recipe.yaml:3:1
          |
        3 | conection: acme
          | ^^^^^^^^^
          |
          = help: known keys: version, name, connection, task, data, vars, when, unique, suppress, once, repeat-after, input, send
        error: `version`: this version of Rowcast supports only version 1
         --> recipe.yaml:1:10
          |
        1 | version: 2
          |          ^
          |
          = help: write `version: 1`
        error: `name`: 1 to 64 letters, digits, `-`, `_` or `.`, not beginning with a dot or a dash
         --> recipe.yaml:2:7
          |
        2 | name: a/b
          |       ^^^
        error: `connection` is missing
         --> recipe.yaml:1:1
          |
        1 | version: 2
          | ^
          |
          = help: name a connection of connections.yaml, for example `connection: acme`
        error: `task`: wanted text, got a list
         --> recipe.yaml:4:7
          |
        4 | task: [x]
          |       ^
        error: `vars.a`: vars are constants; templates belong in `input` and `when`
         --> recipe.yaml:6:7
          |
        6 | vars: { a: '{{ b }}' }
          |       ^
        error: `when`: wanted one expression that gives true or false
         --> recipe.yaml:5:7
          |
        5 | when: [a]
          |       ^
          |
          = help: for example `when: "{{ opted_in == 'yes' }}"`
        error: `input` is missing
         --> recipe.yaml:1:1
          |
        1 | version: 2
          | ^
          |
          = help: the task's fields, for example `input: { to: "{{ phone }}", … }`
        error: unknown key `retires` in `send` (did you mean retries?)
         --> recipe.yaml:9:3
          |
        9 |   retires: 3
          |   ^^^^^^^
          |
          = help: known keys: concurrency, rate, retries, timeout, max-failures, not-after, stages, stage-wait, window, timezone
        error: `concurrency`: "0" is not a whole number of at least 1
          --> recipe.yaml:11:16
           |
        11 |   concurrency: 0
           |                ^
        error: `rate`: "80" is not a rate: write a whole number and a unit (s, m, h or d), such as 80/s
         --> recipe.yaml:8:9
          |
        8 |   rate: 80
          |         ^^
        error: `timeout`: "30" is not a duration: write a number and a unit, such as 30s, 500ms or 2m
          --> recipe.yaml:10:12
           |
        10 |   timeout: 30
           |            ^^
        error: `max-failures`: "5 %%" is neither a whole number of rows nor a percentage such as 5%
          --> recipe.yaml:12:17
           |
        12 |   max-failures: 5 %%
           |                 ^^^^
        error: `not-after`: "tomorrow" is not a time with its UTC offset, such as 2026-12-01T18:00:00Z
          --> recipe.yaml:13:14
           |
        13 |   not-after: tomorrow
           |              ^^^^^^^^
        "#);
    }

    #[test]
    fn a_list_is_not_a_recipe() {
        insta::assert_snapshot!(problems("- a\n- b\n"), @"
        error: recipe.yaml: a recipe is a mapping of keys, this is a list
          help: start with `version: 1`; `rowcast tasks` lists what a recipe can do
        ");
    }
}
