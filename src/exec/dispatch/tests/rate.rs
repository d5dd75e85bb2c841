//! The allowed rate: never exceeded in any second, fully used, and with few intents ahead of it.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_and_used_whatever_the_latency() {
    for (count, latency) in [(80, 20), (80, 600), (20, 150), (1000, 150), (1000, 600)] {
        let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(latency)));
        let rows = u64::from(count) * 12;
        let concurrency = Concurrency { least: 64, most: 1000 };
        run(jobs(rows), &script, Policy { concurrency, ..paced(count) }).await;
        let record = script.record();
        let log = &record.sent;
        no_second_has_too_many(log, count);
        // After the slow start, when as many rows are in flight as the rate needs.
        let settled = 2 * count as usize;
        let (from, to) = (log[settled].at, log[log.len() - 1].at);
        let sent = u32::try_from(log.len() - settled - 1).unwrap();
        let used = f64::from(sent) / to.checked_sub(from).unwrap().as_secs_f64() / f64::from(count);
        assert!(used >= 0.99, "{used} of {count}/s at {latency} ms");
        let most = record.most_in_flight;
        assert!(
            most <= 1000 && (count < 1000 || most as u64 > u64::from(count) * latency / 1000 - 10),
            "{most} together"
        );
    }
}

fn no_second_has_too_many(log: &[Sent], count: u32) {
    for sent in log.windows(count as usize + 1) {
        let within = sent[count as usize].at.checked_sub(sent[0].at).unwrap();
        assert!(within >= Duration::from_secs(1), "one more than {count} in {within:?}");
    }
}

/// A busy machine: the executor does not run for a while, and then everything is due at once.
#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_by_a_machine_that_stalls() {
    for (count, latency) in [(80, 20), (20, 150), (1000, 150)] {
        let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(latency)));
        let stalls = tokio::spawn(async {
            for n in 0.. {
                tokio::time::sleep(Duration::from_millis(130 + n % 7 * 90)).await;
                tokio::time::advance(Duration::from_millis(20 + n % 5 * 25)).await;
            }
        });
        let concurrency = Concurrency { least: 64, most: 1000 };
        run(jobs(u64::from(count) * 12), &script, Policy { concurrency, ..paced(count) }).await;
        stalls.abort();
        no_second_has_too_many(&script.record().sent, count);
    }
}

#[tokio::test(start_paused = true)]
async fn few_rows_have_an_intent_before_their_turn() {
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(1)));
    let stop = Stop::default();
    let stopper = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        stopper.drain(Halt::Interrupted);
    });
    let policy = Policy { concurrency: Concurrency::fixed(64), ..paced(20) };
    let seen = run_with(jobs(1000), Arc::clone(&script), policy, stop, usize::MAX).await;
    let sent = script.record().sent.len();
    assert!(seen.intents.len() - sent <= 2, "{} intents, {sent} sent", seen.intents.len());
    assert_eq!(seen.withdrawn.len(), seen.intents.len() - sent, "each of them is withdrawn");
}

#[tokio::test(start_paused = true)]
async fn the_last_row_waits_for_no_turn_after_it() {
    let hourly = Rate { count: 1.try_into().unwrap(), per: Duration::from_secs(3600) };
    let script = Arc::new(ScriptedConnector::with_latency(Duration::from_millis(100)));
    let begin = Instant::now();
    let seen = run(jobs(1), &script, Policy { rate: Some(hourly), ..policy() }).await;
    assert_eq!(seen.outcomes.len(), 1);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}
