//! An answer belongs to its row: gateways that give surplus answers, exchange them or use one id for all.

use crate::support::gateway::{Gateway, Wrong};
use crate::support::{Bench, list};

/// Nobody got two messages, and whoever is said to have one has it under the id that was his.
fn each_has_his_own(bench: &Bench, gateway: &Gateway) {
    let delivered = gateway.delivered();
    let twice: Vec<_> = delivered.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "got it twice: {twice:?}");
    for record in bench.results().iter().filter(|record| record.get("_status") == "accepted") {
        let phone = record.get("phone");
        assert_eq!(record.get("_message_id"), format!("wamid.{phone}"));
        assert_eq!(delivered.get(phone), Some(&1));
    }
}

fn count(bench: &Bench, state: &str) -> usize {
    bench.results().iter().filter(|record| record.get("_status") == state).count()
}

#[test]
fn surplus_answers_are_given_to_no_row() {
    for wrong in [Wrong::SurplusRefusals, Wrong::SurplusAnswers] {
        let gateway = Gateway::start(wrong);
        let bench = Bench::with_list(&list(200), gateway.url());
        bench.rowcast(&["run", "r.yaml", "-y", "-j", "16", "--retries", "9"]).code(0);
        each_has_his_own(&bench, &gateway);
        assert_eq!(count(&bench, "accepted"), 200, "{wrong:?}");
    }
}

#[test]
fn an_answer_for_another_recipient_leaves_the_row_unknown_and_three_stop_the_run() {
    let gateway = Gateway::start(Wrong::Swapped);
    let bench = Bench::with_list(&list(100), gateway.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "4"]).code(6);
    assert!(outcome.stderr.contains("3 answers were those of other rows"), "{}", outcome.stderr);
    each_has_his_own(&bench, &gateway);
    assert!((3..8).contains(&count(&bench, "unknown")), "{:?}", bench.results());
    let doubtful = bench.results().into_iter().find(|record| record.get("_status") == "unknown").unwrap();
    assert_eq!(doubtful.get("_error_code"), "wrong_row");
    assert!(doubtful.get("_error").contains("the answer is for another recipient: +49"), "{doubtful:?}");
    assert!(doubtful.get("_advice").contains("retry --unknown"), "{doubtful:?}");
}

#[test]
fn an_id_that_the_run_has_seen_is_no_proof() {
    let gateway = Gateway::start(Wrong::OneId);
    let bench = Bench::with_list(&list(100), gateway.url());
    let outcome = bench.rowcast(&["run", "r.yaml", "-y", "-j", "2"]).code(6);
    assert!(outcome.stderr.contains("3 answers were those of other rows"), "{}", outcome.stderr);
    assert_eq!(count(&bench, "accepted"), 1);
    assert!(gateway.delivered().values().all(|times| *times == 1));
    let doubtful = bench.results().into_iter().find(|record| record.get("_status") == "unknown").unwrap();
    assert_eq!(doubtful.get("_error"), "the answer has the message id of another row: wamid.same");
}
