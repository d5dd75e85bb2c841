//! Checks the names that a template reads before any row is read.

use std::collections::BTreeSet;

use crate::diag::did_you_mean;

use super::Constants;

/// An undefined name in a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The name as written in the template, for underlining.
    pub(super) written: String,
    pub(super) message: String,
    pub(super) help: String,
}

/// The undefined names among `read` (dotted, as minijinja reports them) and among the constant subscripts of `text`.
pub(super) fn unknown(
    read: impl IntoIterator<Item = String>,
    text: &str,
    known: &Constants,
    globals: &[String],
) -> Vec<Unknown> {
    let mut found = Vec::new();
    let dotted = read.into_iter().map(|name| {
        let (root, run_row) =
            name.split_once('.').map_or((name.as_str(), None), |(root, rest)| (root, rest.split('.').next()));
        (root.to_owned(), run_row.map(str::to_owned))
    });
    let wanted: BTreeSet<(String, Option<String>)> = dotted.chain(subscripts(text)).collect();
    for (root, run_row) in wanted {
        let missing = match (root.as_str(), &run_row) {
            ("row" | "vars" | "connection" | "row_number", None) => None,
            ("row", Some(column)) => column_missing(column, known, &|name| format!("row.{name}")),
            ("vars", Some(var)) => {
                let message = || format!("no var `{var}`{}", did_you_mean(var, known.vars.keys().map(String::as_str)));
                (!known.vars.contains_key(var)).then(|| Unknown {
                    written: var.clone(),
                    message: message(),
                    help: "define it under `vars:` or with --var".to_owned(),
                })
            }
            ("connection", Some(key)) => (!known.connection.contains_key(key)).then(|| Unknown {
                written: key.clone(),
                message: format!("`connection` has no `{key}`"),
                help: match known.connection.keys().cloned().collect::<Vec<_>>().join(", ") {
                    nothing if nothing.is_empty() => {
                        "the connection is not chosen yet at this point; use the row's columns".to_owned()
                    }
                    keys => format!("it has: {keys}"),
                },
            }),
            (name, _) if globals.iter().any(|global| global == name) => None,
            (column, _) => column_missing(column, known, &str::to_owned),
        };
        found.extend(missing);
    }
    found
}

fn column_missing(column: &str, known: &Constants, as_written: &dyn Fn(&str) -> String) -> Option<Unknown> {
    let header = &known.header;
    if header.position(column).is_some() {
        return None;
    }
    let written = column.to_owned();
    if header.names().iter().any(|name| name == column) {
        let message = format!("column `{column}` cannot be read: names that begin with `_` are Rowcast's own");
        return Some(Unknown { written, message, help: "rename the column in the data file".to_owned() });
    }
    let message = format!("no column `{column}` in the data{}", did_you_mean(column, header.readable()));
    let columns: Vec<String> = header
        .readable()
        .map(|name| if is_identifier(name) { as_written(name) } else { format!("row[\"{name}\"]") })
        .collect();
    Some(Unknown { written, message, help: format!("the data has: {}", columns.join(", ")) })
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The constant subscripts of `row`, `vars` and `connection` inside `{{ }}` and `{% %}`: the engine reports `row.name` but
/// not `row["Any Header"]`.
fn subscripts(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        let mut rest = text;
        while let Some(begin) = rest.find(open) {
            rest = &rest[begin + open.len()..];
            let code = &rest[..rest.find(close).unwrap_or(rest.len())];
            for root in ["row", "vars", "connection"] {
                found.extend(run_rows(code, root).map(|run_row| (root.to_owned(), Some(run_row))));
            }
        }
    }
    found
}

fn run_rows<'a>(code: &'a str, root: &'a str) -> impl Iterator<Item = String> + 'a {
    code.match_indices(root).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '\'')) {
            return None;
        }
        let after = code[at + root.len()..].trim_start().strip_prefix('[')?.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (run_row, tail) = after[1..].split_once(quote)?;
        tail.trim_start().starts_with(']').then(|| run_row.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Header};
    use crate::recipe::Node;

    fn constants() -> Constants {
        let header = Header::new(["phone", "first_name", "Order No", "_status"].map(str::to_owned));
        let endpoint = Endpoint::from([("phone-number-id", "1")]);
        Constants::new(header, &[("shop".to_owned(), Node::Text("Acme".to_owned()))], &endpoint)
    }

    fn messages(read: &[&str], text: &str) -> Vec<String> {
        let read = read.iter().map(|name| (*name).to_owned());
        unknown(read, text, &constants(), &["range".to_owned()]).into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn what_there_is_can_be_read() {
        let read =
            ["phone", "row.first_name", "vars.shop", "row_number", "connection.phone_number_id", "range", "phone.x"];
        let text = "{{ row[\"Order No\"] }}{{ vars['shop'] }}{{ connection[ 'phone-number-id' ] }} row[\"outside\"]";
        assert_eq!(messages(&read, text), Vec::<String>::new());
    }

    #[test]
    fn what_there_is_not_is_named() {
        assert!(messages(&["fone"], "")[0].starts_with("no column `fone` in the data"));
        assert!(messages(&["row.nme"], "")[0].starts_with("no column `nme` in the data"));
        assert!(messages(&["vars.shoop"], "")[0].starts_with("no var `shoop`"));
        assert!(messages(&["_status"], "")[0].contains("Rowcast's own"));
        assert!(messages(&["row"], "{% if row['Ordr No'] %}")[0].starts_with("no column `Ordr No`"));
        assert!(messages(&["connection.token"], "")[0].contains("has no `token`"));
    }
}
