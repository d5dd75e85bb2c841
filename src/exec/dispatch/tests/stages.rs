//! Stages and windows: consecutive executions with the same state, and times after which nothing is sent.

use super::*;

#[tokio::test(start_paused = true)]
async fn nothing_leaves_after_the_window_has_closed() {
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(700)));
    let closing = |job: Job| Job { closes: Some(EPOCH + Duration::from_secs(5)), ..job };
    let mut list: Vec<Job> = jobs(300).into_iter().map(closing).collect();
    // Some have the same recipient, and one of them is in flight when the window closes.
    list.extend((301..=303).map(|row| closing(job(row, "+49"))));
    let seen = run(list, &script, Policy { concurrency: Concurrency::fixed(64), ..paced(20) }).await;
    let log = &script.record().sent;
    assert!(log.iter().all(|sent| sent.at < Duration::from_secs(5)), "{:?}", log.last());
    assert!((80..=100).contains(&log.len()), "{}", log.len());
    // Sent requests are finished, those with only an intent are withdrawn, and the others were never started.
    assert_eq!(seen.outcomes.len(), log.len());
    let closed = Some(EPOCH + Duration::from_secs(5));
    assert_eq!(seen.put_back, PutBack { jobs: 303 - log.len() as u64, closed });
    assert!(seen.waits.is_empty() && seen.withdrawn.len() == seen.intents.len() - log.len());
}

#[tokio::test(start_paused = true)]
async fn a_try_that_would_come_after_the_window_is_put_back() {
    let mut script = ScriptedConnector::with_latency(Duration::from_millis(50));
    script.replies.insert((101, 1), throttled(Scope::Lane, 30));
    let script = Arc::new(script);
    let closing = |row| Job { closes: Some(EPOCH + Duration::from_secs(10)), ..job(row, "+49") };
    let begin = Instant::now();
    let mut list = jobs(20);
    list.extend([closing(101), closing(102)]);
    let seen = run(list, &script, policy()).await;
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(seen.waits, [(101, None)]);
    // The API would refuse the other message to this recipient as well.
    assert_eq!((seen.put_back.jobs, seen.outcomes.len()), (2, 20));
}

#[tokio::test(start_paused = true)]
async fn one_execution_after_the_other_keeps_the_rate() {
    let script = Arc::new(ScriptedConnector::default());
    let state = ConnectionState::new(&paced(10), None);
    for _ in 0..8 {
        run_under(state.clone(), jobs(5), Arc::clone(&script), paced(10), Stop::default(), usize::MAX).await;
    }
    let log = &script.record().sent;
    assert_eq!(log.len(), 40);
    for (first, begin) in log.iter().enumerate() {
        let within = log[first..].iter().take_while(|sent| sent.at < begin.at + Duration::from_secs(1)).count();
        assert!(within <= 10, "{within} in a second");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_counted_over_executions_until_they_are_counted_anew() {
    let mut script = ScriptedConnector::default();
    for row in 1..=9 {
        script.replies.extend(
            (1..=9).map(|tried| ((row, tried), Reply::Rejected { code: row.to_string(), message: String::new() })),
        );
    }
    let script = Arc::new(script);
    let policy = Policy { max_failures: Some(FailureLimit::Rows(3)), concurrency: Concurrency::fixed(1), ..policy() };
    let state = ConnectionState::new(&policy, None);
    for (rows, anew, stops) in [(3, false, false), (3, true, false), (1, false, true)] {
        if anew {
            state.count_anew(policy.max_failures);
        }
        let stop = Stop::default();
        run_under(state.clone(), jobs(rows), Arc::clone(&script), policy.clone(), stop.clone(), usize::MAX).await;
        assert_eq!(stop.is_draining(), stops);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_late_is_left_out_only_if_it_was_certainly_not_sent() {
    let states = [State::Pending, State::Failed, State::Unknown, State::Rejected, State::Invalid];
    let list = || (1..).zip(states).map(|(row, was)| Job { was, ..job(row, "") });
    let kept = HashMap::from([(3, State::Unknown), (4, State::Rejected), (5, State::Invalid)]);

    // Before they have an intent,
    let past = Policy { not_after: Some(EPOCH - Duration::from_secs(1)), ..policy() };
    let mut seen = run(list().collect(), &Arc::default(), past).await;
    seen.late.sort_unstable();
    assert_eq!((&seen.late, &seen.kept, seen.intents.len()), (&vec![1, 2], &kept, 0));

    // with an intent, while they wait for their slots,
    let slow =
        Policy { not_after: Some(EPOCH + Duration::from_millis(990)), concurrency: Concurrency::fixed(1), ..paced(1) };
    for (at, was) in states.into_iter().enumerate() {
        let state = ConnectionState::new(&slow, None);
        state.lock().pacer.reserve(Instant::now());
        let jobs = vec![Job { was, ..job(1, "") }];
        let seen = run_under(state, jobs, Arc::default(), slow.clone(), Stop::default(), usize::MAX).await;
        let expected = if at < 2 { (vec![1], HashMap::new()) } else { (Vec::new(), HashMap::from([(1, was)])) };
        assert_eq!((seen.late, seen.kept), expected, "{was}");
        assert_eq!((seen.intents, seen.withdrawn), (vec![(1, 1)], vec![1]));
    }

    // and after an attempt that was refused for now.
    let mut script = ScriptedConnector::default();
    script.replies.extend((1..=5).map(|row| ((row, 1), throttled(Scope::Lane, 60))));
    let soon = Policy { not_after: Some(EPOCH + Duration::from_secs(30)), ..policy() };
    let mut seen = run(list().collect(), &Arc::new(script), soon).await;
    seen.late.sort_unstable();
    assert_eq!(seen.late, [1, 2, 5]);
    assert_eq!(seen.kept, HashMap::from([(3, State::Unknown), (4, State::Rejected)]));
}
