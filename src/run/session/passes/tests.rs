//! Sessions with a set clock, without real waits: windows here, stages in their own file.

mod stages;

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::diag::{Problems, Source as Text};
use crate::exec::testing::{MISDIRECTED, ScriptedConnector, SetClock};
use crate::exec::{Clock, Concurrency, Connector};
use crate::ledger::{self, LedgerWriter, Projection};
use crate::model::{Built, Draft, Endpoint, Field, InputField, Kind, Reply, State, TaskEntry, Value};
use crate::recipe::{Recipe, parse};
use crate::report::Reporter;
use crate::rows::CsvOptions;
use crate::run::check::excluded_rows::ExcludedRows;
use crate::run::session::sender_lines::Sender;
use crate::run::session::session::{Ended, Session, work};
use crate::template::Engine;

const TASK: TaskEntry = TaskEntry {
    id: "TASK_T",
    summary: "",
    fields: &[Field { name: "to", kind: Kind::Text, required: true, max: None, secret: false, example: None, doc: "" }],
    recipient: "to",
    needs: &[],
    doubt: |_| None,
    outputs: &[],
    build: |input: &[InputField<'_>], _| {
        let Some(Value::Text(to)) = input.first().map(|(_, value)| &**value) else { return Err(Vec::new()) };
        let draft = Draft { lane: Some(to.as_str().into()), ..Draft::new("POST", String::new(), Bytes::new()) };
        Ok(Built { draft, warnings: Vec::new() })
    },
};

/// A connector that accepts every message except those of some rows, and takes a minute for each.
fn connector(clock: &Arc<SetClock>, refused: &[u64]) -> ScriptedConnector {
    // Certainly not sent: `retry` takes it.
    let busy = Reply::Unreachable { message: MISDIRECTED.to_owned() };
    let minute_hand = Arc::clone(clock);
    let mut connector = ScriptedConnector::dated_by(Arc::clone(clock) as Arc<dyn Clock>)
        .on_send(move |_| minute_hand.advance(Duration::from_secs(60)));
    connector.replies.extend(refused.iter().map(|row| ((*row, 1), busy.clone())));
    connector
}

/// Such as `Mon 09:59`, in UTC.
fn weekday_and_time(since_epoch: Duration) -> String {
    Timestamp::try_from(SystemTime::UNIX_EPOCH + since_epoch).unwrap().strftime("%a %H:%M").to_string()
}

/// Collects the lines that people see.
#[derive(Default)]
struct Reported(Vec<String>);

impl Reporter for Reported {
    fn event(&mut self, event: &Event, _counts: &Counts) {
        match event {
            Event::Stage(end) => self.0.push(stage_line(end)),
            Event::Resting(rest) => self.0.push(rest.reason.clone()),
            Event::Stopping { reason, .. } => self.0.push(format!("stopping: {reason}")),
            _ => {}
        }
    }
}

/// A run over `phone,tz`.
struct Bench {
    _home: tempfile::TempDir,
    folder: RunFolder,
    run: RunFile,
    recipe: Recipe,
    engine: Engine,
}

/// A session of a bench.
struct Setting {
    mode: Mode,
    clock: Arc<SetClock>,
    refused: Vec<u64>,
    between: Between,
    waits: bool,
    not_after: Option<&'static str>,
    stop: Stop,
}

impl Setting {
    fn at(now: &str) -> Self {
        let (refused, stop) = (Vec::new(), Stop::default());
        Self {
            mode: Mode::Run,
            clock: Arc::new(SetClock::at(now)),
            refused,
            between: Between::Nothing,
            waits: true,
            not_after: None,
            stop,
        }
    }
}

struct Seen {
    ended: Ended,
    sent: Vec<(u64, String)>,
    reported: Vec<String>,
}

impl Seen {
    fn rows(&self) -> Vec<u64> {
        self.sent.iter().map(|(row, _)| *row).collect()
    }

    fn outcome(&self, state: State) -> u64 {
        self.ended.summary.outcomes.get(state)
    }
}

impl Bench {
    fn new(send: &str, zones: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let text = format!("version: 1\nconnection: a\ntask: t\ninput: {{ to: '{{{{ phone }}}}' }}\nsend:\n{send}\n");
        let recipe = parse(&Text::new("r.yaml", text)).unwrap();
        let created: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let folder = RunFolder::create(home.path(), "r", created).unwrap();
        let mut data = "phone,tz\n".to_owned();
        for (at, zone) in zones.iter().enumerate() {
            data.extend([format!("+4915{at:05},{zone}\n")]);
        }
        folder.write_new(&folder.data(), data.as_bytes()).unwrap();
        let run = RunFile { send: recipe.send.clone(), ..RunFile::for_test(folder.name(), zones.len() as u64) };
        ledger::create(&folder.ledger()).unwrap();
        Self { _home: home, folder, run, recipe, engine: Engine::new(None) }
    }

