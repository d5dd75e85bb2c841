//! `run --dry-run --html`.

use std::fmt::Write as _;

use serde_json::json;

use super::HOSTILE;
use crate::dry_run::{example, examples};
use crate::support::Bench;
use crate::support::browser::Browser;

const NOBODY: &str = "http://127.0.0.1:9";

/// Forty rows: every tenth is invalid, every seventh skipped; the 41st is not a row.
fn mixed() -> Bench {
    let bench = Bench::new();
    bench.connection(NOBODY);
    let mut list = "phone,name,optin\n".to_owned();
    for row in 1..=40 {
        let phone = if row % 10 == 0 { "+12".to_owned() } else { format!("+491512345{row:04}") };
        let optin = if row % 7 == 0 { "no" } else { "yes" };
        writeln!(list, "{phone},Name{row},{optin}").unwrap();
    }
    bench.file("list.csv", list + "+49,too few\n");
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\nwhen: \"{{ optin == 'yes' }}\"\n\
         input: { to: \"{{ phone }}\", body: \"Hello *{{ name }}*, welcome to our shop\", preview-url: false }\n",
    );
    bench
}

fn html(bench: &Bench, args: &[&str], code: i32) -> String {
    let args = [&["run", "r.yaml", "--dry-run", "--html", "p.html"], args].concat();
    bench.rowcast(&args).code(code).stdout
}

#[test]
fn the_page_shows_message_row_payload_and_problems() {
    let bench = mixed();
    let said = html(&bench, &[], 3);
    insta::assert_snapshot!(said, @"
    page: p.html
    40 rows checked: 31 ready to send, 5 skipped, 4 invalid, 1 unreadable
    ");
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&bench.path().join("p.html"));
    assert_eq!(browser.text("#chips"), "All\n41\nWith problems\n5\nWarnings\n0\nSkipped\n5");
    assert_eq!(browser.text("#where"), "1 of 41");
    assert_eq!(browser.text(".phone-head").replace('\n', " "), "A acme to +4915123450001");
    assert_eq!(
        (browser.text("#chat"), browser.text("#chat b")),
        ("Hello Name1, welcome to our shop".into(), "Name1".into())
    );
    assert_eq!(browser.text("#place"), "row 1 · line 2 of list.csv");
    let payload = browser.text(".payload");
    assert!(payload.contains("\"body\": \"Hello *Name1*, welcome to our shop\""), "{payload}");
    browser.picture("preview-light");

    // By keyboard: down, up, to the end, and within a search.
    for (key, place, chat) in [
        ("j", "row 2 · line 3 of list.csv", "Hello Name2, welcome to our shop"),
        ("ArrowRight", "row 3 · line 4 of list.csv", "Hello Name3, welcome to our shop"),
        ("ArrowDown", "row 4 · line 5 of list.csv", "Hello Name4, welcome to our shop"),
        ("k", "row 3 · line 4 of list.csv", "Hello Name3, welcome to our shop"),
        ("ArrowUp", "row 2 · line 3 of list.csv", "Hello Name2, welcome to our shop"),
        ("ArrowLeft", "row 1 · line 2 of list.csv", "Hello Name1, welcome to our shop"),
        ("ArrowLeft", "row 1 · line 2 of list.csv", "Hello Name1, welcome to our shop"),
        ("End", "row 41 · line 42 of list.csv", "Line 42 is not a row"),
    ] {
        browser.press(key);
        assert_eq!((browser.text("#place").as_str(), browser.text("#chat").as_str()), (place, chat), "{key}");
    }
    assert!(browser.text("#facts").contains("2 cells, but the header has 3 columns"));
    browser.press("/");
    browser.type_text("name2 welcome");
    browser.until("document.getElementById('where').textContent === '1 of 8'");
    browser.press("ArrowDown");
    assert_eq!(browser.text("#chat"), "Hello Name22, welcome to our shop");
    browser.press("Escape");
    assert_eq!(browser.text("#where"), "22 of 41", "the row stays");

    // Filters.
    browser.click(".chip.problems");
    assert_eq!(browser.text("#where"), "1 of 5");
    assert_eq!(browser.text("#chat"), "Row 10 is not a valid message");
    let facts = browser.text("#facts");
    assert!(facts.contains("to") && facts.contains("\"+12\": a phone number has 7 to 15 digits"), "{facts}");
    assert!(facts.contains("column `phone`: `+12`"), "{facts}");
    browser.picture("preview-problem");
    browser.click(".chip.skipped");
    assert_eq!(browser.text("#chat"), "Row 7 is skipped: when");
    browser.click(".chip.warnings");
    assert_eq!((browser.text("#where").as_str(), browser.text("#chat").as_str()), ("no rows", "No row matches"));
    browser.assert_clean("file://");
}

#[test]
fn the_page_is_light_or_dark_and_fits_a_phone() {
    let bench = mixed();
    html(&bench, &[], 3);
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&bench.path().join("p.html"));
    let back = "getComputedStyle(document.body).backgroundColor";
    let light = browser.eval(back);
    browser.prefer("dark");
    let dark = browser.eval(back);
    assert_ne!(light, dark);
    browser.picture("preview-dark");
    browser.click("#theme");
    assert_eq!(browser.eval(back), light, "the switch wins over the system");
    browser.click("#theme");
    assert_eq!(browser.eval(back), dark);
    browser.resize(390, 844);
    browser.prefer("light");
    let wide = browser.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert_eq!(wide, json!(0), "nothing is wider than the phone");
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('.side')).display"), "none");
    browser.picture("preview-phone");
    browser.click("#rows-button");
    assert!(browser.text("#list").contains("+4915123450001"));
    browser.picture("preview-phone-list");
    browser.click(".entry:nth-child(2)");
    assert_eq!(browser.text("#chat"), "Hello Name2, welcome to our shop");
    browser.assert_clean("file://");
}

