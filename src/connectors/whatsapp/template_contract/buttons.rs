//! Holds the buttons of one message to those of its template.

use super::button::{Button, Takes};
use super::check::Report;
use super::message::{Component, Sent};
use super::template::Template;

const BUTTONS: &str = "button-parameters";

/// The most characters of a whole URL (Meta, Template components).
const LONGEST_URL: usize = 2000;

/// Notes what is wrong with the buttons.
pub(super) fn check(report: &mut Report<'_>, sent: &Sent<'_>) {
    let template = report.template;
    for (at, given) in sent.buttons().enumerate() {
        let found = given.place().and_then(|place| Some((place, template.buttons.get(place)?)));
        if let Some((place, button)) = found {
            one(report, at, given, place, button);
        } else {
            let message = format!("index {}, {}", &*given.index, there_are(template));
            report.error(format!("{BUTTONS}[{at}]"), message);
        }
    }
    for (place, button) in template.buttons.iter().enumerate() {
        if button.takes.is_required() && !sent.buttons().any(|given| given.place() == Some(place)) {
            missing(report, place, button);
        }
    }
}

fn one(report: &mut Report<'_>, at: usize, given: &Component<'_>, place: usize, button: &Button) {
    let (title, field) = (&report.template.title, || format!("{BUTTONS}[{at}]"));
    let described = button.described();
    match button.takes {
        Takes::Unknown => {}
        Takes::Nothing => {
            report.error(field(), format!("button {place} of {title}, {described}, takes no parameter: leave it out"));
        }
        takes if takes.sub_type().is_some_and(|wanted| !given.sub_type.eq_ignore_ascii_case(wanted)) => {
            let (sub_type, wanted) = (&*given.sub_type, takes.sub_type().unwrap_or_default());
            report
                .error(field(), format!("{sub_type} given, button {place} of {title} is {described}: write {wanted}"));
        }
        Takes::Ending => url(report, at, given.value(), button),
        Takes::Code | Takes::Payload => {}
    }
}

fn url(report: &mut Report<'_>, at: usize, ending: &str, button: &Button) {
    let Some(url) = &button.url else { return };
    let field = || format!("{BUTTONS}[{at}]");
    if let Some(count) = url.longer_than(LONGEST_URL, |_| ending) {
        report.error(field(), format!("the whole URL has {count} characters, at most {LONGEST_URL}"));
    }
    let begins = |text: &str| ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if begins(url.text()) && begins(ending) {
        let message =
            format!("a whole URL, but the button has its beginning: it would open {}…", url.filled(|_| Some("https")));
        report.warn(field(), message);
    }
}

fn missing(report: &mut Report<'_>, place: usize, button: &Button) {
    let (title, described) = (&report.template.title, button.described());
    let way_out = match button.takes.sub_type() {
        _ if report.template.is_authentication() => "use the task send-authentication-template-message".to_owned(),
        Some(wanted) => format!("write \"{place};{wanted};VALUE\""),
        None => String::new(),
    };
    report.error(BUTTONS, format!("none given for button {place} of {title}, {described}: {way_out}"));
}

fn there_are(template: &Template) -> String {
    let title = &template.title;
    if template.buttons.is_empty() {
        return format!("but {title} has no buttons");
    }
    let list = template.buttons.iter().enumerate().map(|(place, button)| format!("{place} {}", button.described()));
    format!("but {title} has these buttons: {}", list.collect::<Vec<_>>().join(", "))
}