    fn go(&self, setting: Setting) -> Seen {
        let Setting { mode, clock, refused, between, waits, not_after, stop } = setting;
        let mut problems = Problems::default();
        let header = crate::rows::open_file(&self.folder.data(), &CsvOptions::default()).unwrap().header().clone();
        let endpoint = Endpoint(BTreeMap::new());
        let plan =
            Plan::prepare(&self.engine, &self.recipe, &[], &header, Box::leak(Box::new(TASK)), endpoint, &mut problems);
        assert!(problems.is_empty());
        let selected = StateSet::default().with(if mode == Mode::Retry { State::Failed } else { State::Pending });
        let (mut counts, mut rows) = (Counts::default(), 0);
        let source =
            RunSource { folder: &self.folder, run: &self.run, plan: &plan, only: None, from: Beginning::default() };
        for run_row in source.walk(true).unwrap() {
            let status = run_row.unwrap().status;
            rows += u64::from(selected.selects(&status));
            counts.add(if selected.selects(&status) { State::Pending } else { status.state });
        }
        let mut ledger = ledger::open(&self.folder.ledger()).unwrap();
        ledger.begin_session(mode, 1, "here", 0).unwrap();
        let connector = Arc::new(connector(&clock, &refused));
        let policy = Policy {
            concurrency: Concurrency::fixed(1),
            rate: None,
            retries: 0,
            max_failures: None,
            not_after: not_after.map(|end| end.parse::<Timestamp>().unwrap().into()),
        };
        let timetable = Timetable { clock, ..Timetable::new(&self.recipe.send, between, waits) };
        let mut reported = Reported::default();
        let session = Session {
            from: Beginning::default(),
            except: HashSet::new(),
            screened: false,
            excluded: ExcludedRows::default(),
            folder: &self.folder,
            run: &self.run,
            plan: &plan,
            only: None,
            ledger,
            mode,
            selected,
            rows,
            counts,
            repeats: RepeatedRows::default(),
            claims: None,
            suppress: SuppressLists::default(),
            timetable,
            senders: vec![Some(Sender {
                name: "acme".to_owned(),
                connector: Arc::clone(&connector) as Arc<dyn Connector>,
                policy,
                found: None,
            })],
            stop,
        };
        let ended = work(session, &mut reported).unwrap();
        let sent = connector.record().sent.iter().map(|sent| (sent.row, weekday_and_time(sent.at))).collect();
        Seen { ended, sent, reported: reported.0 }
    }

    /// The number of rows that are in a state in the ledger.
    fn count(&self, state: State) -> usize {
        let statuses = ledger::read(&self.folder.ledger()).unwrap().statuses(Projection::Full).unwrap();
        statuses.filter(|status| status.as_ref().unwrap().1.state == state).count()
    }
}

/// 2026-11-23 is a Monday.
const HOUR: &str = "  window: \"09:00-10:00\"\n  timezone: UTC";

#[test]
fn what_the_window_cuts_off_is_sent_when_it_opens_again() {
    let bench = Bench::new(HOUR, &[""; 25]);
    let seen = bench.go(Setting::at("2026-11-23T09:50:00Z"));
    assert_eq!(seen.rows(), (1..=25).collect::<Vec<_>>(), "each once, in order");
    assert_eq!((&*seen.sent[9].1, &*seen.sent[10].1), ("Mon 09:59", "Tue 09:00"));
    assert_eq!(seen.reported, ["outside the window; continues Tue 09:00 UTC, in 23 h"]);
    assert!(seen.ended.halt.is_none());
    assert_eq!((bench.count(State::Accepted), seen.outcome(State::Accepted)), (25, 25));
}

#[test]
fn a_closed_window_is_waited_for_before_the_first_row() {
    let bench = Bench::new("  window: \"Sat 09:00-10:00\"\n  timezone: Europe/Berlin", &["", ""]);
    let seen = bench.go(Setting::at("2026-11-23T12:00:00Z"));
    assert_eq!(seen.sent, [(1, "Sat 08:00".to_owned()), (2, "Sat 08:01".to_owned())]);
    assert_eq!(seen.reported, ["outside the window; continues Sat 09:00 Europe/Berlin, in 5 days"]);
}

#[test]
fn each_row_goes_by_its_own_clock() {
    let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "America/New_York"];
    let bench = Bench::new("  window: \"09:00-10:00\"\n  timezone: \"{{ tz }}\"", &zones);
    let seen = bench.go(Setting::at("2026-11-23T07:30:00Z"));
    let sent: Vec<(u64, &str)> = seen.sent.iter().map(|(row, at)| (*row, at.as_str())).collect();
    let expected = [(1, "Mon 08:00"), (4, "Mon 08:01"), (2, "Mon 14:00"), (5, "Mon 14:01"), (3, "Tue 03:30")];
    assert_eq!(sent, expected);
    assert_eq!(
        seen.reported,
        [
            "outside the window; continues Mon 09:00 Europe/Berlin, in 30 min",
            "outside the window; continues Mon 09:00 America/New_York, in 6 h",
            "outside the window; continues Tue 09:00 Asia/Kolkata, in 13 h",
        ]
    );
}

