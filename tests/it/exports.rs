//! Exports from Google Contacts, Outlook and a German Excel, run with the quickstart's recipe with one line changed.

use std::fs;

use crate::dry_run::example;
use crate::support::Bench;

/// A folder with the quickstart's recipe, its last line changed to `input`, its connection, and an export.
fn bench(list: &str, input: &str) -> Bench {
    let bench = Bench::new();
    let recipe = fs::read_to_string(example("quickstart")).unwrap();
    let (before, line) = recipe.trim_end().rsplit_once('\n').unwrap();
    assert!(line.starts_with("input: { "), "{line}");
    bench.file("quickstart.yaml", format!("{before}\n{input}\n"));
    bench.file("connections.yaml", fs::read(example("connections")).unwrap());
    bench.file(list, fs::read(format!("{}/tests/lists/{list}", env!("CARGO_MANIFEST_DIR"))).unwrap());
    bench
}

fn input(to: &str, name: &str) -> String {
    format!(
        "input: {{ to: \"{{{{ {to} }}}}\", name: welcome, language-code: en, body-parameters: [\"{{{{ {name} }}}}\"] }}"
    )
}

/// The messages that the sandbox received: recipient and first name by row, and the output.
fn sent(list: &str, input: &str, args: &[&str]) -> (Vec<String>, String) {
    let bench = bench(list, input);
    let run = [&["run", "quickstart.yaml", "-d", list, "--sandbox", "-y"], args].concat();
    let outcome = bench.rowcast(&run).code(0);
    let dry = [&["run", "quickstart.yaml", "-d", list, "--dry-run", "--json"], args].concat();
    let bodies = bench.rowcast(&dry).code(0).stdout;
    let people = bodies.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = &line["body"]["template"]["components"][0]["parameters"][0]["text"];
        format!("{} {} {}", line["line"], line["body"]["to"].as_str().unwrap(), name.as_str().unwrap())
    });
    let people: Vec<String> = people.collect();
    let results = bench.rowcast(&["results", "--format", "jsonl"]).code(0).stdout;
    assert_eq!(results.lines().count(), people.len());
    assert!(results.lines().all(|line| line.contains("\"_status\":\"accepted\"")), "{results}");
    // The output before the run itself.
    let said = outcome.stderr.split("run quickstart-").next().unwrap();
    // The sandbox's address differs from run to run.
    let said = said.lines().filter(|line| !line.starts_with("sandbox http://")).collect::<Vec<_>>().join("\n");
    (people, said)
}

#[test]
fn google_contacts() {
    let input = input("row['Phone 1 - Value']", "row['First Name']");
    // One of the contacts has no number, which `check` says.
    let checked =
        bench("google-contacts.csv", &input).rowcast(&["check", "quickstart.yaml", "-d", "google-contacts.csv"]);
    insta::assert_snapshot!(checked.code(3).stderr, @"
    error: google-contacts.csv:8: row 5: to: required, but empty
      column `Phone 1 - Value`: empty
    error: google-contacts.csv:8: row 5: body-parameters[0]: empty; the API refuses empty parameters. Add a default: {{ x | default('there', true) }}
      column `First Name`: empty
    warning: google-contacts.csv: row 2: to: this is a landline number; few landlines have WhatsApp
    5 rows checked: 4 ready to send, 1 invalid
    ");
    let (people, said) = sent("google-contacts.csv", &input, &["--only", "row['Phone 1 - Value'] != ''"]);
    insta::assert_snapshot!(people.join("\n"), @"
    2 +491713920031 Jürgen
    3 +442079460133 Siobhán
    5 +12025550143 Ann
    7 +491713920032 Käthe
    ");
    insta::assert_snapshot!(said, @"warning: google-contacts.csv: row 2: to: this is a landline number; few landlines have WhatsApp");
}

#[test]
fn outlook() {
    let (people, said) = sent("outlook.csv", &input("row['Mobile Phone']", "row['First Name']"), &[]);
    insta::assert_snapshot!(people.join("\n"), @"
    2 +491713920041 Jürgen
    7 +491713920042 Zoë
    9 +12025550143 Ann
    ");
    insta::assert_snapshot!(said, @"
    warning: outlook.csv:2: row 1: the file is not UTF-8 and is read as Windows-1252: `First Name` is `Jürgen`
      help: if this looks wrong, name the encoding, such as --encoding macintosh
    ");
}

#[test]
fn german_excel() {
    let (people, said) = sent("german-excel.csv", &input("Mobil", "Vorname"), &[]);
    insta::assert_snapshot!(people.join("\n"), @"
    3 +491713920051 Jürgen
    4 +491713920052 Käthe
    5 +491713920053 Zoë
    ");
    insta::assert_snapshot!(said, @"
    warning: german-excel.csv:3: row 1: the file is not UTF-8 and is read as Windows-1252: `Vorname` is `Jürgen`
      help: if this looks wrong, name the encoding, such as --encoding macintosh
    note: german-excel.csv:6: ignored 3 rows of empty cells at the end
    ");
}

#[test]
fn results_of_an_export_are_utf_8_with_its_columns() {
    let bench = bench("german-excel.csv", &input("Mobil", "Vorname"));
    bench.rowcast(&["run", "quickstart.yaml", "-d", "german-excel.csv", "--sandbox", "-y", "-o", "out.csv"]).code(0);
    let results = bench.read("out.csv");
    assert!(results.starts_with("Anrede;Vorname;Nachname;Mobil;Ort;Umsatz;_row;"), "{results}");
    assert!(results.contains("Frau;Käthe;Müller;0171-3920052;Düsseldorf;99,00 €;2;accepted;"), "{results}");
}
