//! Order, ends and bounds of rendering ahead.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use bytes::Bytes;
use csv::StringRecord;

use super::*;
use crate::diag::{Problems, Source};
use crate::model::{Built, Draft, Endpoint, Field, Header, Kind, State, TaskEntry, Value};
use crate::recipe::parse;
use crate::template::{Engine, RowScope};

/// Sends the one field that it has.
static TASK: TaskEntry = TaskEntry {
    id: "TASK_T",
    summary: "",
    fields: &[Field { name: "to", kind: Kind::Text, required: true, max: None, secret: false, example: None, doc: "" }],
    recipient: "to",
    needs: &[],
    doubt: |_| None,
    outputs: &[],
    build: |input, _| {
        let Some(Value::Text(to)) = input.first().map(|(_, value)| &**value) else { return Err(Vec::new()) };
        let body = Bytes::copy_from_slice(to.as_bytes());
        let draft = Draft::new("POST", String::new(), body);
        Ok(Built { draft, warnings: Vec::new() })
    },
};

type Rows<'r> = &'r mut dyn Iterator<Item = Result<Row, DataError>>;

/// The reported rows, and the result.
type Reported = (Result<(), &'static str>, Vec<Result<(u64, String), String>>);

/// A walk over rows of one column, each as it comes out of `row`.
fn walk<R>(
    rows: u64,
    row: impl Fn(u64) -> Result<String, DataError>,
    go: impl FnOnce(Walk<'_, '_, Rows<'_>>, &Plan<'_>) -> R,
) -> R {
    let text = "version: 1\nconnection: a\ntask: t\ninput: { to: '{{ phone }}' }\n";
    let recipe = parse(&Source::new("r.yaml", text)).unwrap();
    let (engine, mut problems) = (Engine::new(None), Problems::default());
    let header = Header::new(["phone".to_owned()]);
    let plan = Plan::prepare(&engine, &recipe, &[], &header, &TASK, Endpoint(BTreeMap::new()), &mut problems);
    let mut rows = (1..=rows).map(|number| {
        let cells = StringRecord::from(vec![row(number)?]);
        Ok(Row { number: RowNumber(number), line: number + 1, cells })
    });
    go(Walk::new(&mut rows, &plan, None, (0, None), None), &plan)
}

/// Reports each row with its body or its error. Reporting fails after the row `last`.
fn reported(rows: u64, row: impl Fn(u64) -> Result<String, DataError>, last: u64) -> Reported {
    let mut reported = Vec::new();
    let selected = StateSet::default().with(State::Pending);
    let tell = |judged: Result<&mut Judged, WalkError>| {
        reported.push(match judged {
            Ok(Judged { row, line, scope, verdict: Verdict::Ready(request, _), .. }) => {
                assert_eq!((request.row, *line), (*row, row.0 + 1));
                assert_eq!(RowScope::row(scope).map(|row| (row.number, row.line)), Some((*row, *line)));
                Ok((row.0, String::from_utf8(request.draft.body.outline().into_owned()).unwrap()))
            }
            Ok(Judged { verdict, .. }) => panic!("{verdict:?}"),
            Err(error) => Err(error.to_string()),
        });
        if reported.len() as u64 == last { Err("enough") } else { Ok(()) }
    };
    let ended = walk(rows, row, |walk, plan| for_each_verdict(walk, (plan, None), selected, tell));
    (ended, reported)
}

fn phone(number: u64) -> String {
    format!("+49151{number}")
}

fn broken(line: u64, fatal: bool) -> DataError {
    let (row, column, cells, help) = (None, None, Box::default(), None);
    DataError { line, row, column, cells, message: "broken".to_owned(), help, fatal }
}

/// The report without a failure.
fn all(rows: std::ops::RangeInclusive<u64>) -> Vec<Result<(u64, String), String>> {
    rows.map(|row| Ok((row, phone(row)))).collect()
}

#[test]
fn verdicts_come_in_the_order_of_the_list() {
    let part = ROWS as u64;
    for rows in [0, 1, part - 1, part, part + 1, 2 * part, 2 * part + 1, 20 * part + 7] {
        assert_eq!(reported(rows, |row| Ok(phone(row)), 0), (Ok(()), all(1..=rows)), "{rows} rows");
    }
}

#[test]
fn a_broken_row_stands_where_it_is_and_the_others_go_on() {
    let (ended, reported) =
        reported(3000, |row| if row == 1500 { Err(broken(1501, false)) } else { Ok(phone(row)) }, 0);
    let mut expected = all(1..=3000);
    expected[1499] = Err("data.csv, line 1501: broken".to_owned());
    assert_eq!((ended, reported), (Ok(()), expected));
}

#[test]
fn what_stands_before_an_end_that_cannot_be_read_is_told() {
    let (ended, reported) =
        reported(3000, |row| if row >= 1500 { Err(broken(row + 1, true)) } else { Ok(phone(row)) }, 0);
    let mut expected = all(1..=1499);
    expected.push(Err("data.csv, line 1501: broken".to_owned()));
    assert_eq!((ended, reported), (Ok(()), expected));
}

#[test]
fn nothing_is_told_after_the_first_error_of_who_is_told() {
    for last in [1, 1500, 3000] {
        assert_eq!(reported(3000, |row| Ok(phone(row)), last), (Err("enough"), all(1..=last)), "after {last}");
    }
}

#[test]
fn no_more_parts_are_out_than_may_be() {
    let (given, reported) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let most = 3 * AHEAD;
    let parts = (0..500).inspect(|_| {
        let out = given.fetch_add(1, Ordering::Relaxed) - reported.load(Ordering::Relaxed);
        assert!(out <= most, "{out} parts out");
    });
    let ended = in_order(
        3,
        parts,
        |part| part * 2,
        |done| {
            let reported = reported.fetch_add(1, Ordering::Relaxed);
            if *done == reported * 2 { Ok(()) } else { Err((*done, reported)) }
        },
    );
    assert_eq!((ended, reported.into_inner()), (Ok(()), 500));
}

#[test]
fn a_part_ends_after_so_many_rows_or_bytes() {
    let selected = StateSet::default().with(State::Pending);
    let lengths = |row: &dyn Fn(u64) -> Result<String, DataError>| -> Vec<usize> {
        walk(300, row, |walk, plan| Chunks { walk, plan, selected }.map(|part| part.len()).collect())
    };
    assert_eq!(lengths(&|row| Ok(phone(row))), [ROWS, ROWS, 300 - 2 * ROWS]);
    assert_eq!(lengths(&|_| Ok("x".repeat(BYTES / 2))), [2; 150]);
    assert_eq!(lengths(&|_| Ok("x".repeat(4 * BYTES))), [1; 300]);
}

#[test]
fn what_was_told_is_freed_by_the_thread_that_it_came_from() {
    struct Made(thread::ThreadId, usize);
    static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);
    impl Drop for Made {
        fn drop(&mut self) {
            ELSEWHERE.fetch_add(usize::from(thread::current().id() != self.0), Ordering::Relaxed);
        }
    }
    let mut reported = Vec::new();
    let tell = |made: &mut Made| {
        reported.push(made.1);
        Ok::<_, ()>(())
    };
    in_order(3, 0..100, |part| Made(thread::current().id(), part), tell).unwrap();
    assert_eq!(reported, (0..100).collect::<Vec<_>>());
    // The last rows arrive when no thread gets a part any more.
    assert_eq!(ELSEWHERE.load(Ordering::Relaxed), 3 * AHEAD);
}

