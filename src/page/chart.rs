//! Charts as inline SVG, which need no script. The page's styles colour them by class.

use std::fmt::Write as _;

use super::escape;

/// One column of a chart: stacked parts, each with its class, and a title.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Class and height of each part, from the bottom up.
    pub parts: Vec<(&'static str, f64)>,
    /// Shown when the pointer rests on the column.
    pub title: String,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 10.0;

/// A bar of parts that share one whole, each with its class.
pub fn share_bar(parts: &[(&'static str, u64)]) -> String {
    let whole: u64 = parts.iter().map(|(_, part)| part).sum();
    let mut svg =
        "<svg class=\"share\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">".to_owned();
    let mut at = 0.0;
    for (class, part) in parts {
        let width = share(*part, whole) * 1000.0;
        // One row of a hundred thousand must be visible.
        let seen = if *part > 0 { width.max(3.0) } else { 0.0 };
        rect(&mut svg, class, (at, 0.0), (seen, 14.0));
        at += width;
    }
    svg + "</svg>"
}

/// Columns with a scale on the left; `labels` are spread evenly below them.
pub fn columns(name: &str, columns: &[Column], labels: &[String], unit: &str) -> String {
    let height = |column: &Column| column.parts.iter().map(|(_, part)| part).sum::<f64>();
    let max = columns.iter().map(height).fold(0.0, f64::max);
    let step = step(max);
    let top = (max / step).ceil().max(1.0) * step;
    let scale = (HEIGHT - TOP - BOTTOM) / top;
    let mut svg =
        format!("<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">", escape(name));
    let mut tick = 0.0;
    while tick <= top + step / 2.0 {
        let y = HEIGHT - BOTTOM - tick * scale;
        let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{WIDTH}\"/>");
        let label = if tick + step / 2.0 > top { format!("{} {unit}", figure(tick)) } else { figure(tick) };
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 7.0,
            y + 4.0,
            escape(label.trim())
        );
        tick += step;
    }
    let slot = (WIDTH - LEFT) / count(columns.len().max(1));
    let gap = if slot > 6.0 { slot * 0.16 } else { 0.0 };
    for (at, column) in columns.iter().enumerate() {
        let x = LEFT + slot * count(at);
        let mut y = HEIGHT - BOTTOM;
        let _ = write!(svg, "<g><title>{}</title>", escape(&column.title));
        for (class, part) in column.parts.iter().filter(|(_, part)| *part > 0.0) {
            let tall = (part * scale).max(0.8);
            y -= tall;
            rect(&mut svg, class, (x + gap / 2.0, y), ((slot - gap).max(0.6), tall));
        }
        svg.push_str("</g>");
    }
    for (at, label) in labels.iter().enumerate() {
        let part = if labels.len() > 1 { count(at) / count(labels.len() - 1) } else { 0.0 };
        let anchor = match at {
            0 => "start",
            last if last + 1 == labels.len() => "end",
            _ => "middle",
        };
        let x = LEFT + (WIDTH - LEFT) * part;
        let _ = write!(
            svg,
            "<text class=\"label {anchor}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            HEIGHT - 7.0,
            escape(label)
        );
    }
    svg + "</svg>"
}

/// Columns, each with a label below.
pub fn labelled(name: &str, all: &[(Column, String)], unit: &str) -> String {
    let plain: Vec<Column> = all.iter().map(|(column, _)| column.clone()).collect();
    let svg = columns(name, &plain, &[], unit);
    let slot = (WIDTH - LEFT) / count(all.len().max(1));
    let mut labels = String::new();
    for (at, (_, label)) in all.iter().enumerate() {
        let x = LEFT + slot * (count(at) + 0.5);
        let _ = write!(
            labels,
            "<text class=\"label middle\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            HEIGHT - 7.0,
            escape(label)
        );
    }
    svg.replace("</svg>", &(labels + "</svg>"))
}

/// A part of a whole, from 0 to 1; 0 if the whole is 0.
pub fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

/// The step of a scale up to `max`: 1, 2 or 5 times a power of ten, for three to five lines.
fn step(max: f64) -> f64 {
    let raw = (max / 4.0).max(0.05);
    let zeros = 10_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * zeros);
    steps.into_iter().find(|step| *step >= raw * 0.999).unwrap_or(raw)
}

/// A number on a scale, with no more digits than it needs.
fn figure(number: f64) -> String {
    let text = if number >= 1000.0 { format!("{:.1}k", number / 1000.0) } else { format!("{number:.2}") };
    let (digits, k) = text.strip_suffix('k').map_or((text.as_str(), ""), |digits| (digits, "k"));
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{k}")
}

fn count(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are a few hundred columns at max")]
    let number = number as f64;
    number
}

fn rect(svg: &mut String, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let _ =
        write!(svg, "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_round_steps() {
        for (max, wanted) in [(0.0, 0.05), (1.0, 0.5), (4.0, 1.0), (79.9, 20.0), (80.1, 50.0), (1000.0, 500.0)] {
            assert!((step(max) - wanted).abs() < 1e-9, "{max}: {}", step(max));
        }
        assert_eq!(
            ["0", "0.05", "20", "1k", "1.5k"],
            [0.0, 0.05, 20.0, 1000.0, 1500.0].map(figure).map(|text| text.leak() as &str)
        );
    }

    #[test]
    fn columns_stand_on_the_ground_and_fit() {
        let column = |good, bad| Column { parts: vec![("good", good), ("bad", bad)], title: "<1>".to_owned() };
        let svg =
            columns("Rows", &[column(8.0, 2.0), column(0.0, 0.0)], &["0:00".to_owned(), "0:10".to_owned()], "rows/s");
        assert!(svg.contains("<title>&lt;1&gt;</title>") && svg.contains(">10 rows/s<"), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("=\"-"), "{svg}");
        assert!(!columns("none", &[], &[], "").contains("NaN"));
    }

    #[test]
    fn a_share_that_is_there_is_seen() {
        let svg = share_bar(&[("good", 99_999), ("bad", 1), ("held", 0)]);
        assert!(svg.contains("width=\"3.00\"") && svg.contains("width=\"0.00\""), "{svg}");
        assert!(!share_bar(&[("good", 0)]).contains("NaN"));
    }
}
