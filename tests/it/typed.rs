//! Recipes as people type them, and text files as their editors write them.

use crate::support::{Bench, TOKEN, list, sandbox};

/// What would be sent to the first row, or what is said instead.
fn says(body: &str, header: &str) -> Result<String, String> {
    let bench = Bench::with_list(&format!("{header}\n+4915100000001,Ann Lee,x & y\n"), "http://127.0.0.1:9");
    bench.file("r.yaml", bench.read("r.yaml").replace("\"Hello {{ name }}\"", body));
    let outcome = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json"]);
    match outcome.code {
        0 => {
            let row: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
            let text = row["body"]["text"]["body"].as_str().unwrap_or_default();
            Ok(format!("{text}|{}", outcome.stderr))
        }
        _ => Err(outcome.stderr),
    }
}

#[test]
fn a_placeholder_of_another_tool_with_the_name_of_a_column_is_an_error_with_the_line_to_write() {
    for written in [
        "{first_name}",
        "${first_name}",
        "#{first_name}",
        "[first_name]",
        "<<first_name>>",
        "%first_name%",
        "*|FIRST_NAME|*",
        "{first_name}}",
        "[First Name]",
    ] {
        let said = says(&format!("'Hello {written}'"), "phone,first_name,1").unwrap_err();
        assert!(
            said.contains("would be sent as it stands") && said.contains("write {{ first_name }}"),
            "{written}: {said}"
        );
    }
    for (written, line) in [
        ("{{1}}", "write {{ row[\"1\"] }}"),
        ("{{ \"first_name\" }}", "write {{ first_name }}"),
        ("{{ true }}", "name a column"),
        ("{{ row }}", "name one of them"),
        ("{{ vars }}", "name one of them"),
    ] {
        let said = says(&format!("'Hello {written}'"), "phone,first_name,1").unwrap_err();
        assert!(said.contains(line), "{written}: {said}");
    }
}

/// What an error says to write works.
#[test]
fn the_line_that_is_to_be_written_sends_the_cell() {
    for (line, sent) in [("{{ first_name }}", "Hello Ann Lee|"), ("{{ row[\"1\"] }}", "Hello x & y|")] {
        assert!(says(&format!("'Hello {line}'"), "phone,first_name,1").unwrap().starts_with(sent), "{line}");
    }
}

#[test]
fn what_may_be_a_placeholder_is_doubted_and_sent() {
    for written in ["*|FNAME|*", "{0}", "${total}", "<<city>>"] {
        let said = says(&format!("'Hello {written}'"), "phone,first_name,1").unwrap();
        assert!(
            said.starts_with(&format!("Hello {written}|")) && said.contains("would be sent as it stands"),
            "{said}"
        );
    }
    for written in ["50% off, 100% sure", "see [1] and [here]", "{}"] {
        let said = says(&format!("'{written}'"), "phone,first_name,other").unwrap();
        assert!(!said.contains("as it stands"), "{said}");
    }
}

#[test]
fn a_var_that_nothing_has_is_a_typing_mistake() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(1), sandbox.url());
    bench.file("r.yaml", bench.read("r.yaml").replace("{{ name }}", "{{ vars.shop }}") + "vars: { shop: Acme }\n");
    for (var, near) in
        [("shpo=Berlin", "did you mean shop?"), ("Shop=x", "did you mean shop?"), ("vars.shop=x", "did you mean shop?")]
    {
        for command in [&["check", "r.yaml"][..], &["run", "r.yaml", "-y"], &["run", "r.yaml", "--dry-run"]] {
            let said = bench.rowcast(&[command, &["--var", var]].concat()).code(2).stderr;
            assert!(said.contains("the recipe has no var") && said.contains(near), "{said}");
        }
    }
    bench.rowcast(&["run", "r.yaml", "-y", "--var", "shop=Berlin"]).code(0);
    assert!(sandbox.inbox().recent()[0].request.contains("Hello Berlin"));
    // One that only the command line gives is read.
    bench.file("r.yaml", bench.read("r.yaml").replace("vars: { shop: Acme }\n", ""));
    bench.rowcast(&["check", "r.yaml", "--var", "shop=Bonn"]).code(0);
}

#[test]
fn a_url_is_encoded_by_a_filter() {
    for (cell, sent) in [
        ("José Müller", "Jos%C3%A9%20M%C3%BCller"),
        ("50% off #1", "50%25%20off%20%231"),
        ("a&b@example.com", "a%26b%40example.com"),
    ] {
        let bench = Bench::with_list(&format!("phone,name\n+4915100000001,{cell}\n"), "http://127.0.0.1:9");
        bench.file("r.yaml", bench.read("r.yaml").replace("Hello {{ name }}", "{{ name | urlencode }}"));
        let row = bench.rowcast(&["run", "r.yaml", "--dry-run", "--json"]).code(0).stdout;
        assert!(row.contains(sent), "{row}");
    }
}

#[test]
fn text_files_are_read_as_editors_and_shells_write_them() {
    let utf16 = |text: &str| {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>()
    };
    let marked = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    let ways: [fn(&str) -> Vec<u8>; 3] = [utf16, marked, crlf];
    for way in ways {
        let sandbox = sandbox(&[]);
        let bench = Bench::with_list(&list(1), sandbox.url());
        for name in ["r.yaml", "connections.yaml"] {
            let text = bench.read(name);
            bench.file(name, way(&text));
        }
        bench.file(".env", way(&format!("WHATSAPP_TOKEN={TOKEN}\n")));
        let output = bench.command(&["run", "r.yaml", "-y"]).env_remove("WHATSAPP_TOKEN").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(sandbox.inbox().total_delivered(), 1);
        bench.rowcast(&["resume", "-y"]).code(0);
    }
    let bench = Bench::with_list(&list(1), "http://127.0.0.1:9");
    let text = bench.read("r.yaml") + "# Gr\u{fc}\u{df}e\n";
    let line = text.lines().count();
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    bench.file("r.yaml", windows);
    let said = bench.rowcast(&["check", "r.yaml"]).code(3).stderr;
    assert!(said.contains(&format!("line {line} is not UTF-8 text; save the file as UTF-8")), "{said}");
}

#[test]
fn links_that_nobody_can_open_are_told_and_sent() {
    for (file, part) in [
        ("http://192.168.1.10/a.pdf", "nobody outside of your network can open this link"),
        ("https://www.dropbox.com/s/abc/a.pdf?dl=0", "a page about the file"),
        ("https://scontent.whatsapp.net/v/t61/sample.pdf?oe=0", "Meta's own sample"),
        ("https://example.com/f?id=42", "arrives as \"Untitled\""),
        ("https://example.com/a.pdf", ""),
        ("1037543291543636", ""),
    ] {
        let bench = Bench::with_list(&format!("phone,file\n+4915100000001,{file}\n"), "http://127.0.0.1:9");
        bench.file(
            "r.yaml",
            "version: 1\nconnection: acme\ntask: send-media-message\ndata: list.csv\n\
             input: { to: \"{{ phone }}\", media-type: document, id-or-link: \"{{ file }}\" }\n",
        );
        let outcome = bench.rowcast(&["check", "r.yaml"]).code(0).stderr;
        assert!(outcome.contains(part) && outcome.contains("warning") != part.is_empty(), "{file}: {outcome}");
    }
}