#[test]
fn a_panic_of_a_thread_is_passed_on() {
    let mut reported = Vec::new();
    let work = |part: u64| if part == 70 { panic!("the seventieth") } else { part };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        in_order(2, 0..100, work, |part| {
            reported.push(*part);
            Ok::<_, ()>(())
        })
    }));
    assert!(ended.is_err());
    assert_eq!(reported, (0..70).collect::<Vec<_>>());
}

thread_local! {
    /// Reports when its thread has ended.
    static LEAVING: RefCell<Option<Leaving>> = const { RefCell::new(None) };
}

struct Leaving(mpsc::Sender<()>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn what_comes_before_a_panic_is_told_also_when_its_thread_is_gone() {
    let (leaving, gone) = mpsc::channel();
    let leaving = Mutex::new(Some(Leaving(leaving)));
    let mut reported = Vec::new();
    let work = |part: u64| {
        if part == 70 {
            LEAVING.set(leaving.lock().unwrap().take());
            panic!("the seventieth")
        }
        part
    };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        in_order(2, 0..100, work, |part| {
            reported.push(*part);
            // The next part is for the thread that has the seventieth.
            if *part == 68 {
                gone.recv().unwrap();
            }
            Ok::<_, ()>(())
        })
    }));
    assert!(ended.is_err());
    assert_eq!(reported, (0..70).collect::<Vec<_>>());
}
