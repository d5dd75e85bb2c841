//! What the feeder gives, and when.

use std::collections::BTreeMap;

use bytes::Bytes;
use csv::StringRecord;

use super::*;
use crate::diag::{Problems, Source};
use crate::exec::SystemClock;
use crate::model::{Built, Draft, Endpoint, Header, TaskEntry};
use crate::recipe::parse;
use crate::template::Engine;

static TASK: TaskEntry = TaskEntry {
    id: "TASK_T",
    summary: "",
    fields: &[],
    recipient: "to",
    outputs: &[],
    build: |_, _| {
        let draft = Draft { method: "POST", url: String::new(), recipient: None, lane: None, body: Bytes::new() };
        Ok(Built { draft, warnings: Vec::new() })
    },
};

/// Feeds rows of one column, all but those of `except`. Before each is read, `look` sees what the executor has got so far.
fn feed(
    rows: u64,
    except: &[u64],
    mut look: impl FnMut(u64, &[u64]) -> Result<(), DataError>,
) -> (Result<Fed, WalkError>, Vec<u64>) {
    let text = "version: 1\nconnection: a\ntask: t\ninput: {}\n";
    let recipe = parse(&Source::new("r.yaml", text)).unwrap();
    let (engine, mut problems) = (Engine::new(None), Problems::default());
    let header = Header::new(["phone".to_owned()]);
    let plan = Plan::prepare(&engine, &recipe, &[], &header, &TASK, Endpoint(BTreeMap::new()), &mut problems);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (jobs, mut got) = mpsc::channel(256);
    let (desk, _signals) = mpsc::channel(8);
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
    let feeder = Feeder {
        plan: &plan,
        take: Take::default().with(State::Pending),
        except: &except,
        asked: false,
        window: None,
        not_after: None,
        clock: &SystemClock,
        most: u64::MAX,
        owed: None,
        stop: &Stop::default(),
        runtime: runtime.handle(),
    };
    let fed = feeder.feed(walk, &jobs, &desk);
    (fed, arrived())
}

#[test]
fn no_job_waits_while_rows_are_passed_over() {
    let (fed, sent) = feed(5, &[2, 3], |row, arrived| {
        assert!(row < 3 || arrived == [1], "before row {row}: {arrived:?}");
        Ok(())
    });
    assert!(fed.unwrap().all);
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
    let (fed, sent) = feed(5, &[], |row, _| if row == 3 { Err(broken()) } else { Ok(()) });
    assert!(matches!(fed, Err(WalkError::Data(error)) if error == broken()));
    assert_eq!(sent, [1, 2]);
}
