//! The jobs that the feeder sends, and when.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use csv::StringRecord;

use super::*;
use crate::diag::{Problems, Source};
use crate::exec::SystemClock;
use crate::model::{Built, Draft, Endpoint, Header, Routing, TaskEntry};
use crate::plan::Target;
use crate::recipe::parse;
use crate::template::Engine;

static TASK: TaskEntry = TaskEntry {
    id: "TASK_T",
    summary: "",
    fields: &[],
    recipient: "to",
    needs: &[],
    doubt: |_| None,
    outputs: &[],
    build: |_, _| {
        let draft = Draft::new("POST", String::new(), Bytes::new());
        Ok(Built { draft, warnings: Vec::new() })
    },
};

static NO_REPEATS: std::sync::OnceLock<RepeatedRows> = std::sync::OnceLock::new();

/// A feeder of all rows that were not tried yet, at any time.
fn feeder<'f, 'e>(plan: &'f Plan<'e>, except: &'f HashSet<RowNumber>, stop: &'f Stop) -> Feeder<'f, 'e> {
    Feeder {
        plan,
        selected: StateSet::default().with(State::Pending),
        except,
        asked: false,
        window: None,
        not_after: None,
        clock: &SystemClock,
        most: u64::MAX,
        retry_set: None,
        repeats: NO_REPEATS.get_or_init(RepeatedRows::default),
        suppressed: None,
        stop,
    }
}

/// Feeds rows of one column, except those in `except`. Before each row is read, `look` gets the executor's jobs so far.
fn feed(
    rows: u64,
    except: &[u64],
    mut look: impl FnMut(u64, &[u64]) -> Result<(), DataError>,
) -> (Result<PassResult, WalkError>, Vec<u64>) {
    let text = "version: 1\nconnection: a\ntask: t\ninput: {}\n";
    let recipe = parse(&Source::new("r.yaml", text)).unwrap();
    let (engine, mut problems) = (Engine::new(None), Problems::default());
    let header = Header::new(["phone".to_owned()]);
    let plan = Plan::prepare(&engine, &recipe, &[], &header, &TASK, Endpoint(BTreeMap::new()), &mut problems);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (jobs, mut got) = mpsc::channel(256);
    let (committer, _events) = mpsc::channel(8);
    let mut numbers = Vec::new();
    let mut arrived = || {
        while let Ok(job) = got.try_recv() {
            let job: Job = job;
            numbers.push(job.request.row.0);
        }
        numbers.clone()
    };
    let read = |number| {
        look(number, &arrived())?;
        Ok(Row { number: RowNumber(number), line: number + 1, cells: StringRecord::from(vec!["1"]) })
    };
    let walk = Walk::new((1..=rows).map(read), &plan, None, (0, None), None);
    let except: HashSet<RowNumber> = except.iter().map(|row| RowNumber(*row)).collect();
    let stop = Stop::default();
    let feeder = feeder(&plan, &except, &stop);
    let queues = JobQueues::new([Some((jobs, Stop::default()))], Path::new("no folder"), runtime.handle());
    let result = feeder.feed(walk, queues, &committer);
    (result, arrived())
}

#[test]
fn no_job_waits_while_rows_are_passed_over() {
    let (result, sent) = feed(5, &[2, 3], |row, arrived| {
        assert!(row < 3 || arrived == [1], "before row {row}: {arrived:?}");
        Ok(())
    });
    assert!(result.unwrap().all);
    assert_eq!(sent, [1, 4, 5]);
}

#[test]
fn what_stands_before_an_error_is_sent() {
    let broken = || DataError {
        line: 4,
        row: None,
        column: None,
        cells: Box::default(),
        message: "broken".to_owned(),
        help: None,
        fatal: true,
    };
    let (result, sent) = feed(5, &[], |row, _| if row == 3 { Err(broken()) } else { Ok(()) });
    assert!(matches!(result, Err(WalkError::Data(error)) if error == broken()));
    assert_eq!(sent, [1, 2]);
}

/// A list of 3,000 rows for a slow connection and then 200 for a fast one: the fast one does not wait, each row uses its
/// own connection, in order and once, and a stage has the number of jobs that it needs.
#[test]
fn a_connection_that_is_behind_keeps_no_other_waiting() {
    for (most, slow_ends) in [(u64::MAX, false), (3_100, false), (u64::MAX, true)] {
        let text = "version: 1\nconnection: '{{ brand }}'\ntask: t\ninput: {}\n";
        let recipe = parse(&Source::new("r.yaml", text)).unwrap();
        let (engine, mut problems) = (Engine::new(None), Problems::default());
        let header = Header::new(["brand".to_owned()]);
        let target = |name| Target { name, engine: &engine, endpoint: Endpoint(BTreeMap::new()), share: 1 };
        let plan = Plan::with_routes(
            &recipe,
            (&[], &header, &TASK),
            &[target("slow"), target("fast"), target("nobody's")],
            Routing::ByRow,
            &mut problems,
        );
        assert!(problems.is_empty());
        let row = |number| {
            let brand = if number <= 3_000 { "slow" } else { "fast" };
            Ok(Row { number: RowNumber(number), line: number + 1, cells: StringRecord::from(vec![brand]) })
        };
        let walk = Walk::new((1..=3_200).map(row), &plan, None, (0, None), None);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (slow_jobs, mut slow) = mpsc::channel::<Job>(16);
        let (fast_jobs, mut fast) = mpsc::channel::<Job>(16);
        let (committer, _events) = mpsc::channel(8);
        let (except, stop, folder) = (HashSet::new(), Stop::default(), tempfile::tempdir().unwrap());
        let (slow_stop, fast_stop) = (stop.part(), stop.part());
        let feeder = Feeder { most, ..feeder(&plan, &except, &stop) };
        let queues = [Some((slow_jobs, slow_stop.clone())), Some((fast_jobs, fast_stop)), None];
        let queues = JobQueues::new(queues, folder.path(), runtime.handle());
        let (result, mut rows) = std::thread::scope(|scope| {
            let feeder = scope.spawn(move || feeder.feed(walk, queues, &committer));
            let rows = |jobs: &mut mpsc::Receiver<Job>, most| {
                let rows = std::iter::from_fn(|| jobs.blocking_recv()).map(|job| job.request.row.0);
                rows.take(most).collect::<Vec<u64>>()
            };
            // The executor has not yet taken a job of the slow connection, whose channel has room for few rows.
            let wanted = usize::try_from(most.min(3_200) - 3_000).unwrap();
            assert_eq!(rows(&mut fast, wanted), (3_001..).take(wanted).collect::<Vec<u64>>());
            let mut all = rows(&mut slow, if slow_ends { 100 } else { usize::MAX });
            if slow_ends {
                slow_stop.drain(crate::exec::Halt::Stopped("a dead token".to_owned()));
                slow.close();
                all.extend(rows(&mut slow, usize::MAX));
            }
            assert_eq!(rows(&mut fast, usize::MAX), Vec::<u64>::new());
            (feeder.join().unwrap().unwrap(), all)
        });
        assert!(rows.is_sorted());
        rows.dedup();
        let handed_over = rows.len();
        assert!(if slow_ends { (100..200).contains(&handed_over) } else { handed_over == 3_000 }, "{handed_over}");
        assert!(slow_ends || result.all == (most == u64::MAX));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
