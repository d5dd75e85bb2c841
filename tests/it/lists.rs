//! Damaged lists: the output of `check` for each file in `tests/damaged_lists`, word for word.

use std::fs;

use crate::support::Bench;

#[test]
fn every_damaged_list_says_what_is_wrong() {
    insta::glob!("../damaged_lists", "*.*", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bench = Bench::with_list("", "https://graph.facebook.com");
        bench.file(name, fs::read(path).unwrap());
        let outcome = bench.rowcast(&["check", "r.yaml", "-d", name]);
        assert_eq!(outcome.stdout, "");
        let code = if outcome.stderr.contains("error: ") { 3 } else { 0 };
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        // `run` prints the same and starts nothing.
        if code == 3 {
            let run = bench.rowcast(&["run", "r.yaml", "-d", name, "-y", "--sandbox"]).code(3);
            let problems = |text: &str| text.lines().filter(|line| line.starts_with("error")).count();
            assert_eq!(problems(&run.stderr), problems(&outcome.stderr), "{}", run.stderr);
            assert!(!bench.path().join("runs").exists(), "{name}");
        }
        insta::assert_snapshot!(outcome.stderr);
    });
}
