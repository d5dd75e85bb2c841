//! The editor's schemas: they equal those in `recipes/`, accept every example and refuse every error of shape.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use jsonschema::{Draft, Validator};
use rowcast::connectors::{CONNECTION_KEYS, CONNECTORS};
use rowcast::diag::Source;
use rowcast::recipe::{Key, RECIPE_KEYS, SEND_KEYS, parse};
use serde_json::{Value, json};

use crate::dry_run::{example, examples};
use crate::support::Bench;

/// What `rowcast schema WHICH` prints.
fn printed(which: &str) -> String {
    Bench::new().rowcast(&["schema", which]).code(0).stdout
}

fn validator(which: &str) -> Validator {
    let schema: Value = serde_json::from_str(&printed(which)).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{which}");
    jsonschema::options().with_draft(Draft::Draft7).build(&schema).unwrap()
}

/// A YAML text as an editor passes it to a schema; `None` if it is not YAML.
fn yaml(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

/// The errors of a schema for a text, one line each.
fn faults(validator: &Validator, text: &str) -> String {
    let value = yaml(text).unwrap();
    let faults = validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path()));
    faults.collect::<Vec<_>>().join("\n")
}

/// A valid recipe with `lines` in it.
fn recipe_with(lines: &str) -> String {
    format!(
        "version: 1\nconnection: acme\ntask: send-text-message\ninput: {{ to: \"{{{{ phone }}}}\", body: Hi, preview-url: false }}\n{lines}\n"
    )
}

/// A valid connection with `lines` in it.
fn connection_with(lines: &str) -> String {
    format!("acme:\n  type: whatsapp\n{lines}\n")
}

#[test]
fn the_files_in_recipes_are_what_the_program_prints() {
    for which in ["recipe", "connections"] {
        let path = format!("recipes/{which}.schema.json");
        let schema = printed(which);
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::File::create(&path).unwrap().write_all(schema.as_bytes()).unwrap();
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        assert!(file == schema, "{path} is out of date: UPDATE_SCHEMA=1 cargo test --test it schema");
    }
    assert_eq!(printed("recipe"), Bench::new().rowcast(&["schema"]).code(0).stdout);
}

#[test]
fn every_example_is_taken_and_names_its_schema() {
    let (recipe, connections) = (validator("recipe"), validator("connections"));
    for name in examples() {
        let text = fs::read_to_string(example(&name)).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=recipe.schema.json\n"), "{name}");
        assert_eq!(faults(&recipe, &text), "", "{name}");
    }
    let text = fs::read_to_string("recipes/connections.yaml").unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema=connections.schema.json\n"));
    assert_eq!(faults(&connections, &text), "");
}

#[test]
fn every_recipe_and_connection_in_the_readme_is_taken() {
    let page = fs::read_to_string("README.md").unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (recipes, connections): (Vec<&str>, Vec<&str>) = blocks.partition(|block| block.contains("version: 1"));
    assert!(!recipes.is_empty() && !connections.is_empty());
    for text in recipes {
        assert_eq!(faults(&validator("recipe"), text), "", "{text}");
    }
    let (sends, connections): (Vec<&str>, Vec<&str>) = connections.iter().partition(|text| text.starts_with("send:"));
    for text in sends {
        assert_eq!(faults(&validator("recipe"), &recipe_with(text)), "", "{text}");
    }
    let (senders, connections): (Vec<&str>, Vec<&str>) =
        connections.iter().partition(|text| text.starts_with("connection:"));
    for text in senders {
        assert_eq!(faults(&validator("recipe"), &recipe_with("").replace("connection: acme\n", text)), "", "{text}");
    }
    for text in connections {
        assert_eq!(faults(&validator("connections"), text), "", "{text}");
    }
}

/// The wrong recipes in `tests/bad_recipes` that a schema accepts, and why it cannot find the error.
const UNSEEN: &[(&str, &str)] = &[
    ("connection-environment.yaml", "which variables are set"),
    ("duplicate-key.yaml", "not YAML: an editor says so without a schema"),
    ("missing-data.yaml", "which files there are"),
    ("no-data.yaml", "what stands on the command line"),
    ("stages.yaml", "whether stages grow, and what hours a window names"),
    ("syntax.yaml", "not YAML: an editor says so without a schema"),
    ("tab.yaml", "not YAML: an editor says so without a schema"),
    ("template-syntax.yaml", "the insides of templates"),
    ("timezone.yaml", "the insides of templates"),
    ("undefined-names.yaml", "the columns of the list"),
    ("unknown-columns-by-header.yaml", "the columns of the list"),
    ("unknown-connection.yaml", "the names in another file"),
    ("unknown-filter.yaml", "the insides of templates"),
    ("when-is-text.yaml", "what a template gives"),
    ("wrong-filter-arguments.yaml", "the insides of templates"),
];

