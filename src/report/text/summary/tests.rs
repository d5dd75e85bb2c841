use super::*;

fn row(row: u64, state: State, recipient: &str, code: &str, detail: &str, advice: &str) -> SummaryRow {
    let [recipient, code, detail, advice] = [recipient, code, detail, advice].map(str::to_owned);
    SummaryRow { row, state, recipient, code, detail, advice }
}

/// A summary with every kind of line.
fn summary(text_style: TextStyle) -> String {
    let mut counts = Counts::default();
    for (state, rows) in [(State::Accepted, 39_981), (State::Rejected, 12), (State::Unknown, 6), (State::Skipped, 1)] {
        counts.add_many(state, rows);
    }
    let (number, advice) = ("+46701740623", "Check that this number uses WhatsApp.");
    let rows = [
        row(1, State::Accepted, number, "", "wamid.HBgLMzMxOTkwMDEyMzQVAgARGBI3NjdDN0ZFMThGRTg1RjJCN0EA", ""),
        row(20, State::Rejected, "+12025550143", "131026", "unde\u{1b}liverable", advice),
        row(
            21,
            State::Rejected,
            "アン・安娜",
            "131026",
            "この番号には届きません。WhatsAppを使っているか確かめてください。",
            advice,
        ),
        row(2200, State::Unknown, number, "131000", "unclear", "Find out whether it arrived before you send it again."),
        row(
            39_999,
            State::Unknown,
            number,
            "timeout",
            "silence",
            "Find out whether it arrived before you send it again.",
        ),
        row(40_000, State::Skipped, "", "", "when", ""),
    ];
    let next = [("rowcast retry --rejected order-update-20261122T123316Z-308a".to_owned(), "after mending".to_owned())];
    let results = Some("runs/order-update-20261122T123316Z-308a/results.csv");
    SummaryText {
        run: "order-update-20261122T123316Z-308a",
        counts: &counts,
        rates: &[FoundRate { connection: None, takes: Some(57.3), allowed: Some(80.0) }],
        rows: &rows,
        more: 7,
        results,
        next: &next,
    }
    .on(text_style)
}

#[test]
fn a_summary_reads_from_figures_to_the_next_command() {
    insta::assert_snapshot!("summary_in_a_pipe", summary(TextStyle::default()));
    for columns in [120, 80, 60, 40] {
        let text = summary(TextStyle { columns: Some(columns), color: false });
        insta::assert_snapshot!(format!("summary_of_{columns}"), text);
    }
}

#[test]
fn colours_change_nothing_else() {
    for columns in [None, Some(80), Some(40)] {
        let colored = summary(TextStyle { columns, color: true });
        assert!(colored.contains("\u{1b}[31mrejected"), "{colored}");
        assert_eq!(console::strip_ansi_codes(&colored), summary(TextStyle { columns, color: false }));
    }
}
