//! Allocations from a row of the list to its request: few, and the same on every machine. This test fails if each field
//! of a row costs one more.
//!
//! It is a separate binary, because it counts with its own allocator. `cargo bench --bench micro` times the same code.

#[path = "../benches/micro/row.rs"]
mod row;

use std::hint::black_box;

use allocation_counter::measure;

use row::{CASES, list, request, rows, with_plan};

/// Counted rows, after the same number of uncounted ones.
const ROWS: u64 = 1000;

/// The most allocations for a row, by recipe: one more than needed. Lower it when the need falls.
const CEILINGS: [(&str, f64); 2] = [("text", 10.0), ("template", 19.0)];

/// The most allocations to read a row.
const READING: f64 = 4.0;

/// Allocations per row of a function over a number of rows.
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
