//! The live line on a real pseudo-terminal: the screen during a run and at its end.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::support::raw::{Raw, answer};
use crate::support::running::eventually;
use crate::support::terminal::OnTerminal;
use crate::support::{Bench, list, sandbox};

/// A run that takes a second, on a terminal of this width.
fn watch(columns: u16, variables: &[(&str, &str)]) -> crate::support::terminal::Screen {
    let sandbox = sandbox(&["131026=30%"]);
    let bench = Bench::with_list(&list(30), sandbox.url());
    let mut command = bench.command(&["run", "r.yaml", "-y", "--rate", "25/s", "--max-failures", "90%"]);
    command.envs(variables.iter().copied());
    let (code, screen) = OnTerminal::start(command, columns).finish();
    assert_eq!(code, 4, "{screen:#?}");
    screen
}

#[test]
fn a_line_moves_within_its_width_and_leaves_nothing_behind() {
    for columns in [120_u16, 80, 40, 20] {
        let screen = watch(columns, &[]);
        let moving: Vec<&String> = screen.wiped.iter().filter(|line| line.contains('%')).collect();
        assert!(moving.len() >= 4, "{columns}: {screen:#?}");
        // Nothing else is erased, and the terminal has never wrapped the line.
        assert_eq!(moving.len(), screen.wiped.len(), "{columns}: {screen:#?}");
        assert!(screen.widest < usize::from(columns), "{columns}: {screen:#?}");
        assert!(moving.iter().any(|line| line.contains("left") || line.contains("/s")), "{columns}: {screen:#?}");
        // At the end: the name of the run, the summary, and the cursor below it.
        assert!(!screen.lines.iter().any(|line| line.contains('━') || line.contains(" left")), "{screen:#?}");
        assert!(screen.lines[0].starts_with("run r-"), "{screen:#?}");
        assert!(screen.lines.concat().replace(' ', "").contains("30rows="), "{screen:#?}");
        assert!(screen.lines.iter().any(|line| line.starts_with("next     rowcast ")), "{screen:#?}");
        assert_eq!((screen.cursor, screen.hidden), ((screen.lines.len() - 1, 0), false), "{screen:#?}");
    }
}

#[test]
fn colours_are_there_unless_they_are_not_wanted() {
    assert!(watch(80, &[]).colours > 10);
    let plain = watch(80, &[("NO_COLOR", "1")]);
    assert_eq!(plain.colours, 0);
    assert!(plain.wiped.len() >= 4, "{plain:#?}");
}

#[test]
fn a_dumb_terminal_gets_lines_that_stay() {
    let screen = watch(80, &[("TERM", "dumb")]);
    assert_eq!(screen.wiped, [""; 0]);
    assert!(screen.lines[0].ends_with(": 30 rows to send"), "{screen:#?}");
}

#[test]
fn the_line_says_that_the_window_is_closed_and_goes_with_an_interrupt() {
    let sandbox = sandbox(&[]);
    let bench = Bench::with_list(&list(5), sandbox.url());
    let at = |hours| {
        let then = Timestamp::now() + SignedDuration::from_hours(hours);
        then.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
    };
    let window = format!("{}-{}", at(2), at(3));
    let command = bench.command(&["run", "r.yaml", "-y", "--window", &window, "--timezone", "UTC"]);
    let running = OnTerminal::start(command, 80);
    eventually("it says why", || running.screen().lines.iter().any(|line| line.contains("%  outside the window for ")));
    running.signal("INT");
    let (code, screen) = running.finish();
    assert_eq!(code, 130);
    assert!(screen.lines.iter().any(|line| line.starts_with("stopping: interrupted")), "{screen:#?}");
    assert!(!screen.lines.iter().any(|line| line.contains('%')), "{screen:#?}");
}

#[test]
fn the_line_says_that_the_api_has_asked_to_wait() {
    let server = Raw::start(|_| answer("429 Too Many Requests\r\nRetry-After: 600", ""));
    let bench = Bench::with_list(&list(5), server.url());
    let running = OnTerminal::start(bench.command(&["run", "r.yaml", "-y"]), 80);
    eventually("it says why", || running.screen().lines.iter().any(|line| line.contains("%  throttled, 10 min")));
    running.signal("INT");
    assert_eq!(running.finish().0, 130);
}
