//! Rules that the recipe itself breaks.

use super::{CARD, Case, TEMPLATE, TEXT, case, refused};

#[test]
fn what_the_recipe_itself_breaks_is_told_once_and_at_its_place() {
    let inputs = [
        (TEMPLATE, "name: a, language-code: e, body-parameters: [\"{{ x }}\", \"\"]"),
        (TEMPLATE, "name: a, language-code: e, header-parameters: [\"{{ x }}\", \"{{ x }}\"]"),
        (TEMPLATE, "name: a, language-code: e, body-parameters: [\"{{ x }}\", { name: b, text: \"{{ x }}\" }]"),
        (
            TEMPLATE,
            "name: a, language-code: e, header-parameters: [{ name: a, text: \"{{ x }}\" }], body-parameters: [\"{{ x }}\"]",
        ),
        (TEMPLATE, "name: a, language-code: e, body-parameters: [{ name: a, value: \"{{ x }}\", text: b }]"),
        (TEMPLATE, "name: a, language-code: e, button-parameters: [{ index: 0, type: url }]"),
        (TEMPLATE, "name: a, language-code: e, button-parameters: [{ index: 0, sort: url, value: \"{{ x }}\" }]"),
        (TEMPLATE, "name: a, language-code: e, button-parameters: 0;url;x"),
        (TEXT, "body: \"{{ x }}\", preview-url: no"),
        (TEXT, "body: 1.5, preview-url: false"),
        (TEXT, "body: [\"{{ x }}\"], preview-url: false"),
        (TEXT, "body: \"{{ x }}\""),
        (TEXT, "body: \"{{ x }}\", preview-url: false, preview_url: true"),
        (CARD, "first-name: Ann, birthday: 02/01/1990"),
    ];
    let sections = inputs.map(|(task, input)| {
        let rows = Case { keys: "phone-number-id: 1", ..case(task, input, "a", &["b", "c"]) };
        let stderr = refused(&rows).stderr;
        assert_eq!(stderr.lines().filter(|line| line.starts_with("error")).count(), 1, "{stderr}");
        assert!(stderr.contains("--> r.yaml:5:"), "{stderr}");
        assert!(stderr.ends_with("3 rows checked: 0 ready to send, 3 invalid; nothing was sent\n"), "{stderr}");
        format!("{task}:\n\n{stderr}")
    });
    insta::assert_snapshot!(sections.join("\n\n"));
}
