//! `run --dry-run`: the exact bodies, the layout of every line, and no need for a token or the network.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Bench, Outcome, sandbox};

/// A local port without a listener.
const NOBODY: &str = "http://127.0.0.1:9";

const URL: &str = "http://127.0.0.1:9/v23.0/106540352242922/messages";

/// The envelope of every message to the tests' recipient.
const TO: &str = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","#;

/// A recipe of one task over one row, and its body.
struct Case {
    task: &'static str,
    input: &'static str,
    body: &'static str,
}

/// The columns of the row that every case is rendered for, with cells that a reader could change by mistake.
const LIST: &str = "phone;first_name;order_id;lat;lon;code;preview;empty\n\
                    +1 (650) 555-1234;Ann;1042;25.1234567;-121.50;A12345;true;\n";

const CASES: [Case; 18] = [
    Case {
        task: "TASK_SEND_TEXT_BASED_TEMPLATE_MESSAGE",
        input: r#"name: promo, language-code: en_US, header-parameters: ["Summer{{ empty }}"],
                  body-parameters: ["{{ first_name }}", "{{ order_id }}"],
                  button-parameters: ["0;quick_reply;YES", "1;url;orders/{{ order_id }}", "2;copy_code;SAVE10"]"#,
        body: r#""type":"template","template":{"name":"promo","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"text","text":"Summer"}]},{"type":"body","parameters":[{"type":"text","text":"Ann"},{"type":"text","text":"1042"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"YES"}]},{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"orders/1042"}]},{"type":"button","sub_type":"copy_code","index":"2","parameters":[{"type":"coupon_code","coupon_code":"SAVE10"}]}]}}"#,
    },
    Case {
        task: "send-text-based-template-message",
        input: r#"name: promo, language-code: en_US, header-parameters: [], body-parameters: , button-parameters: "{{ empty }}""#,
        body: r#""type":"template","template":{"name":"promo","language":{"code":"en_US"}}}"#,
    },
    Case {
        task: "send-text-based-template-message",
        input: r#"name: promo, language-code: en_US, body-parameters: [{ name: first_name, text: "{{ first_name }}" }],
                  button-parameters: [{ index: 1, type: url, value: "orders/{{ order_id }}?a=1;b=2" }, " 0 ; quick_reply ; YES "]"#,
        body: r#""type":"template","template":{"name":"promo","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Ann"}]},{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"orders/1042?a=1;b=2"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":" YES "}]}]}}"#,
    },
    Case {
        task: "TASK_SEND_MEDIA_BASED_TEMPLATE_MESSAGE",
        input: r#"name: invoice, language-code: en_US, media-type: document, id-or-link: "https://example.com/a.pdf", filename: invoice.pdf,
                  body-parameters: ["{{ first_name }}"], button-parameters: ["0;url;orders/{{ order_id }}"]"#,
        body: r#""type":"template","template":{"name":"invoice","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"document","document":{"link":"https://example.com/a.pdf","filename":"invoice.pdf"}}]},{"type":"body","parameters":[{"type":"text","text":"Ann"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"orders/1042"}]}]}}"#,
    },
    Case {
        task: "send-media-based-template-message",
        input: "name: invoice, language-code: en_US, media-type: image, id-or-link: 1037543291543636",
        body: r#""type":"template","template":{"name":"invoice","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"1037543291543636"}}]}]}}"#,
    },
    Case {
        task: "TASK_SEND_LOCATION_BASED_TEMPLATE_MESSAGE",
        input: r#"name: pickup, language-code: en_US, latitude: "{{ lat }}", longitude: "{{ lon }}", location-name: Store 7, address: 1 Hacker Way,
                  body-parameters: ["{{ first_name }}"], button-parameters: ["0;quick_reply;ON_MY_WAY"]"#,
        body: r#""type":"template","template":{"name":"pickup","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"location","location":{"latitude":"25.1234567","longitude":"-121.5","name":"Store 7","address":"1 Hacker Way"}}]},{"type":"body","parameters":[{"type":"text","text":"Ann"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"ON_MY_WAY"}]}]}}"#,
    },
    Case {
        task: "send-location-based-template-message",
        input: "name: pickup, language-code: en_US, latitude: -0, longitude: 12.0, location-name: Store 7, address: 1 Hacker Way",
        body: r#""type":"template","template":{"name":"pickup","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"location","location":{"latitude":"0","longitude":"12","name":"Store 7","address":"1 Hacker Way"}}]}]}}"#,
    },
    Case {
        task: "TASK_SEND_AUTHENTICATION_TEMPLATE_MESSAGE",
        input: r#"name: otp, language-code: en_US, one-time-password: "{{ code }}""#,
        body: r#""type":"template","template":{"name":"otp","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"A12345"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"A12345"}]}]}}"#,
    },
    Case {
        task: "TASK_SEND_TEXT_MESSAGE",
        input: r#"body: "Your order: https://example.com/{{ order_id }}", preview-url: "{{ preview }}""#,
        body: r#""type":"text","text":{"body":"Your order: https://example.com/1042","preview_url":true}}"#,
    },
    Case {
        task: "send-text-message",
        input: r#"body: " Hello\n\"{{ first_name }}\" ", preview-url: false"#,
        body: r#""type":"text","text":{"body":" Hello\n\"Ann\" ","preview_url":false}}"#,
    },
    Case {
        task: "TASK_SEND_MEDIA_MESSAGE",
        input: r#"media-type: document, id-or-link: "https://example.com/a.pdf", filename: invoice.pdf, caption: Your invoice"#,
        body: r#""type":"document","document":{"link":"https://example.com/a.pdf","filename":"invoice.pdf","caption":"Your invoice"}}"#,
    },
    Case {
        task: "send-media-message",
        input: "media-type: audio, id-or-link: 1037543291543636, caption: not for audio, filename: nor this.mp3",
        body: r#""type":"audio","audio":{"id":"1037543291543636"}}"#,
    },
    Case {
        task: "TASK_SEND_LOCATION_MESSAGE",
        input: r#"latitude: "{{ lat }}", longitude: "{{ lon }}", location-name: Store 7, address: 1 Hacker Way"#,
        body: r#""type":"location","location":{"latitude":25.1234567,"longitude":-121.5,"name":"Store 7","address":"1 Hacker Way"}}"#,
    },
    Case {
        task: "TASK_SEND_CONTACT_MESSAGE",
        input: r#"first-name: "{{ first_name }}", middle-name: B, last-name: Cole, phone-number: +15559, phone-number-type: WORK,
                  email: ann@example.com, email-type: HOME, birthday: 1990-01-02"#,
        body: r#""type":"contacts","contacts":[{"name":{"formatted_name":"Ann B Cole","first_name":"Ann","middle_name":"B","last_name":"Cole"},"phones":[{"phone":"+15559","type":"WORK"}],"emails":[{"email":"ann@example.com","type":"HOME"}],"birthday":"1990-01-02"}]}"#,
    },
    Case {
        task: "send-contact-message",
        input: r#"first-name: "{{ first_name }}", phone-number-type: WORK, email: "{{ empty }}", email-type: none"#,
        body: r#""type":"contacts","contacts":[{"name":{"formatted_name":"Ann","first_name":"Ann"}}]}"#,
    },
    Case {
        task: "send-contact-message",
        input: r#"first-name: "{{ first_name }}", phone-number: "0555 9", email: ann@example.com"#,
        body: r#""type":"contacts","contacts":[{"name":{"formatted_name":"Ann","first_name":"Ann"},"phones":[{"phone":"0555 9"}],"emails":[{"email":"ann@example.com"}]}]}"#,
    },
    Case {
        task: "TASK_SEND_INTERACTIVE_CALL_TO_ACTION_URL_BUTTON_MESSAGE",
        input: r#"header-text: "Order {{ order_id }}", body-text: Your order is on its way., footer-text: Acme, button-display-text: Track it,
                  button-url: "https://example.com/t/{{ order_id }}""#,
        body: r#""type":"interactive","interactive":{"type":"cta_url","header":{"type":"text","text":"Order 1042"},"body":{"text":"Your order is on its way."},"footer":{"text":"Acme"},"action":{"name":"cta_url","parameters":{"display_text":"Track it","url":"https://example.com/t/1042"}}}}"#,
    },
    Case {
        task: "send-interactive-call-to-action-url-button-message",
        input: r#"body-text: Your order is on its way., button-display-text: Track it, button-url: "https://example.com/t/1042""#,
        body: r#""type":"interactive","interactive":{"type":"cta_url","body":{"text":"Your order is on its way."},"action":{"name":"cta_url","parameters":{"display_text":"Track it","url":"https://example.com/t/1042"}}}}"#,
    },
];

