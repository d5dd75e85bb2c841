//! Renders a problem for people: the message, the source line with the place underlined, and the way out.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::visible::{in_place, without_tokens};
use super::{Place, Problem, Severity, Source, visible};

/// The problem as text, several lines, ending with a line break. With `color` it holds ANSI styles.
///
/// Nothing in it can move the cursor, and no token that somebody has pasted into a file is in it.
pub fn render(problem: &Problem, color: bool) -> String {
    let problem = &Problem {
        message: without_tokens(&problem.message),
        help: problem.help.as_deref().map(without_tokens),
        ..problem.clone()
    };
    match &problem.place {
        Place::Text { source, line, column, len } => snippet(problem, source, (*line, *column), *len, color),
        Place::Row { path, line, row, cells } => {
            let row = row.map_or(String::new(), |row| format!(" row {row}:"));
            headline(problem, &format!("{}:{line}:{row} ", shown(path)), cells, color)
        }
        Place::File(path) => headline(problem, &format!("{}: ", shown(path)), &[], color),
        Place::Nowhere => headline(problem, "", &[], color),
    }
}

/// A file's name is chosen by whoever made the file.
fn shown(path: &Path) -> String {
    visible(&path.display().to_string())
}

/// `error: place: message`, then the cells to blame, for places without a source line to show.
fn headline(problem: &Problem, place: &str, cells: &[String], color: bool) -> String {
    let (bold, red, yellow, cyan, off) =
        if color { ("\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[0m") } else { ("", "", "", "", "") };
    let level = match problem.severity {
        Severity::Error => format!("{red}error{off}"),
        Severity::Warning => format!("{yellow}warning{off}"),
    };
    let mut text = format!("{level}{bold}:{off} {place}{}\n", visible(&problem.message));
    for line in cells {
        text.extend(["  ", &visible(&without_tokens(line)), "\n"]);
    }
    if let Some(help) = &problem.help {
        for (at, line) in help.lines().enumerate() {
            let lead = if at == 0 { format!("  {cyan}help{off}: ") } else { "        ".to_owned() };
            text.extend([lead.as_str(), &visible(line), "\n"]);
        }
    }
    text
}

fn snippet(problem: &Problem, source: &Source, (line, column): (usize, usize), len: usize, color: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&problem.message);
    let written = in_place(&without_tokens(&source.text));
    let span = byte_span(&written, line, column, len);
    let path = shown(&source.path);
    let mut group = level
        .primary_title(message.as_str())
        .element(Snippet::source(&*written).path(&*path).annotation(AnnotationKind::Primary.span(span)));
    let help = problem.help.as_deref().map(in_place);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The bytes of `text` from a line and column (from 1, in characters) on, `len` characters or to the end of the line.
fn byte_span(text: &str, line: usize, column: usize, len: usize) -> std::ops::Range<usize> {
    let mut begin = 0;
    for (at, content) in text.split_inclusive('\n').enumerate() {
        if at + 1 == line {
            let content = content.trim_end_matches(['\n', '\r']);
            let byte = |chars: usize| content.char_indices().nth(chars).map_or(content.len(), |(at, _)| at);
            let from = byte(column.saturating_sub(1));
            return begin + from..begin + byte(column.saturating_sub(1) + len);
        }
        begin += content.len();
    }
    text.len()..text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::cell_lines;

    #[test]
    fn a_place_in_a_text_shows_its_line() {
        let source = Source::new("recipe.yaml", "version: 1\nsend:\n  reties: 4\n");
        let problem = Problem::new("unknown key `reties`").help("did you mean `retries`?").at_text(&source, (3, 3), 6);
        insta::assert_snapshot!(render(&problem, false), @"
        error: unknown key `reties`
         --> recipe.yaml:3:3
          |
        3 |   reties: 4
          |   ^^^^^^
          |
          = help: did you mean `retries`?
        ");
    }

    #[test]
    fn a_place_in_a_row_is_one_line() {
        let place = |cells: Vec<String>| Place::Row {
            path: Path::new("contacts.csv").into(),
            line: 9,
            row: Some(7),
            cells: cells.into(),
        };
        let problem = Problem::new("to: \"12\u{1b}a\" is not a phone number").at(place(Vec::new()));
        insta::assert_snapshot!(render(&problem, false), @r#"error: contacts.csv:9: row 7: to: "12\u{1b}a" is not a phone number"#);
        let problem = problem.at(place(cell_lines([("phone", Some("12\u{1b}a"))]))).help("mend it");
        insta::assert_snapshot!(render(&problem, false), @r#"
        error: contacts.csv:9: row 7: to: "12\u{1b}a" is not a phone number
          column `phone`: `12<U+001B>a`
          help: mend it
        "#);
    }

    #[test]
    fn nothing_that_is_shown_moves_the_cursor() {
        const HOSTILE: &str = "\u{1b}]0;pwn\u{7}\u{9b}31m\u{202e}";
        let source = Source::new(format!("{HOSTILE}.yaml"), format!("a: {HOSTILE}b\nc: d\n"));
        let problem = || Problem::new(HOSTILE).help(HOSTILE);
        let row =
            Place::Row { path: Path::new(HOSTILE).into(), line: 2, row: Some(1), cells: [HOSTILE.to_owned()].into() };
        for problem in [
            problem(),
            problem().in_file(HOSTILE.as_ref()),
            problem().at(row),
            problem().at_text(&source, (1, 4), 3),
            problem().at_text(&source, (2, 1), 1),
        ] {
            let text = render(&problem, false);
            let unsafe_character = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!text.contains(unsafe_character), "{text:?}");
        }
        let colored = render(&problem().at_text(&source, (1, 4), 3), true);
        assert!(!colored.contains("\u{1b}]") && !colored.contains('\u{9b}'), "{colored:?}");
    }

    #[test]
    fn a_token_is_crossed_out_wherever_it_was_pasted() {
        let token = "EAAGcanary0123456789ABCDEFGHIJ";
        let source = Source::new("r.yaml", format!("a: {token}, b\nc: EAAsier\n"));
        let problem = Problem::new(format!("\"{token}\" is no number")).help(token).at_text(&source, (1, 4), 3);
        let text = render(&problem, false);
        assert!(!text.contains("canary") && text.contains("a: xxxxxxxxxx"), "{text}");
        assert!(render(&problem.clone().at_text(&source, (2, 4), 3), false).contains("EAAsier"));
        let cells = cell_lines([("token", Some(token))]).into();
        let text =
            render(&problem.at(Place::Row { path: Path::new("l.csv").into(), line: 2, row: None, cells }), false);
        assert!(!text.contains("canary") && text.contains("column `token`: `xxxxx"), "{text}");
    }

    #[test]
    fn a_column_past_the_end_is_clamped() {
        assert_eq!(byte_span("äb\n", 1, 2, 5), 2..3);
        assert_eq!(byte_span("ab\n", 9, 9, 1), 3..3);
    }
}
