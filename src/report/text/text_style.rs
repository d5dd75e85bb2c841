//! Tables and paragraphs with aligned columns, no wider than the terminal.

use std::borrow::Cow;

use console::{Alignment, Style, measure_text_width, pad_str, truncate_str};

/// The width and the colours of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns of the terminal; `None` for unlimited width, as in a pipe or a file.
    pub columns: Option<usize>,
    /// Use colours.
    pub color: bool,
}

/// Columns between two cells.
const GAP: usize = 2;
/// With fewer columns than this the last cell gets its own line.
const LEAST: usize = 24;

impl TextStyle {
    pub(super) fn style(self, style: Style) -> Style {
        style.for_stderr().force_styling(self.color)
    }

    /// A table of four columns below `head`. The first is aligned to the right, the last is cut at the terminal's
    /// width.
    pub(super) fn table(self, head: [&str; 4], lines: &[([String; 4], Style)]) -> String {
        let head = (head.map(str::to_owned), Style::new());
        let all = || std::iter::once(&head).chain(lines);
        let width = |at: usize| all().map(|(cells, _)| measure_text_width(&cells[at])).max().unwrap_or_default();
        let widths = [width(0), width(1), width(2)];
        let used = widths.iter().sum::<usize>() + 3 * GAP;
        let room = self.columns.map(|columns| columns.saturating_sub(used));
        let is_narrow = room.is_some_and(|room| room < LEAST && room < width(3));
        let mut table = String::new();
        for (cells, style) in all() {
            let [row, state, recipient, detail] = cells;
            let row = pad_str(row, widths[0], Alignment::Right, None);
            let colored = self.style(style.clone()).apply_to(state);
            let after_state = " ".repeat(widths[1] - measure_text_width(state) + GAP);
            let begin = if state.is_empty() { format!("{row}  ") } else { format!("{row}  {colored}") };
            if is_narrow {
                let indent = " ".repeat(widths[0] + GAP);
                let detail = cut(detail, self.columns.map(|columns| columns.saturating_sub(indent.len())));
                push_line(&mut table, &format!("{begin}{after_state}{recipient}"));
                if !detail.is_empty() {
                    push_line(&mut table, &format!("{indent}{detail}"));
                }
            } else {
                let recipient = pad_str(recipient, widths[2], Alignment::Left, None);
                push_line(&mut table, &format!("{begin}{after_state}{recipient}  {}", cut(detail, room)));
            }
        }
        table
    }

    /// A paragraph behind a label, wrapped between words.
    pub(super) fn paragraph(self, label: &str, text: &str) -> String {
        let indent = measure_text_width(label);
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent).max(LEAST));
        let mut paragraph = label.to_owned();
        let mut used = 0;
        for word in text.split(' ') {
            let width = measure_text_width(word);
            if used > 0 && used + 1 + width > room {
                paragraph.push('\n');
                paragraph.push_str(&" ".repeat(indent));
                used = 0;
            } else if used > 0 {
                paragraph.push(' ');
                used += 1;
            }
            paragraph.push_str(word);
            used += width;
        }
        paragraph.push('\n');
        paragraph
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn cut(text: &str, columns: Option<usize>) -> Cow<'_, str> {
    columns.map_or(Cow::Borrowed(text), |columns| truncate_str(text, columns, "…"))
}