fn recipe(bench: &Bench, task: &str, input: &str) {
    let text = format!(
        "version: 1\nconnection: acme\ntask: {task}\ndata: list.csv\ninput: {{ to: \"{{{{ phone }}}}\", {input} }}\n"
    );
    bench.file("r.yaml", text);
}

/// Runs without a token in the environment.
fn dry(bench: &Bench, args: &[&str]) -> Outcome {
    let args = [&["run", "r.yaml", "--dry-run"], args].concat();
    let output = bench.command(&args).env_remove("WHATSAPP_TOKEN").output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A text message to two good rows, one that is skipped, one with two mistakes and one that is not a row.
fn mixed() -> Bench {
    let bench = Bench::new();
    bench.connection(NOBODY);
    bench.file(
        "list.csv",
        "phone,name,optin,link\n+16505551234,Ann,yes,true\n+16505551235,\"Bob\n\"\"B\"\"\",yes,false\n\
         +16505551236,Cem,no,false\n+12,Dee,yes,TRUE\n+16505551237,Eve\n",
    );
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\nwhen: \"{{ optin == 'yes' }}\"\n\
         input: { to: \"{{ phone }}\", body: \"It's {{ name }}\", preview-url: \"{{ link }}\" }\n",
    );
    bench
}

#[test]
fn every_task_gives_its_body_to_the_byte() {
    let bench = Bench::new();
    bench.connection(NOBODY);
    bench.file("list.csv", LIST);
    for Case { task, input, body } in CASES {
        recipe(&bench, task, input);
        let outcome = dry(&bench, &["--json"]).code(0);
        let line = format!(r#"{{"row":1,"line":2,"method":"POST","url":"{URL}","body":{TO}{body}}}"#);
        assert_eq!(outcome.stdout, line + "\n", "{task}");
    }
}

#[test]
fn what_is_left_out_of_a_message_is_said() {
    let bench = Bench::new();
    bench.connection(NOBODY);
    bench.file("list.csv", LIST);
    recipe(&bench, "send-media-message", "media-type: audio, id-or-link: 1, caption: Hello, filename: a.mp3");
    let outcome = dry(&bench, &["--json"]).code(0);
    for field in ["caption: ignored", "filename: ignored"] {
        assert!(outcome.stderr.contains(&format!("warning: list.csv: row 1: {field}")), "{}", outcome.stderr);
    }
}

#[test]
fn every_row_has_its_line_and_nothing_else_is_printed() {
    let outcome = dry(&mixed(), &["--json"]).code(3);
    insta::assert_snapshot!(outcome.stdout, @r#"
    {"row":1,"line":2,"method":"POST","url":"http://127.0.0.1:9/v23.0/106540352242922/messages","body":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551234","type":"text","text":{"body":"It's Ann","preview_url":true}}}
    {"row":2,"line":3,"method":"POST","url":"http://127.0.0.1:9/v23.0/106540352242922/messages","body":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+16505551235","type":"text","text":{"body":"It's Bob\n\"B\"","preview_url":false}}}
    {"row":3,"line":5,"skipped":"when"}
    {"row":4,"line":6,"errors":[{"field":"to","message":"\"+12\": a phone number has 7 to 15 digits after the + and does not begin with 0","column":"phone","cell":"+12"},{"field":"preview-url","message":"\"TRUE\": true or false (try {{ preview | lower }})","column":"link","cell":"TRUE"}]}
    {"row":5,"line":7,"errors":[{"field":"row","message":"2 cells, but the header has 4 columns"}]}
    "#);
    insta::assert_snapshot!(outcome.stderr, @"
    error: list.csv:7: row 5: 2 cells, but the header has 4 columns
      help: a cell may be missing, or a line break may be outside quotes; no cell for `optin`, `link`
    ");
}

#[test]
fn a_skipped_row_is_no_mistake() {
    let bench = mixed();
    let outcome = dry(&bench, &["--json", "--limit", "3"]).code(0);
    assert_eq!(outcome.stdout.lines().count(), 3);
    assert_eq!(outcome.stdout.lines().last(), Some(r#"{"row":3,"line":5,"skipped":"when"}"#));
    assert_eq!(outcome.stderr, "");
}

/// A dry run reports the state of the list, not the outcome of a run.
#[test]
fn an_invalid_row_is_told_by_the_exit_code_though_a_run_would_leave_it_out() {
    let bench = mixed();
    for format in [&["--json"][..], &["--curl"], &["--html", "page.html"], &[]] {
        let flags = [format, &["--skip-invalid", "--limit"]].concat();
        dry(&bench, &[&flags[..], &["4"]].concat()).code(3);
        dry(&bench, &[&flags[..], &["3"]].concat()).code(0);
    }
}

#[test]
fn the_page_shows_messages_totals_and_every_problem() {
    let outcome = dry(&mixed(), &[]).code(3);
    insta::assert_snapshot!(outcome.stdout, @r#"
    row 1 (line 2)  POST http://127.0.0.1:9/v23.0/106540352242922/messages
    {
      "messaging_product": "whatsapp",
      "recipient_type": "individual",
      "to": "+16505551234",
      "type": "text",
      "text": {
        "body": "It's Ann",
        "preview_url": true
      }
    }

    row 2 (line 3)  POST http://127.0.0.1:9/v23.0/106540352242922/messages
    {
      "messaging_product": "whatsapp",
      "recipient_type": "individual",
      "to": "+16505551235",
      "type": "text",
      "text": {
        "body": "It's Bob\n\"B\"",
        "preview_url": false
      }
    }

    4 rows checked: 2 ready to send, 1 skipped, 1 invalid, 1 unreadable
    "#);
    insta::assert_snapshot!(outcome.stderr, @r#"
    error: list.csv:6: row 4: to: "+12": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: `+12`
    error: list.csv:6: row 4: preview-url: "TRUE": true or false (try {{ preview | lower }})
      column `link`: `TRUE`
    error: list.csv:7: row 5: 2 cells, but the header has 4 columns
      help: a cell may be missing, or a line break may be outside quotes; no cell for `optin`, `link`
    "#);
}

#[test]
fn rows_are_picked_by_only_then_offset_then_limit() {
    let bench = Bench::with_list(&crate::support::list(20), NOBODY);
    for (args, rows) in [
        (&["--limit", "2"][..], &[1, 2][..]),
        (&["--offset", "18"], &[19, 20]),
        (&["--offset", "3", "--limit", "2"], &[4, 5]),
        (&["--only", "name == 'Ann 7'"], &[7]),
        (&["--only", "{{ row_number > 15 }}", "--offset", "1", "--limit", "2"], &[17, 18]),
        (&["--only", "row['name'] in ['Ann 1', 'Ann 20']"], &[1, 20]),
    ] {
        let outcome = dry(&bench, &[&["--json"], args].concat()).code(0);
        let lines = outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let picked: Vec<u64> = lines.map(|line| line["row"].as_u64().unwrap()).collect();
        assert_eq!(picked, rows, "{args:?}");
    }
}

#[test]
fn an_only_that_is_neither_true_nor_false_is_refused() {
    let bench = mixed();
    for only in ["optin", "{{ optin }}", "1", "optin and name"] {
        let outcome = dry(&bench, &["--json", "--only", only]).code(3);
        assert_eq!(outcome.stdout, "");
        assert!(outcome.stderr.starts_with("error: --only: gives "), "{only}: {}", outcome.stderr);
    }
    // A problem of some rows is reported for each of them, and no flag sends the rest.
    let only = ["--only", "optin if name == 'Dee' else true"];
    let outcome = dry(&bench, &[&["--json", "--skip-invalid", "--limit", "4"], &only[..]].concat()).code(3);
    let told = "error: list.csv:6: row 4: --only: gives the text \"yes\", not true or false; compare it: {{ column == 'yes' }}\n  \
                column `name`: `Dee`\n  column `optin`: `yes`\n";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
}

/// A one-time password is never shown.
#[test]
fn an_only_that_fails_shows_no_password() {
    let bench = Bench::new();
    bench.connection(NOBODY);
    bench.file("list.csv", "phone,code,name\n+16505551234,482913,Ann\n+16505551235,772045,Dee\n");
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-authentication-template-message\ndata: list.csv\ninput:\n  \
         to: \"{{ phone }}\"\n  name: login\n  language-code: en\n  one-time-password: \"{{ code }}\"\n",
    );
    let told = dry(&bench, &["--json", "--only", "name if code == '772045' else true"]).code(3).stderr;
    assert!(told.contains("\n  column `code`: not shown\n  column `name`: `Dee`\n"), "{told}");
    assert!(!told.contains("column `code`: `"), "{told}");
}

/// A recipe whose fields use one column, several columns, a header that is not an identifier, and no column.
fn blaming() -> Bench {
    let bench = Bench::new();
    bench.connection(NOBODY);
    let long = "word ".repeat(30);
    bench.file(
        "list.csv",
        format!(
            "phone,mobile,Order No,link,day\n+16505551234,,1,,2026-12-01\n,\" +12\u{a0}\",1,,2026-12-01\n\
             +16505551236,,\"{long}\u{200b}\u{9b}31m{long}\",TRUE,1 Dec\n"
        ),
    );
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\nvars: { column: Order No, most: 9 }\ninput:\n  \
         to: \"{{ phone or mobile }}\"\n  \
         body: \"{% if row[vars.column] | length > vars.most %}{{ row['Order No'] | money('EUR') }}{% endif %}Hi\"\n  \
         preview-url: \"{{ link or 'false' }}\"\nwhen: \"{{ (day | date('%Y')) == '2026' }}\"\n",
    );
    bench
}

#[test]
fn a_problem_names_the_columns_that_the_row_was_filled_from() {
    let bench = blaming();
    bench.file("r.yaml", bench.read("r.yaml").replace("day | date('%Y')", "'2026'"));
    insta::assert_snapshot!(dry(&bench, &[]).code(3).stderr, @r#"
    error: list.csv:3: row 2: to: " +12\u{a0}": a phone number has 7 to 15 digits after the + and does not begin with 0
      column `phone`: empty
      column `mobile`: `·+12<U+00A0>`
    error: list.csv:4: row 3: body: money: "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word \u{200b}\u{9b}31mword word word word word word word word word word word word word word word word word word word word word word word word word word word word word word" is not an amount: write digits with a point, such as 1234.50
      column `Order No`: `…word word word word word word <U+200B><U+009B>31mword word word word word …`
    error: list.csv:4: row 3: preview-url: "TRUE": true or false (try {{ preview | lower }})
      column `link`: `TRUE`
    "#);
    let lines = dry(&bench, &["--json", "--offset", "1"]).code(3).stdout;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // A single cell is shown beside the message as it is in the list; several cells are a list.
    assert_eq!(
        rows[0]["errors"][0]["cells"],
        json!([{ "column": "phone", "cell": "" }, { "column": "mobile", "cell": " +12\u{a0}" }])
    );
    assert_eq!(rows[0]["errors"][0].get("column"), None);
    let told = &rows[1]["errors"][0];
    assert_eq!((&told["field"], &told["column"]), (&json!("body"), &json!("Order No")));
    assert!(told["cell"].as_str().is_some_and(|cell| cell.len() > 300 && cell.contains('\u{200b}')), "{told}");
    assert_eq!(told.get("cells"), None);
}

#[test]
fn a_condition_that_fails_names_its_column() {
    let told = dry(&blaming(), &[]).code(3).stderr;
    assert!(told.contains(": row 3: when: ") && told.contains("\n  column `day`: `1 Dec`\n"), "{told}");
}

#[test]
fn curl_commands_hold_no_token_and_keep_quotes() {
    let outcome = dry(&mixed(), &["--curl", "--limit", "2"]).code(0);
    assert_eq!(outcome.stdout.matches("-H \"Authorization: Bearer $WHATSAPP_TOKEN\"").count(), 2);
    // A shell runs the commands, with a `curl` that prints its arguments.
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\nWHATSAPP_TOKEN=secret\n{}", outcome.stdout);
    let shell = Command::new("sh").args(["-eu", "-c", &script]).output().unwrap();
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stderr));
    let given = String::from_utf8(shell.stdout).unwrap();
    let body = r#"+16505551235","type":"text","text":{"body":"It's Bob\n\"B\"","preview_url":false}}"#;
    assert!(given.lines().any(|line| line.ends_with(body)), "{given}");
    assert_eq!(given.lines().filter(|line| *line == "Authorization: Bearer secret").count(), 2);
}

/// The examples in the folder of recipes, by their short names.
pub(crate) fn examples() -> Vec<String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes")).unwrap();
    let mut names: Vec<String> = folder
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".yaml")?.to_owned()))
        .collect();
    names.retain(|name| name != "connections");
    names.sort();
    assert_eq!(names.len(), 10, "{names:?}");
    names
}

/// The path of an example.
pub(crate) fn example(name: &str) -> String {
    format!("{}/recipes/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_real_run_sends_the_very_bodies_of_the_dry_run() {
    for name in examples() {
        let sandbox = sandbox(&[]);
        let bench = Bench::new();
        bench.file(
            "c.yaml",
            format!(
                "acme: {{ type: whatsapp, token: \"{{{{ env.WHATSAPP_TOKEN }}}}\", phone-number-id: \"106540352242922\", \
                 default-country: DE, rate: unlimited, base-url: \"{}\" }}\n",
                sandbox.url()
            ),
        );
        let recipe = example(&name);
        let dry = bench.rowcast(&["run", &recipe, "--connections", "c.yaml", "--dry-run", "--json"]).code(0);
        let prefix = "\"body\":";
        let mut shown: Vec<String> = dry
            .stdout
            .lines()
            .filter_map(|line| line.split_once(prefix).map(|(_, body)| body[..body.len() - 1].to_owned()))
            .collect();
        bench
            .rowcast(&["run", &recipe, "--connections", "c.yaml", "-y", "--runs-dir", "runs", "--rate", "10000/s"])
            .code(0);
        let mut received: Vec<String> =
            sandbox.inbox().recent().iter().map(|record| record.request.to_string()).collect();
        assert!(shown.len() >= 5, "{name}: {shown:?}");
        shown.sort();
        received.sort();
        assert_eq!(received, shown, "{name}");
    }
}