#[test]
fn every_recipe_that_is_wrong_by_its_shape_is_refused() {
    let recipe = validator("recipe");
    let mut taken = Vec::new();
    for entry in fs::read_dir("tests/bad_recipes").unwrap() {
        let path = entry.unwrap().path();
        let value = yaml(&fs::read_to_string(&path).unwrap());
        if value.is_none_or(|value| recipe.is_valid(&value)) {
            taken.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    taken.sort();
    let unseen: Vec<&str> = UNSEEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(taken, unseen);
}

/// The errors of the program's own parser for a recipe.
fn parses(text: &str) -> bool {
    parse(&Source::new("recipe.yaml", text)).is_ok()
}

#[test]
fn what_the_parser_takes_of_a_setting_the_schema_takes_and_the_other_way_round() {
    let recipe = validator("recipe");
    let cases: BTreeMap<&str, [&[&str]; 2]> = [
        (
            "name",
            [
                &["order-update", "2024", "a.b_c", "Grüße"][..],
                &["a/b", ".hidden", "-rf", "\"\"", "a b", "[a]", "'a:b'"],
            ],
        ),
        ("data", [&["list.csv", "\"-\"", "5"], &["[a.csv]", "{ a: b }"]]),
        ("vars", [&["{ shop: Acme, n: 5 }", "", "{}"], &["shop", "{ shop: '{{ name }}' }", "[a]"]]),
        ("when", [&["true", "\"{{ optin == 'yes' }}\""], &["5", "[a]"]]),
        ("send", [&["", "{}"], &["fast", "[a]", "{ reties: 3 }"]]),
        ("unique", [&["false", "true", "\"{{ order }}\""], &["5", "[a]", "{ a: b }"]]),
        (
            "suppress",
            [&["out.csv", "[out.csv]", "[{ file: crm.csv, column: Mobile }]"], &["[[a]]", "[{ column: a }]", "true"]],
        ),
        ("once", [&["\"spring/{{ phone }}\"", "true", "false"], &["5", "[a]"]]),
        ("repeat-after", [&["20h", "7d", "\"2w\""], &["20", "soon", "[a]"]]),
        ("stages", [&["[20, 10%, 100%]", "[{ upto: 5 }, 50%]"], &["20", "[]", "[a]", "[{ max-failures: 2 }]"]]),
        ("stage-wait", [&["30m"], &["30", "soon"]]),
        ("timezone", [&["Europe/Berlin", "\"{{ tz }}\""], &["[a]", "{ a: b }"]]),
        ("concurrency", [&["1", "64", "\"64\""], &["0", "-1", "many", "1.5", "64 rows", "5000000000"]]),
        ("rate", [&["80/s", "5/m", "2000 / h", "1/d"], &["80", "0/s", "80/sec", "-1/s", "1.5/s", "/s", "unlimited"]]),
        ("retries", [&["0", "3"], &["-1", "many", "1.5"]]),
        ("timeout", [&["30s", "500ms", "1m30s", "2 m", "1h"], &["30", "-3s", "soon", "[30s]"]]),
        (
            "max-failures",
            [&["0", "20", "5%", "100%", "0.5%", "5 %"], &["-1", "101%", "5 percent", "\"%\"", "5 %%", "1.5"]],
        ),
        (
            "not-after",
            [
                &["2026-12-01T18:00:00Z", "2026-12-01T18:00:00+01:00", "2026-12-01 18:00Z"],
                &["2026-12-01", "tomorrow", "2026-12-01T18:00:00", "18:00Z"],
            ],
        ),
    ]
    .into();
    for (key, [right, wrong]) in &cases {
        let of_send = SEND_KEYS.iter().any(|known| known.name == *key);
        let line = |value: &str| {
            if of_send { format!("send: {{ {key}: {value} }}") } else { format!("{key}: {value}") }
        };
        for value in *right {
            let text = recipe_with(&line(value));
            assert!(parses(&text), "the parser refuses {text}");
            assert_eq!(faults(&recipe, &text), "", "{text}");
        }
        for value in *wrong {
            let text = recipe_with(&line(value));
            assert!(!parses(&text), "the parser takes {text}");
            assert!(!recipe.is_valid(&yaml(&text).unwrap()), "the schema takes {text}");
        }
    }
}

#[test]
fn every_default_and_example_of_a_key_is_right() {
    let (recipe, connections) = (validator("recipe"), validator("connections"));
    let shown = |key: &Key| key.default.into_iter().chain(key.examples.iter().copied()).collect::<Vec<_>>();
    for (keys, inside) in [(RECIPE_KEYS, false), (SEND_KEYS, true)] {
        for key in keys {
            for value in shown(key) {
                let value = if value.contains('{') { format!("\"{value}\"") } else { value.to_owned() };
                let line = if inside {
                    // A window needs a time zone.
                    let zone = if key.name == "window" { ", timezone: UTC" } else { "" };
                    format!("send: {{ {}: {value}{zone} }}", key.name)
                } else {
                    format!("{}: {value}", key.name)
                };
                let prior: String = recipe_with("")
                    .lines()
                    .filter(|prior| !prior.starts_with(&format!("{}:", key.name)))
                    .fold(String::new(), |text, line| text + line + "\n");
                let text = format!("{prior}{line}\n");
                assert!(parses(&text), "{text}");
                assert_eq!(faults(&recipe, &text), "", "{text}");
            }
        }
    }
    for entry in CONNECTORS {
        for key in CONNECTION_KEYS.iter().chain(entry.keys) {
            for value in shown(key) {
                let text = connection_with(&format!("  {}: \"{value}\"", key.name));
                assert_eq!(faults(&connections, &text), "", "{text}");
            }
        }
    }
}

#[test]
fn every_key_stands_in_the_schema_and_in_the_readme() {
    let schema: Value = serde_json::from_str(&printed("recipe")).unwrap();
    let page = fs::read_to_string("README.md").unwrap();
    let explained =
        |key: &Key| page.lines().any(|line| line.starts_with("| ") && line.contains(&format!("`{}`", key.name)));
    let stands = |at: &Value, keys: &[Key]| {
        for key in keys {
            let property = &at["properties"][key.name];
            assert_eq!(property["markdownDescription"], key.doc, "{}", key.name);
            assert!(explained(key), "README.md does not explain `{}`", key.name);
        }
    };
    stands(&schema, RECIPE_KEYS);
    stands(&schema["properties"]["send"], SEND_KEYS);
    for entry in CONNECTORS {
        let connection = &schema["definitions"][format!("connection-{}", entry.kind)];
        stands(connection, CONNECTION_KEYS);
        stands(connection, entry.keys);
        assert_eq!(connection["properties"]["rate"]["default"], json!(entry.rate.to_string()));
        for task in entry.tasks {
            let input = &schema["definitions"][task.short()];
            for field in task.fields {
                assert_eq!(
                    input["properties"][field.name]["markdownDescription"], field.doc,
                    "{} {}",
                    task.id, field.name
                );
            }
        }
    }
}

#[test]
fn the_fields_are_those_of_the_task_by_either_name() {
    let recipe = validator("recipe");
    let text = |task: &str, input: &str| format!("version: 1\nconnection: acme\ntask: {task}\ninput: {input}\n");
    for (task, right, wrong) in [
        (
            "SEND_TEXT_MESSAGE",
            &[
                "{ to: '+15550100', body: Hi, preview-url: true }",
                "{ to: 15550100, body: 1042, preview-url: 'false' }",
                "{ to: '{{ phone }}', body: '{% if a %}b{% endif %}', preview-url: '{{ a == b }}' }",
            ][..],
            &[
                "{ to: '+15550100', body: Hi }",
                "{ to: '+15550100', body: '', preview-url: true }",
                "{ to: '+15550100', body: [Hi], preview-url: true }",
                "{ to: '+15550100', body: Hi, preview-url: maybe }",
                "{ to: '+15550100', body: Hi, preview-url: true, caption: x }",
                "{ to: '+15550100', body: 1.5, preview-url: true }",
            ][..],
        ),
        (
            "SEND_MEDIA_MESSAGE",
            &[
                "{ to: x, media-type: image, id-or-link: 5 }",
                "{ to: x, media-type: '{{ kind }}', id-or-link: https://a.b }",
            ],
            &["{ to: x, media-type: sticker, id-or-link: 5 }", "{ to: x, media-type: image, id-or-link: 'a b' }"],
        ),
        (
            "SEND_LOCATION_MESSAGE",
            &[
                "{ to: x, latitude: 25.5, longitude: '-121.5', location-name: a, address: b }",
                "{ to: x, latitude: '{{ lat }}', longitude: '.5', location-name: a, address: b }",
            ],
            &[
                "{ to: x, latitude: 91, longitude: 0, location-name: a, address: b }",
                "{ to: x, latitude: '1,5', longitude: 0, location-name: a, address: b }",
                "{ to: x, latitude: true, longitude: 0, location-name: a, address: b }",
            ],
        ),
        (
            "SEND_CONTACT_MESSAGE",
            &["{ to: x, first-name: Ann, birthday: 1990-01-02, email-type: HOME }"],
            &["{ to: x, first-name: Ann, birthday: 02/01/1990 }", "{ to: x, first-name: Ann, email-type: home }"],
        ),
        (
            "SEND_AUTHENTICATION_TEMPLATE_MESSAGE",
            &["{ to: x, name: otp, language-code: en, one-time-password: '{{ a_code_of_many_characters }}' }"],
            &["{ to: x, name: otp, language-code: en, one-time-password: '1234567890123456' }"],
        ),
        (
            "SEND_TEXT_BASED_TEMPLATE_MESSAGE",
            &[
                "{ to: x, name: promo, language-code: en, header-parameters: [a], body-parameters: [a, 5, '{{ b }}'] }",
                "{ to: x, name: promo, language-code: en, body-parameters: '{{ a | split }}' }",
                "{ to: x, name: promo, language-code: en, body-parameters: [{ name: a, text: '{{ b }}' }] }",
                "{ to: x, name: promo, language-code: en, button-parameters: ['0;url;a;b', { index: 1, type: url, value: a }] }",
                "{ to: x, name: promo, language-code: en, button-parameters: ['{{ b }};url;a'] }",
            ],
            &[
                "{ to: x, name: promo, language-code: en, header-parameters: [a, b] }",
                "{ to: x, name: promo, language-code: en, body-parameters: [0.10] }",
                "{ to: x, name: promo, language-code: en, body-parameters: [true] }",
                "{ to: x, name: promo, language-code: en, body-parameters: a }",
                "{ to: x, name: promo, language-code: en, body-parameters: [{ name: a }] }",
                "{ to: x, name: promo, language-code: en, button-parameters: ['0;link;a'] }",
                "{ to: x, name: promo, language-code: en, button-parameters: [{ index: 10, type: url, value: a }] }",
                "{ to: x, name: promo, language-code: en, button-parameters: [5] }",
            ],
        ),
    ] {
        let id = format!("TASK_{task}");
        for name in [rowcast::model::short_name(&id), id] {
            for input in right {
                assert_eq!(faults(&recipe, &text(&name, input)), "", "{name} {input}");
            }
            for input in wrong {
                assert!(!recipe.is_valid(&yaml(&text(&name, input)).unwrap()), "the schema takes {name} {input}");
            }
        }
    }
}

#[test]
fn connections_are_held_to_their_kind() {
    let connections = validator("connections");
    for lines in [
        "  token: \"{{ env.T }}\"\n  rate: unlimited",
        "  phone-number-id: 106540352242922\n  default-country: de",
        "  phone-number-id: \"{{ env.ID }}\"\n  api-version: v23.0\n  base-url: http://localhost:8025",
    ] {
        assert_eq!(faults(&connections, &connection_with(lines)), "", "{lines}");
    }
    for lines in [
        "  token: a\n  token-file: b",
        "  rate: 80",
        "  phone-number-id: +49 151 23456789",
        "  phone-number-id: acme",
        "  default-country: Germany",
        "  api-version: 23",
        "  base-url: graph.facebook.com",
        "  retries: 3",
    ] {
        assert!(!connections.is_valid(&yaml(&connection_with(lines)).unwrap()), "the schema takes {lines}");
    }
    for text in ["[acme]", "acme: EAAtoken", "acme: {}", "acme: { type: whatsap }", "acme:"] {
        assert!(!connections.is_valid(&yaml(text).unwrap()), "the schema takes {text}");
    }
}
