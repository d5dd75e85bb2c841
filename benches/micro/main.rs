//! `cargo bench --bench micro`: the cost of each step of a row's path, measured alone, on one thread.

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use rowcast::connectors::client::Extent;
use rowcast::connectors::whatsapp::classify::{HttpAnswer, classify};
use rowcast::files::private_file;
use rowcast::ledger::{self, Fact, LedgerReader, LedgerWriter, Projection, Recorded};
use rowcast::model::{Addressee, Answer, FieldVariation, Mode, RowNumber};

mod row;

use row::{CASES, list, request, rows, with_plan};

/// Rows in one measurement.
const ROWS: u64 = 1000;

/// The API's answer to an accepted message.
const ACCEPTED: &[u8] = br#"{"messaging_product":"whatsapp","contacts":[{"input":"+491512345678","wa_id":"491512345678"}],"messages":[{"id":"wamid.HBgMNDkxNTEyMzQ1Njc4FQIAERgS000000000001","message_status":"accepted"}]}"#;

/// The API's answer to a rejected message.
const REFUSED: &[u8] = br#"{"error":{"message":"(#131026) Message undeliverable","type":"OAuthException","code":131026,"error_data":{"messaging_product":"whatsapp","details":"Message Undeliverable."},"fbtrace_id":"AZ8or2jhqkZ9fFh0_"}}"#;

fn main() {
    divan::main();
}

/// Reading: bytes of a list to rows.
#[divan::bench]
fn bytes_to_rows(bencher: Bencher<'_, '_>) {
    let list = list(ROWS);
    bencher.counter(ItemsCount::new(ROWS)).bench(|| rows(&list).count());
}

/// Rendering and building: rows to requests.
#[divan::bench(args = CASES.map(|case| case.name))]
fn rows_to_requests(bencher: Bencher<'_, '_>, name: &str) {
    let case = CASES.into_iter().find(|case| case.name == name).expect("it is one of them");
    let list = list(ROWS);
    with_plan(case, |plan| {
        bencher
            .counter(ItemsCount::new(ROWS))
            .with_inputs(|| rows(&list).collect::<Result<Vec<_>, _>>().expect("the list is right"))
            .bench_local_values(|rows| rows.into_iter().for_each(|row| drop(black_box(request(plan, row)))));
    });
}

/// Reading an answer.
#[divan::bench(args = [200, 400])]
fn classify_an_answer(bencher: Bencher<'_, '_>, status: u16) {
    let (body, variation) = (if status == 200 { ACCEPTED } else { REFUSED }, FieldVariation::default());
    bencher.bench(|| answer(black_box(body), status, &variation));
}

/// Intents and outcomes of a number of rows in one commit, synced.
#[divan::bench(args = [1, 64, 512], sample_size = 1, sample_count = 200)]
fn commit_a_group(bencher: Bencher<'_, '_>, size: u64) {
    // Use the disk of the build. The system's temporary folder may be in memory, where a sync costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build folder can be written");
    let path = folder.path().join("ledger.db");
    private_file(&path).expect("the folder is empty");
    let mut ledger = ledger::create(&path).expect("the disk has room");
    ledger.begin_session(Mode::Run, 1, "bench", 0).expect("the disk has room");
    let mut begin = 1;
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| {
            begin += size;
            facts(begin - size..begin)
        })
        .bench_local_refs(|group| ledger.commit(group).expect("the disk has room"));
}

/// The intents and the outcomes of some rows.
fn facts(rows: impl Iterator<Item = u64>) -> Vec<Fact> {
    let recorded = Recorded {
        answer: answer(ACCEPTED, 200, &FieldVariation::default()).into(),
        last: true,
        ms: 20,
        withdrawn: false,
    };
    let person: Arc<str> = "+491512345678".into();
    let to = Addressee { recipient: Some(Arc::clone(&person)), person: Some(person), ..Addressee::default() };
    let both = |row| {
        let intent = Fact::Intent { row, attempt: 1, asked: false, to: to.clone(), at_ms: 0 };
        [intent, Fact::Reply { row, attempt: 1, at_ms: 20, recorded: Box::new(recorded.clone()) }]
    };
    rows.map(RowNumber).flat_map(both).collect()
}

/// Reading the statuses of rows from the ledger, as a survey and as the results do.
#[divan::bench(args = [Projection::StatusOnly, Projection::Full], sample_size = 1, sample_count = 100)]
fn read_statuses(bencher: Bencher<'_, '_>, projection: Projection) {
    const ROWS: u64 = 20_000;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build folder can be written");
    let path = folder.path().join("ledger.db");
    private_file(&path).expect("the folder is empty");
    let mut ledger = ledger::create(&path).expect("the disk has room");
    ledger.begin_session(Mode::Run, 1, "bench", 0).expect("the disk has room");
    ledger.commit(&facts(1..=ROWS)).expect("the disk has room");
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let reader = ledger::read(&path).expect("it was written");
        assert_eq!(reader.statuses(projection).expect("it was written").count() as u64, ROWS);
    });
}

fn answer(body: &[u8], status: u16, variation: &FieldVariation) -> Answer {
    classify(&HttpAnswer { status, retry_after: None, body, extent: Extent::Whole }, variation, None)
}
