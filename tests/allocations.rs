//! Allocations from a row of the list to its request: the same on every machine, and few. One more for every field of a row is
//! found here, and not by somebody with ten million rows.
//!
//! A binary of its own, because counting them takes another allocator. What is counted is what `cargo bench --bench micro` times.

#[path = "../benches/micro/row.rs"]
mod row;

use std::hint::black_box;

use allocation_counter::measure;

use row::{CASES, list, request, rows, with_plan};

/// Rows that are counted, after as many that are not.
const ROWS: u64 = 1000;

/// What may be allocated for a row, by recipe: one more than it takes. Who makes it less sets it lower.
const CEILINGS: [(&str, f64); 2] = [("text", 10.0), ("template", 19.0)];

/// What may be allocated to read a row.
const READING: f64 = 4.0;

/// Allocations for each row of what is done to so many rows.
fn each(mut work: impl FnMut()) -> f64 {
    (0..ROWS).for_each(|_| work());
    let counted = measure(|| (0..ROWS).for_each(|_| work())).count_total;
    f64::from(u32::try_from(counted).unwrap_or(u32::MAX)) / f64::from(u32::try_from(ROWS).unwrap_or(u32::MAX))
}

#[test]
fn a_row_is_read_with_few_allocations() {
    let list = list(2 * ROWS);
    let mut rows = rows(&list);
    let taken = each(|| drop(black_box(rows.next())));
    assert!(rows.next().is_none());
    assert!(taken <= READING, "{taken} allocations to read a row, {READING} are allowed");
}

#[test]
fn a_request_is_made_with_few_allocations() {
    for (case, (name, ceiling)) in CASES.into_iter().zip(CEILINGS) {
        assert_eq!(case.name, name);
        let list = list(2 * ROWS);
        let taken = with_plan(case, |plan| {
            let mut read = rows(&list).collect::<Result<Vec<_>, _>>().unwrap().into_iter();
            each(|| drop(black_box(request(plan, read.next().unwrap()))))
        });
        assert!(taken <= ceiling, "{name}: {taken} allocations for a request, {ceiling} are allowed");
    }
}