#[test]
fn a_window_that_opens_during_a_pass_is_not_missed() {
    // Berlin has rows for hours; New York opens for half an hour while they are sent.
    let mut zones = vec!["America/New_York"];
    zones.extend(["Europe/Berlin"; 600]);
    let window = "  window: \"09:00-09:30, 12:00-24:00\"\n  timezone: \"{{ tz }}\"";
    let seen = Bench::new(window, &zones).go(Setting::at("2026-11-23T11:00:00Z"));
    let (_, at) = seen.sent.iter().find(|(row, _)| *row == 1).unwrap();
    assert!(at.starts_with("Mon 14:"), "{at}");
    assert_eq!(seen.sent.len(), 601);
}

#[test]
fn a_run_that_shall_not_wait_ends_and_can_be_resumed() {
    let bench = Bench::new(HOUR, &[""; 12]);
    let seen = bench.go(Setting { waits: false, ..Setting::at("2026-11-23T09:50:00Z") });
    let reason = "outside the window, which opens Tue 09:00 UTC, in 23 h".to_owned();
    assert_eq!(seen.reported, [format!("stopping: {reason}")]);
    assert_eq!((seen.ended.halt, seen.ended.interrupted), (Some(Halt::Paused(reason)), false));
    assert_eq!(bench.count(State::Accepted), 10);
    let seen = bench.go(Setting { mode: Mode::Resume, ..Setting::at("2026-11-24T09:30:00Z") });
    assert_eq!(seen.rows(), [11, 12]);
}

#[test]
fn an_interrupt_ends_a_wait_at_once() {
    for send in [HOUR, "  stages: [1, 100%]"] {
        let bench = Bench::new(send, &[""; 3]);
        let stop = Stop::default();
        let clock = Arc::new(SetClock::at("2026-11-23T10:00:00Z").interrupting(stop.clone()));
        let between = Between::Wait(Duration::from_secs(60));
        let seen = bench.go(Setting { clock, between, stop, ..Setting::at("2026-11-23T10:00:00Z") });
        assert_eq!((seen.ended.halt, seen.ended.interrupted), (Some(Halt::Interrupted), true));
        assert_eq!(seen.reported.last().unwrap(), "stopping: interrupted");
    }
}

#[test]
fn what_would_be_too_late_is_skipped_and_not_waited_for() {
    let bench = Bench::new(HOUR, &[""; 12]);
    let setting = Setting { not_after: Some("2026-11-23T20:00:00Z"), ..Setting::at("2026-11-23T09:50:00Z") };
    let seen = bench.go(setting);
    assert_eq!((bench.count(State::Accepted), bench.count(State::Skipped)), (10, 2));
    assert!(seen.reported.is_empty() && seen.ended.halt.is_none());
}

#[test]
fn a_retry_takes_each_row_once_however_often_it_passes() {
    let bench = Bench::new(HOUR, &[""; 8]);
    let refused = vec![1, 2, 3, 5, 6, 8];
    let seen = bench.go(Setting { refused, ..Setting::at("2026-11-23T09:00:00Z") });
    assert_eq!((seen.rows().len(), bench.count(State::Failed)), (8, 6));
    // Rows 2 and 6 fail again, and the window closes after the third.
    let setting = Setting { mode: Mode::Retry, refused: vec![2, 6], ..Setting::at("2026-11-23T09:57:00Z") };
    let seen = bench.go(setting);
    assert_eq!(seen.rows(), [1, 2, 3, 5, 6, 8]);
    assert_eq!((&*seen.sent[2].1, &*seen.sent[3].1), ("Mon 09:59", "Tue 09:00"));
    assert_eq!((bench.count(State::Accepted), bench.count(State::Failed)), (6, 2));
}

#[test]
fn what_a_retry_tells_of_its_rows_is_what_the_ledger_says() {
    let bench = Bench::new(HOUR, &[""; 8]);
    bench.go(Setting { refused: (1..=8).collect(), ..Setting::at("2026-11-23T09:00:00Z") });
    assert_eq!(bench.count(State::Failed), 8);
    // One fails again and two are accepted. The deadline passes before the window opens for the others.
    let late = Setting { not_after: Some("2026-11-23T20:00:00Z"), ..Setting::at("2026-11-23T09:57:00Z") };
    let seen = bench.go(Setting { mode: Mode::Retry, refused: vec![2], ..late });
    let outcomes = [State::Accepted, State::Failed, State::Skipped].map(|state| seen.outcome(state));
    assert_eq!((seen.rows().len(), outcomes), (3, [2, 1, 5]));
    for state in State::ALL {
        assert_eq!(seen.outcome(state), bench.count(state) as u64, "{state}");
    }
}
