use super::*;
use crate::diag::render;
use crate::model::{Endpoint, Header, RowNumber};
use crate::recipe::{Recipe, parse};
use crate::template::Condition;

const HEADER: [&str; 6] = ["phone", "first_name", "tags", "lang", "Order No", "row"];

fn recipe(input: &str) -> Recipe {
    let text = format!("version: 1\nconnection: a\ntask: t\nvars: {{ shop: Acme, limit: 3 }}\ninput:\n{input}");
    parse(&Source::new("recipe.yaml", text)).unwrap()
}

fn constants(recipe: &Recipe) -> Arc<Constants> {
    let header = Header::new(HEADER.map(str::to_owned));
    let endpoint = Endpoint::from([("phone-number-id", "106")]);
    Arc::new(Constants::new(header, &recipe.vars, &endpoint))
}

fn row(cells: [&str; 6]) -> Row {
    Row { number: RowNumber(7), line: 9, cells: csv::StringRecord::from(cells.to_vec()) }
}

/// Renders one field `f`.
fn field(template: &str, cells: [&str; 6]) -> Result<Value, String> {
    let recipe = recipe(&format!("  f: {template}\n"));
    let engine = Engine::new(None);
    let mut problems = Problems::default();
    let templates =
        CompiledTemplates::compile(&engine, &recipe.input, &recipe.source, &constants(&recipe), &mut problems);
    let shown: Vec<String> = problems.into_iter().map(|problem| render(&problem, false)).collect();
    if !shown.is_empty() {
        return Err(shown.concat());
    }
    let scope = RowScope::of(constants(&recipe), row(cells));
    let (mut input, errors) = templates.render(&scope);
    if errors.is_empty() {
        return Ok(input.remove(0).1.into_owned());
    }
    Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

const ANN: [&str; 6] = ["+4915123456789", "Ann", "a,b", "", "0042", "seven"];

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn number(digits: &str, origin: Origin) -> Value {
    Value::Number(Number { text: digits.to_owned(), origin })
}

#[test]
fn the_columns_that_a_field_looks_at_are_known() {
    let recipe = recipe(
        "  f: [\"{{ phone }} {{ row['Order No'] }}\", { a: \"{{ lang or tags }}\", b: x }, \"{{ vars.shop }}\"]\n  \
         g: \"{{ first_name | date('%d') }}{{ phone }}\"\n  h: \"{{ row[vars.shop] or row_number }}\"\n",
    );
    let engine = Engine::new(None);
    let templates = CompiledTemplates::compile(
        &engine,
        &recipe.input,
        &recipe.source,
        &constants(&recipe),
        &mut Problems::default(),
    );
    let scope = RowScope::of(constants(&recipe), row(ANN));
    let key = |name: &str| Step::from(name);
    for (path, columns) in [
        (vec![key("f"), Step::Item(0)], &["phone", "Order No"][..]),
        (vec![key("f"), Step::Item(1), key("a")], &["tags", "lang"]),
        (vec![key("f"), Step::Item(1), key("a"), key("more")], &["tags", "lang"]),
        // A constant entry is invalid because of the entries beside it.
        (vec![key("f"), Step::Item(1), key("b")], &["tags", "lang"]),
        (vec![key("f"), Step::Item(2)], &["phone", "tags", "lang", "Order No"]),
        (vec![key("f"), Step::Item(9)], &["phone", "tags", "lang", "Order No"]),
        // The template failed before it read the phone.
        (vec![key("g")], &["first_name"]),
        (vec![key("h")], &[]),
        (vec![key("none")], &[]),
        (vec![], &[]),
    ] {
        let read: Vec<&str> = templates.reads(&scope, &path).iter().map(|at| HEADER[*at]).collect();
        assert_eq!(read, columns, "{path:?}");
    }
}

#[test]
fn a_lone_expression_keeps_its_type_and_all_else_is_text() {
    for (template, value) in [
        ("\"{{ first_name }}\"", text("Ann")),
        ("\"{{ row['Order No'] }}\"", text("0042")),
        ("\"{{ tags | split(',') }}\"", Value::List(vec![text("a"), text("b")])),
        ("\"{{ row_number }}\"", number("7", Origin::Expression)),
        ("\"{{ row_number }}.\"", text("7.")),
        ("\"{{ 1.5 }}\"", number("1.5", Origin::Expression)),
        ("\"{{ first_name == 'Ann' }}\"", Value::Bool(true)),
        ("\"{{ none }}\"", Value::Null),
        ("\"{{ first_name }} {{ row['Order No'] }}\"", text("Ann 0042")),
        ("\"{{ lang | default('en_US', true) }}\"", text("en_US")),
        ("\"{{ vars.shop }}/{{ connection.phone_number_id }}\"", text("Acme/106")),
        ("\"{{ vars.limit + 1 }}\"", number("4", Origin::Expression)),
        ("\"{{ row.row }}\"", text("seven")),
        ("\"{% if lang %}x{% else %}y{% endif %}\"", text("y")),
        ("+4915", number("+4915", Origin::Recipe)),
        ("0.10", number("0.10", Origin::Recipe)),
        ("true", Value::Bool(true)),
        ("[\"{{ phone }}\", x]", Value::List(vec![text("+4915123456789"), text("x")])),
        ("{ a: \"{{ first_name }}\" }", Value::Map(vec![("a".to_owned(), text("Ann"))])),
    ] {
        assert_eq!(field(template, ANN), Ok(value), "{template}");
    }
}

#[test]
fn a_cell_is_never_a_template_and_never_escaped() {
    let hostile = ["{{ 7*7 }}", "\",\"type\":\"image\",\"x\":\"", "<b>", "{% raw %}", "{#", "&"];
    assert_eq!(field("\"{{ phone }}\"", hostile), Ok(text("{{ 7*7 }}")));
    assert_eq!(field("\"-{{ first_name }}{{ tags }}\"", hostile), Ok(text("-\",\"type\":\"image\",\"x\":\"<b>")));
}

#[test]
fn names_are_checked_before_any_row() {
    insta::assert_snapshot!(field("\"Hello {{ frst_name }}, {{ row['Ordr No'] | default('x') }}\"", ANN).unwrap_err(), @r#"
    error: no column `frst_name` in the data (did you mean first_name?)
     --> recipe.yaml:6:16
      |
    6 |   f: "Hello {{ frst_name }}, {{ row['Ordr No'] | default('x') }}"
      |                ^^^^^^^^^
      |
      = help: the data has: phone, first_name, tags, lang, row["Order No"], row
    error: no column `Ordr No` in the data (did you mean Order No?)
     --> recipe.yaml:6:38
      |
    6 |   f: "Hello {{ frst_name }}, {{ row['Ordr No'] | default('x') }}"
      |                                      ^^^^^^^
      |
      = help: the data has: row.phone, row.first_name, row.tags, row.lang, row["Order No"], row.row
    "#);
}

#[test]
fn syntax_errors_have_a_place() {
    insta::assert_snapshot!(field("\"Hello {{ first_name\"", ANN).unwrap_err(), @r#"
    error: template: syntax error: unexpected end of input, expected end of variable block
     --> recipe.yaml:6:16
      |
    6 |   f: "Hello {{ first_name"
      |                ^^^^^^^^^^
      |
      = help: close every `{{` with `}}`, and every quote and bracket between them
    "#);
}

#[test]
fn runaway_templates_are_stopped() {
    for template in [
        "\"{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}\"",
        "\"{{ 'xxxxxxxxxx' * 20000 }}\"",
        "\"a{{ 'xxxxxxxxxx' * 20000 }}\"",
    ] {
        assert!(field(template, ANN).is_err(), "{template}");
    }
}

#[test]
fn errors_name_the_entry() {
    let error = field("[\"x\", { n: \"{{ first_name | date('%d') }}\" }]", ANN).unwrap_err();
    assert!(error.starts_with("f[1].n: date: \"Ann\" is not a date"), "{error}");
}

#[test]
fn what_varies_is_known() {
    let recipe = recipe(
        "  name: promo\n  language-code: \"{{ lang }}\"\n  body-parameters: [\"{{ phone }}\"]\n  tags: \"{{ tags | split(',') }}\"\n",
    );
    let engine = Engine::new(None);
    let mut problems = Problems::default();
    let templates =
        CompiledTemplates::compile(&engine, &recipe.input, &recipe.source, &constants(&recipe), &mut problems);
    let variation = templates.variation();
    assert_eq!(variation.varying_values, ["language-code", "body-parameters", "tags"].map(str::to_owned).into());
    assert_eq!(variation.varying_lengths, ["language-code", "tags"].map(str::to_owned).into());
    assert!(
        variation.is_constant("name")
            && variation.is_constant("header-parameters")
            && variation.has_constant_length("body-parameters")
    );
    assert!(templates.is_constant("name") && !templates.is_constant("body-parameters[0]"));
}

fn only(expression: &str, cells: [&str; 6]) -> Result<bool, String> {
    let recipe = recipe("  f: x\n");
    let engine = Engine::new(None);
    let constants = constants(&recipe);
    let condition = Condition::parse(&engine, expression, &constants).map_err(|problem| problem.message)?;
    condition.holds(&RowScope::of(constants, row(cells))).map_err(|error| error.to_string())
}

#[test]
fn a_condition_is_true_or_false_and_nothing_else() {
    assert_eq!(only("first_name == 'Ann'", ANN), Ok(true));
    assert_eq!(only("{{ row_number > 7 }}", ANN), Ok(false));
    assert!(only("first_name", ANN).unwrap_err().starts_with("--only: gives text, not true or false"));
    let now_and_then = "first_name if first_name == 'Ann' else true";
    assert!(only(now_and_then, ANN).unwrap_err().contains("gives the text \"Ann\", not true or false"));
    assert!(only("nme == 'x'", ANN).unwrap_err().contains("no column `nme`"));
    assert!(only("row['nme'] == 'x'", ANN).unwrap_err().contains("no column `nme`"));
    assert!(only("a b", ANN).unwrap_err().starts_with("--only: syntax error"));
}