#[test]
fn what_a_list_holds_is_text_and_nothing_else() {
    let bench = Bench::new();
    bench.connection(NOBODY);
    let mut list = "phone,<b>name</b>\n".to_owned();
    for (row, text) in HOSTILE.iter().enumerate() {
        writeln!(list, "+491512345{row:04},\"{}\"", text.replace('"', "\"\"")).unwrap();
        writeln!(list, "+12,\"{}\"", text.replace('"', "\"\"")).unwrap();
    }
    bench.file("<title><b>list.csv", list);
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: \"<title><b>list.csv\"\n\
         input: { to: \"{{ phone }}\", body: \"{{ row['<b>name</b>'] }}\", preview-url: false }\n",
    );
    html(&bench, &[], 3);
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&bench.path().join("p.html"));
    assert!(browser.text(".title").ends_with("<title><b>list.csv · nothing was sent"));
    for (row, text) in HOSTILE.iter().enumerate() {
        let said = browser.eval("document.querySelector('#chat .text').textContent");
        assert_eq!(said.as_str().unwrap(), text.trim_end(), "row {row}");
        let cells = browser.text(".cells");
        assert!(cells.contains("<b>name</b>"), "{cells}");
        assert!(!cells.contains(['\u{202e}', '\u{1b}']) && (row != 4 || cells.contains("\\u202e")), "{cells}");
        browser.press("j");
        assert_eq!(browser.text("#chat"), format!("Row {} is not a valid message", row * 2 + 2));
        browser.press("j");
    }
    assert_eq!(browser.count("img, iframe, object, a[href]"), 0);
    assert_ne!(browser.eval("document.title"), "owned");
    browser.assert_clean("file://");
}

#[test]
fn every_example_has_a_bubble() {
    let bench = Bench::new();
    for name in examples() {
        bench.rowcast(&["run", &example(&name), "--dry-run", "--html", &format!("{name}.html")]).code(0);
    }
    let Some(mut browser) = Browser::start() else { return };
    for name in examples() {
        browser.open_file(&bench.path().join(format!("{name}.html")));
        browser.until(&format!("location.href.endsWith('/{name}.html') && document.readyState === 'complete'"));
        assert_eq!(browser.count("#chat .bubble"), 1, "{name}");
        assert!(browser.text("#chat").len() > 10, "{name}");
        browser.picture(&format!("example-{name}"));
    }
    browser.assert_clean("file://");
}

/// A list with a number of rows, of which every thousandth is invalid.
fn long(rows: usize) -> Bench {
    let mut list = "phone,name,order\n".to_owned();
    for row in 1..=rows {
        let phone = if row % 1000 == 0 { "+12".to_owned() } else { format!("+4915{row:08}") };
        writeln!(list, "{phone},Name {row},{row:07}").unwrap();
    }
    let bench = Bench::with_list(&list, NOBODY);
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\ninput: { to: \"{{ phone }}\", preview-url: false, \
         body: \"Dear {{ name }}, your order {{ order }} left our house today and will be with you soon. Thank you.\" }\n",
    );
    bench
}

#[test]
fn a_long_list_shows_the_first_rows_and_every_problem() {
    let bench = long(100_000);
    html(&bench, &[], 3);
    let size = std::fs::metadata(bench.path().join("p.html")).unwrap().len();
    assert!(size < 500_000, "{size}");
    html(&bench, &["--html-rows", "1000000"], 3);
    let size = std::fs::metadata(bench.path().join("p.html")).unwrap().len();
    assert!((6_000_000..10_000_000).contains(&size), "{size}");
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&bench.path().join("p.html"));
    let shown = browser.text("#where");
    let cut = browser.text("#cut");
    assert!(
        cut.ends_with("of 100000 rows and every row with a problem, because the size of a page is limited."),
        "{cut}"
    );
    assert!(browser.count(".entry") < 40, "only rows in view are drawn");
    browser.click(".chip.problems");
    assert_eq!(browser.text("#where"), "1 of 100", "{shown}");
    browser.press("End");
    assert_eq!(browser.text("#place"), "row 100000 · line 100001 of list.csv");
    browser.click(".chip");
    browser.press("Home");
    browser.press("/");
    browser.type_text("name 17337");
    browser.until("document.getElementById('where').textContent === '1 of 1'");
    let message = "Dear Name 17337, your order 0017337 left our house today and will be with you soon. Thank you.";
    assert_eq!(browser.text("#chat"), message);
    browser.assert_clean("file://");
}

#[test]
fn the_page_is_whole_or_not_there_and_its_owners_alone() {
    let bench = mixed();
    html(&bench, &["--limit", "3"], 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(bench.path().join("p.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds personal data");
    }
    let missing = ["run", "r.yaml", "--dry-run", "--html", "nowhere/p.html", "--limit", "3"];
    let outcome = bench.rowcast(&missing).code(3);
    assert!(outcome.stderr.contains("nowhere/p.html: cannot be written: "), "{}", outcome.stderr);
    for with in [&["--json"][..], &["--curl"]] {
        bench.rowcast(&[&["run", "r.yaml", "--dry-run", "--html", "p.html"], with].concat()).code(2);
    }
    bench.rowcast(&["run", "r.yaml", "--html", "p.html"]).code(2);
    bench.rowcast(&["run", "r.yaml", "--dry-run", "--html-rows", "5"]).code(2);
}
