//! Placeholders that are not ours: those of other tools, and expressions that are the same for every row.
//!
//! Each would be sent as it stands. Where a column has the name that stands in one, it is surely a mistake.

use crate::diag::did_you_mean;
use crate::model::Header;

/// A placeholder in a recipe's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placeholder {
    /// As it is written.
    pub(super) written: String,
    pub(super) message: String,
    /// The line to write, or what to look at.
    pub(super) help: String,
    /// It is surely a mistake.
    pub(super) certain: bool,
}

/// How other tools write placeholders, and whether such a text is one even if no column has its name.
const FORMS: [(&str, &str, bool); 7] = [
    ("*|", "|*", true),
    ("<<", ">>", true),
    ("${", "}", true),
    ("#{", "}", true),
    ("{", "}", true),
    ("[", "]", false),
    ("%", "%", false),
];

/// The longest name that is looked for.
const LONGEST: usize = 60;

/// The placeholders of a text.
pub(super) fn find(text: &str, header: &Header) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let begin = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        foreign(&rest[..begin], header, &mut found);
        let Some(code) = rest.get(begin + 2..).filter(|_| begin < rest.len()) else { return found };
        let close = match &rest[begin..begin + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let Some(length) = code.find(close) else { return found };
        if close == "}}" {
            found.extend(constant(&code[..length], header));
        }
        rest = &code[length + 2..];
    }
}

/// Placeholders of other tools in a text without templates.
fn foreign(text: &str, header: &Header, found: &mut Vec<Placeholder>) {
    let mut at = 0;
    while at < text.len() {
        let here = &text[at..];
        let placeholder = FORMS.iter().find_map(|(open, close, alone)| {
            let inner = here.strip_prefix(open)?;
            let length = inner.find(close).filter(|length| *length <= LONGEST)?;
            let name = inner[..length].trim();
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_- .".contains(c));
            let written = &here[..open.len() + length + close.len()];
            // `[1]` is a note.
            let is_name = is_name && (*alone || !name.chars().all(|c| c.is_ascii_digit()));
            is_name.then(|| judged(written, name, *alone, header)).flatten()
        });
        match placeholder {
            Some(placeholder) => {
                at += placeholder.written.len();
                found.push(placeholder);
            }
            None => at += here.chars().next().map_or(1, char::len_utf8),
        }
    }
}

fn judged(written: &str, name: &str, alone: bool, header: &Header) -> Option<Placeholder> {
    let column = header.readable().find(|column| bare(column) == bare(name));
    let message = format!("`{written}` would be sent as it stands");
    if let Some(column) = column {
        let help = format!("write {}", ours(column));
        return Some(Placeholder { written: written.to_owned(), message, help, certain: true });
    }
    alone.then(|| {
        let likely = did_you_mean(name, header.readable());
        let help = format!("the columns of a row stand in double braces, such as {{{{ name }}}}{likely}");
        Placeholder { written: written.to_owned(), message, help, certain: false }
    })
}

/// A name without what people write in different ways.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The placeholder for a column.
fn ours(column: &str) -> String {
    let mut chars = column.chars();
    let is_identifier = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_identifier { format!("{{{{ {column} }}}}") } else { format!("{{{{ row[\"{column}\"] }}}}") }
}

/// An expression that is the same for every row, or all of a row.
fn constant(code: &str, header: &Header) -> Option<Placeholder> {
    let inner = code.trim_matches('-').trim();
    let written = inner.to_owned();
    let whole = match inner {
        "row" => Some("every cell of the row"),
        "vars" => Some("all of the recipe's vars"),
        "connection" => Some("all of the connection's settings"),
        _ => None,
    };
    if let Some(whole) = whole {
        let message = format!("`{{{{ {inner} }}}}` would send {whole}");
        let help = format!("name one of them, such as {{{{ {inner}[\"name\"] }}}}");
        return Some(Placeholder { written, message, help, certain: true });
    }
    let quoted = ['"', '\''].into_iter().find_map(|quote| inner.strip_prefix(quote)?.strip_suffix(quote));
    let literal = quoted.filter(|text| !text.contains(['"', '\''])).or_else(|| {
        let is_number = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_digit());
        (is_number || ["true", "false", "True", "False"].contains(&inner)).then_some(inner)
    })?;
    let message = format!("`{{{{ {inner} }}}}` is the same for all rows");
    let column = header.readable().find(|column| bare(column) == bare(literal));
    let help = column.map_or_else(
        || "name a column, such as {{ name }}; a text that is the same for all needs no braces".to_owned(),
        |column| format!("write {}", ours(column)),
    );
    Some(Placeholder { written, message, help, certain: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool, String)> {
        let header = Header::new(["phone", "first_name", "1", "Order No"].map(str::to_owned));
        find(text, &header).into_iter().map(|found| (found.written, found.certain, found.help)).collect()
    }

    #[test]
    fn what_has_the_name_of_a_column_is_surely_a_mistake() {
        for written in [
            "{first_name}",
            "${first_name}",
            "#{first_name}",
            "[first_name]",
            "<<first_name>>",
            "%first_name%",
            "*|FIRST_NAME|*",
            "[First Name]",
            "{ first name }",
        ] {
            let wanted = [(written.to_owned(), true, "write {{ first_name }}".to_owned())];
            assert_eq!(found(&format!("Hello {written}, {{{{ phone }}}}")), wanted);
        }
        assert_eq!(found("{first_name}}")[0].0, "{first_name}");
        assert_eq!(found("[order no]")[0].2, "write {{ row[\"Order No\"] }}");
        for (code, help) in [
            ("{{1}}", "write {{ row[\"1\"] }}"),
            ("{{ 'first_name' }}", "write {{ first_name }}"),
            ("{{ \"phone\" }}", "write {{ phone }}"),
            ("{{ 2 }}", "name a column, such as {{ name }}; a text that is the same for all needs no braces"),
            ("{{ true }}", "name a column, such as {{ name }}; a text that is the same for all needs no braces"),
            ("{{ row }}", "name one of them, such as {{ row[\"name\"] }}"),
        ] {
            let of_code = found(&format!("a {code} b"));
            assert!(of_code.len() == 1 && of_code[0].1 && of_code[0].2 == help, "{code}: {of_code:?}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_doubted_and_the_rest_is_left_alone() {
        for written in ["*|FNAME|*", "{0}", "{voucher}", "${total}", "<<city>>"] {
            assert!(matches!(&found(written)[..], [(found, false, _)] if found == written), "{written}");
        }
        for text in [
            "Hello {{ first_name }}",
            "50% off, 100 % sure",
            "[voucher] and [1]x",
            "{{ first_name | default('there', true) }}",
            "{{ row[\"Order No\"] }}{{ 'a' ~ first_name }}",
            "{% if first_name == 'x' %}a{% endif %}{# {first_name} #}",
            "{}",
            "{\"a\": 1}",
            "a < b << c",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
