//! `rowcast report`.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use rowcast::sandbox::Config;

use super::HOSTILE;
use crate::support::browser::Browser;
use crate::support::running::eventually;
use crate::support::{Bench, list, sandbox, sandbox_with};

fn report(bench: &Bench, args: &[&str]) -> String {
    let said = bench.rowcast(&[&["report"], args].concat()).code(0).stdout;
    fs::read_to_string(bench.path().join(said.trim())).unwrap()
}

/// The visible text of a page, without a browser.
fn text(page: &str) -> String {
    let body = page.split_once("<main>").unwrap().1;
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        text.push(' ');
    }
    text
}

#[test]
fn a_run_is_told_from_its_figures_to_the_next_command() {
    let sandbox = sandbox(&["131026=10%", "timeout-after-accept=2%", "130429=20%"]);
    let bench = Bench::with_list(&(list(200) + "+12,Eve\n"), sandbox.url());
    bench
        .rowcast(&["run", "r.yaml", "-y", "--skip-invalid", "--timeout", "300ms", "--rate", "500/s", "-j", "16"])
        .code(5);
    let page = report(&bench, &[]);
    let count = |state: &str| bench.results().iter().filter(|row| row.get("_status") == state).count();
    let said = text(&page);
    for state in ["accepted", "rejected", "unknown", "invalid"] {
        let row = format!("<i class=\"dot {state}\"></i>{state}</td><td class=\"num\">{}</td>", count(state));
        assert!(page.contains(&row), "{state}: {row}");
    }
    for wanted in [
        "Check that this number uses WhatsApp.",
        "Retried after: 130429 (",
        "rowcast retry --unknown r-",
        "2 attempts",
        "SHA-256",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    let folder = bench.run_folder();
    let digest = rowcast::rows::digest_file(&folder.join("data.csv")).unwrap();
    assert!(page.contains(digest.as_str()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.join("report.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Masked by default.
    let rejected = bench.results().into_iter().find(|row| row.get("_status") == "rejected").unwrap();
    let phone = rejected.get("phone").to_owned();
    assert!(!page.contains("+49151") && page.contains(&format!("+491••••••••{}", &phone[phone.len() - 2..])), "{said}");
    assert!(report(&bench, &["--full", "-o", "full.html"]).contains(&phone));

    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&folder.join("report.html"));
    assert_eq!(browser.text(".big b"), "201");
    assert_eq!(browser.count(".chart"), 2);
    browser.picture("report-light");
    let back = "getComputedStyle(document.body).backgroundColor";
    let light = browser.eval(back);
    browser.prefer("dark");
    assert_ne!(browser.eval(back), light);
    browser.resize(390, 844);
    assert_eq!(browser.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0);
    browser.picture("report-phone");
    browser.assert_clean("file://");
}

#[test]
fn what_lists_and_servers_say_is_text() {
    let bench = Bench::new();
    bench.connection("http://127.0.0.1:9");
    let mut rows = "phone,name\n".to_owned();
    for hostile in HOSTILE {
        writeln!(rows, "\"{}\",x", hostile.replace('"', "\"\"")).unwrap();
    }
    writeln!(rows, "\"call 0151 2345 6789 now\",x\n+4915123456789,x").unwrap();
    bench.file("list.csv", rows);
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\nwhen: \"{{ phone != '+4915123456789' }}\"\n\
         vars: { x: a }\ninput: { to: \"{{ phone }}\", body: \"{{ name }}\", preview-url: false }\n",
    );
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid", "--sandbox", "--var", "x=<b>+4915123456789"]).code(4);
    let page = report(&bench, &[]);
    let said = text(&page);
    assert!(said.contains("&lt;script&gt;document.title") && said.contains("&lt;b&gt;+491••••••••89"), "{said}");
    assert!(said.contains("015• •••• ••89") && !said.contains("2345 6789"), "{said}");
    let Some(mut browser) = Browser::start() else { return };
    browser.open_file(&bench.run_folder().join("report.html"));
    assert_eq!(browser.count("main img, main script, main iframe, main b b"), 0);
    let shown = browser.text("main");
    assert!(shown.contains("</script><script>document.title='owned'<…"), "{shown}");
    assert_ne!(browser.eval("document.title"), "owned");
    browser.assert_clean("file://");
}

#[test]
fn a_run_at_work_has_a_page_too() {
    let sandbox = sandbox_with(Config { latency: Duration::from_millis(200), ..Config::default() });
    let bench = Bench::with_list(&list(400), sandbox.url());
    let mut running = bench.start(&["run", "r.yaml", "-y", "-j", "4"]);
    eventually("some are delivered", || sandbox.inbox().total_delivered() > 8);
    let page = report(&bench, &["-o", "now.html"]);
    assert!(running.is_alive());
    assert!(page.contains("running") && text(&page).contains("being sent now"), "{page}");
    running.signal("INT");
    running.finish().code(130);
    let page = report(&bench, &[]);
    assert!(page.contains("not finished") && page.contains("rowcast resume r-"), "{page}");
}

#[test]
fn a_hundred_thousand_rows_are_a_small_page() {
    let mut rows = "phone,name\n".to_owned();
    for row in 0..100_000 {
        writeln!(rows, "{},Name {row}", if row % 2 == 0 { "+12".to_owned() } else { format!("+49151{row:08}") })
            .unwrap();
    }
    let bench = Bench::with_list(&rows, "http://127.0.0.1:9");
    bench.file(
        "r.yaml",
        "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\nwhen: \"{{ phone == '+12' or name == 'Name 1' }}\"\n\
         input: { to: \"{{ phone }}\", body: \"{{ name }}\", preview-url: false }\n",
    );
    bench.rowcast(&["run", "r.yaml", "-y", "--skip-invalid", "--sandbox"]).code(4);
    let page = report(&bench, &[]);
    assert!(page.len() < 60_000, "{}", page.len());
    let said = text(&page);
    assert!(said.contains("50,000 rows invalid") && said.contains("and 49,990 more: see the results"), "{said}");
}

#[test]
fn there_has_to_be_a_run_and_a_place() {
    let bench = Bench::with_list(&list(2), "http://127.0.0.1:9");
    let outcome = bench.rowcast(&["report"]).code(3);
    assert!(outcome.stderr.contains("no run `latest` in runs"), "{}", outcome.stderr);
    bench.rowcast(&["run", "r.yaml", "-y", "--sandbox"]).code(0);
    let outcome = bench.rowcast(&["report", "-o", "nowhere/r.html"]).code(3);
    assert!(outcome.stderr.contains("--output: the folder nowhere does not exist"), "{}", outcome.stderr);
    let page = report(&bench, &["latest", "--runs-dir", "runs"]);
    assert!(text(&page).contains("sandbox: nothing was delivered") && page.contains("rowcast show r-"), "{page}");
}
