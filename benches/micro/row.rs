//! The path from the bytes of a list to requests, on one thread. The benchmark times it; a test counts its allocations.

use rowcast::connectors::{Environment, read_connection};
use rowcast::diag::{Problems, Source};
use rowcast::model::{Request, Row};
use rowcast::plan::{Plan, Verdict};
use rowcast::recipe::{find_connection, parse};
use rowcast::rows::{Csv, CsvOptions};
use rowcast::template::Engine;

/// A recipe to measure: its name and its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) recipe: &'static str,
}

/// A text of one placeholder, and a template with five fields that differ from row to row.
pub(crate) const CASES: [Case; 2] = [
    Case {
        name: "text",
        recipe: "version: 1\nconnection: bench\ntask: send-text-message\n\
                 input: { to: '{{ phone }}', body: 'Hello {{ first_name }}', preview-url: false }\n",
    },
    Case {
        name: "template",
        recipe: "version: 1\nconnection: bench\ntask: send-text-based-template-message\ninput:\n  to: '{{ phone }}'\n  \
                 name: order_update\n  language-code: en_US\n  body-parameters: ['{{ first_name }}', '{{ order_id }}', '{{ city }}']\n  \
                 button-parameters: ['0;url;{{ order_id }}']\n",
    },
];

/// A list with a number of rows, as bytes.
pub(crate) fn list(rows: u64) -> Vec<u8> {
    let mut list = "phone,first_name,order_id,city\n".to_owned();
    list.extend((1..=rows).map(|row| format!("+49151{row:08},Ann {row},{row:09},Köln\n")));
    list.into_bytes()
}

/// The rows of a list.
pub(crate) fn rows(list: &[u8]) -> Csv<&[u8]> {
    Csv::open(list, &CsvOptions::default()).expect("the list is right")
}

/// The request of a row.
pub(crate) fn request(plan: &Plan<'_>, row: Row) -> Request {
    let (number, line) = (row.number, row.line);
    match plan.verdict(&plan.scope(row), number, line) {
        Verdict::Ready(request, _) => request,
        verdict => panic!("{verdict:?}"),
    }
}

/// Makes the plan of a case for the lists that [`list`] returns.
pub(crate) fn with_plan<R>(case: Case, go: impl FnOnce(&Plan<'_>) -> R) -> R {
    // The plan opens no connection, and no server listens at this address.
    let connection =
        "bench: { type: whatsapp, token: '{{ env.TOKEN }}', phone-number-id: '106', base-url: 'http://127.0.0.1:9' }";
    let recipe = parse(&Source::new("bench.yaml", case.recipe)).expect("the recipe is right");
    let (engine, mut problems, env) = (Engine::new(None), Problems::default(), Environment::fixed([("TOKEN", "t")]));
    let text = find_connection(&Source::new("connections.yaml", connection), "bench").expect("there is one");
    let connection = read_connection(&text, &env, &mut problems).expect("the connection is right");
    let task = connection.entry.tasks.iter().find(|task| task.short() == recipe.task).expect("there is such a task");
    let header = rows(&list(1)).header().clone();
    let plan = Plan::prepare(&engine, &recipe, &[], &header, task, connection.endpoint, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    go(&plan)
}
