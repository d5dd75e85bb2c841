#![expect(clippy::cast_precision_loss, reason = "small numbers")]

use super::*;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Answers so many requests of the present epoch at one time.
fn answer(search: &mut RateSearch, taken: usize, refused: usize, now: Instant) {
    let epoch = search.epoch();
    (0..taken).for_each(|_| search.answered(false, None, epoch, 1000.0, now));
    (0..refused).for_each(|_| search.answered(true, None, epoch, 1000.0, now));
}

/// The rates after so many seconds, rounded.
fn rates(search: &RateSearch, from: Instant, after: &[u64]) -> Vec<f64> {
    after.iter().map(|after| search.rate(from + seconds(*after)).unwrap().round()).collect()
}

/// A search that has seen `rate` answers in each of two seconds. The time is that of the last.
fn busy(allowed: Option<f64>, rate: u64) -> (RateSearch, Instant) {
    let begin = Instant::now();
    let mut search = RateSearch::new(allowed, None, begin);
    let last = (0..2 * rate).fold(begin, |_, n| {
        let at = begin + seconds(1).mul_f64(n as f64 / rate as f64);
        search.answered(false, None, 0, 0.0, at);
        at
    });
    (search, last)
}

#[test]
fn it_falls_to_what_was_achieved_and_climbs_back_slowly_then_fast() {
    let (mut search, now) = busy(Some(1000.0), 80);
    assert_eq!((search.rate(now), search.found(now)), (Some(1000.0), None));
    answer(&mut search, 0, 8, now);
    let limit = search.found(now).unwrap();
    assert!((70.0..90.0).contains(&limit), "{limit}");
    let share = |returns: f64| search.rate(now + RETURN.mul_f64(returns)).unwrap() / limit;
    for (after, expected) in [(0.0, 0.95), (0.5, 0.99375), (1.0, 1.0), (1.5, 1.00625), (2.0, 1.05)] {
        assert!((share(after) - expected).abs() < 1e-6, "after {after} returns: {}", share(after));
    }
    let later = |seconds| search.rate(now + 2 * RETURN + DOUBLING * seconds).unwrap() / limit;
    assert!([(1, 2.1), (2, 4.2), (3, 8.4)].iter().all(|(after, share)| (later(*after) - share).abs() < 1e-6));
    assert_eq!(rates(&search, now, &[30, 3600]), [1000.0, 1000.0]);
    assert_eq!((search.found(now + seconds(29)).is_some(), search.found(now + seconds(60))), (true, None));
}

#[test]
fn all_requests_in_flight_at_a_decrease_are_one_signal() {
    let (mut search, now) = busy(Some(1000.0), 80);
    let epoch = search.epoch();
    answer(&mut search, 0, 8, now);
    let rate = search.rate(now);
    (0..500).for_each(|_| search.answered(true, None, epoch, 0.0, now));
    assert_eq!((search.rate(now), search.epoch()), (rate, epoch + 1));
}

#[test]
fn one_refusal_in_thirty_slows_nothing() {
    let mut search = RateSearch::new(Some(80.0), None, Instant::now());
    let mut random = fastrand::Rng::with_seed(5);
    let now = Instant::now();
    for _ in 0..5_000 {
        search.answered(random.f64() < 0.03, None, search.epoch(), 0.0, now);
    }
    assert_eq!(search.epoch(), 0);
}

#[test]
fn an_api_that_takes_nothing_is_asked_seldom_and_then_fast_again() {
    let (mut search, now) = busy(Some(80.0), 80);
    let mut at = now;
    for _ in 0..100 {
        at += Duration::from_millis(100);
        answer(&mut search, 0, 8, at);
    }
    assert!(search.rate(at).unwrap() <= 1.0, "{:?}", search.rate(at));
    assert!(search.rate(at + seconds(12)).unwrap() > 60.0, "{:?}", rates(&search, at, &[1, 4, 8, 12]));
}

#[test]
fn the_rate_never_dies_and_ends_at_what_is_allowed() {
    for (allowed, floor) in [(Some(100.0), FLOOR), (None, FLOOR), (Some(0.1), 0.1 * 0.9)] {
        let now = Instant::now();
        let mut search = RateSearch::new(allowed, None, now);
        (0..1000).for_each(|_| answer(&mut search, 0, 8, now));
        let rate = search.rate(now).unwrap();
        assert!(rate >= floor && rate <= allowed.unwrap_or(1000.0), "{rate}");
        assert_eq!(search.rate(now + seconds(3600)), allowed);
    }
}

#[test]
fn who_goes_on_begins_at_what_was_found() {
    let now = Instant::now();
    let search = RateSearch::new(Some(1000.0), Some(80.0), now);
    assert_eq!(rates(&search, now, &[0, 2, 30]), [76.0, 80.0, 1000.0]);
    for (allowed, found) in [(Some(50.0), Some(80.0)), (Some(50.0), None), (None, Some(0.0)), (None, Some(f64::NAN))] {
        assert_eq!(RateSearch::new(allowed, found, now).rate(now), allowed);
    }
    assert_eq!(rates(&RateSearch::new(None, Some(80.0), now), now, &[0]), [76.0]);
}

#[test]
fn a_pause_holds_the_climb() {
    let (mut search, now) = busy(Some(1000.0), 80);
    answer(&mut search, 0, 8, now);
    let low = search.rate(now);
    search.hold(seconds(20));
    assert_eq!(search.rate(now + seconds(20)), low);
    assert!(search.rate(now + seconds(22)) > low);
}
