//! Runs in stages: judged, asked about, waited between, resumed in the middle.

use super::*;

#[test]
fn stages_are_judged_and_waited_between() {
    let bench = Bench::new("  stages: [2, 50%, 100%]", &[""; 10]);
    let between = Between::Wait(Duration::from_secs(1800));
    let seen = bench.go(Setting { between, ..Setting::at("2026-11-23T09:00:00Z") });
    assert_eq!(
        seen.reported,
        [
            "stage 1 of 3: 2 rows = 2 accepted",
            "the next stage begins in 30 min",
            "stage 2 of 3: 3 rows = 3 accepted",
            "the next stage begins in 30 min",
        ]
    );
    let at: Vec<&str> = [1, 2, 4, 5].map(|row: usize| seen.sent[row].1.as_str()).to_vec();
    assert_eq!(at, ["Mon 09:01", "Mon 09:32", "Mon 09:34", "Mon 10:05"]);
    assert_eq!(seen.rows(), (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_stage_that_goes_wrong_is_the_last() {
    for (stages, refused, stops) in [
        ("[20, 100%]", vec![3, 4], None),
        (
            "[20, 100%]",
            vec![3, 4, 5],
            Some("stage 1 of 2: 3 of 20 rows were not accepted, more than max-failures (10%) allows"),
        ),
        ("[{ upto: 20, max-failures: 4 }, 100%]", vec![3, 4, 5], None),
        (
            "[{ upto: 50%, max-failures: 2% }]",
            vec![9],
            Some("stage 1 of 2: 1 of 20 rows was not accepted, more than max-failures (2%) allows"),
        ),
    ] {
        let bench = Bench::new(&format!("  stages: {stages}"), &[""; 40]);
        let seen = bench.go(Setting { refused, ..Setting::at("2026-11-23T09:00:00Z") });
        assert_eq!(seen.ended.halt, stops.map(|reason| Halt::Stopped(reason.to_owned())), "{stages}");
        assert_eq!(seen.sent.len(), if stops.is_some() { 20 } else { 40 });
    }
}

#[test]
fn somebody_is_asked_between_two_stages() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let bench = Bench::new("  stages: [2, 5]", &[""; 10]);
    let keep = Arc::clone(&asked);
    // Yes the first time, no the second.
    let ask = move |question: &str| {
        let mut asked = keep.lock().unwrap();
        asked.push(question.to_owned());
        asked.len() == 1
    };
    let seen = bench.go(Setting { between: Between::Ask(Arc::new(ask)), ..Setting::at("2026-11-23T09:00:00Z") });
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "stage 1 of 3: 2 rows = 2 accepted. Continue with 8 rows",
            "stage 2 of 3: 3 rows = 3 accepted. Continue with 5 rows"
        ]
    );
    assert_eq!(seen.rows(), [1, 2, 3, 4, 5]);
    assert!(matches!(seen.ended.halt, Some(Halt::Paused(_))));

    // A resume confirms the stage: the next stage begins.
    let seen = bench.go(Setting { mode: Mode::Resume, between: Between::End, ..Setting::at("2026-11-23T10:00:00Z") });
    assert_eq!(seen.rows(), [6, 7, 8, 9, 10]);
    assert!(seen.ended.halt.is_none());
}

#[test]
fn a_stage_is_resumed_in_its_middle_with_what_went_wrong_before() {
    let bench = Bench::new("  window: \"09:00-10:00\"\n  timezone: UTC\n  stages: [8, 100%]", &[""; 20]);
    let setting = Setting { waits: false, refused: vec![1, 2], ..Setting::at("2026-11-23T09:55:00Z") };
    let seen = bench.go(setting);
    assert_eq!(seen.rows(), [1, 2, 3, 4, 5]);
    let seen = bench.go(Setting { mode: Mode::Resume, ..Setting::at("2026-11-24T09:00:00Z") });
    assert_eq!(seen.rows(), [6, 7, 8]);
    assert_eq!(seen.reported[0], "stage 1 of 2: 8 rows = 6 accepted + 2 failed");
    assert!(matches!(seen.ended.halt, Some(Halt::Stopped(reason)) if reason.contains("2 of 8")));
}

#[test]
fn a_stage_of_nothing_more_asks_nobody() {
    let bench = Bench::new("  stages: [5]", &[""; 4]);
    let seen = bench.go(Setting { between: Between::End, ..Setting::at("2026-11-23T09:00:00Z") });
    assert_eq!((seen.rows().len(), seen.ended.halt), (4, None));
}
