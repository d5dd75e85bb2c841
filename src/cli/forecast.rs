//! The plan before the start: how many people, how long it takes, and what does not fit into today.

use std::time::Duration;

use crate::diag::visible;
use crate::model::{Allowance, DailyLimit};
use crate::recipe::Rate;
use crate::report::thousands;
use crate::run::{Checks, Screen, Tally, allowed_rate};

use super::inputs::Inputs;
use super::knowledge::{Knowledge, Reach, allowance, sends_templates};

/// What somebody should know of a run that could begin: its plan, and what speaks against it.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// Names and values.
    pub(super) lines: Vec<(&'static str, String)>,
    /// What to know before saying yes.
    pub(super) cautions: Vec<String>,
}

impl Outlook {
    /// The outlook of what a check found ready. The API is asked what the number may send, where it may be asked.
    pub(super) fn of(inputs: &Inputs, checks: &Checks<'_>, tally: &Tally, knowledge: &Knowledge, reach: Reach) -> Self {
        let templates = knowledge.note.iter().map(|note| ("templates", note.clone()));
        // A test goes to oneself, at once.
        if tally.ready == 0 || inputs.test.is_some() {
            return Self { lines: templates.collect(), cautions: Vec::new() };
        }
        // Nobody has to be asked about a stand-in.
        let allowance = (reach != Reach::Sandbox).then(|| allowance(inputs, reach));
        let forecast = Forecast {
            messages: tally.ready,
            people: checks.screen.as_ref().map_or(0, Screen::people),
            rate: allowed_rate(&inputs.recipe.send, inputs.connection.rate),
            opens: sends_templates(inputs.task.fields),
            allowance: allowance.as_ref().map(|allowance| allowance.as_ref().map_err(String::as_str)),
        };
        Self { lines: forecast.lines().into_iter().chain(templates).collect(), cautions: forecast.cautions() }
    }

    /// As text, a line each.
    pub(super) fn text(&self) -> String {
        let cautions = self.cautions.iter().map(|caution| ("caution", caution));
        let lines = self.lines.iter().map(|(name, value)| (*name, value)).chain(cautions);
        lines.fold(String::new(), |text, (name, value)| text + &format!("{name:<11} {}\n", visible(value)))
    }
}

/// What is known before the first message leaves.
pub(super) struct Forecast<'a> {
    pub(super) messages: u64,
    /// Different people that they go to.
    pub(super) people: u64,
    /// The most that is sent per unit of time; none if unlimited.
    pub(super) rate: Option<Rate>,
    /// The messages are templates, which open conversations; others are answers, which no daily limit counts.
    pub(super) opens: bool,
    /// What the API allows the number, or why it does not say; none if nobody has to be asked.
    pub(super) allowance: Option<Result<&'a Allowance, &'a str>>,
}

impl Forecast<'_> {
    /// Lines for people, a name and a value each.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        if self.messages == 0 {
            return Vec::new();
        }
        let mut lines = vec![("plan", self.plan())];
        match self.allowance {
            Some(Ok(allowance)) => lines.extend(said(allowance).map(|said| ("number", said))),
            None => {}
            Some(Err(why)) => lines.push(("number", format!("its limits were not asked for: {why}"))),
        }
        lines
    }

    /// What somebody should know before saying yes.
    pub(super) fn cautions(&self) -> Vec<String> {
        let Some(Ok(allowance)) = self.allowance else { return Vec::new() };
        let mut cautions = Vec::new();
        if let Some(DailyLimit::AtMost(limit)) = allowance.recipients_per_day
            && self.opens
            && self.people > limit
        {
            let over = self.people - limit;
            cautions.push(format!(
                "{} of {} recipients do not fit into 24 hours: the number may write to {} new ones, less those it has written to \
                 today. Send --limit {limit} now, the rest with --offset {limit} tomorrow",
                thousands(over),
                thousands(self.people),
                thousands(limit)
            ));
        }
        if let (Some(allowed), Some(rate)) = (allowance.per_second, self.rate)
            && rate.per_second() > f64::from(allowed.get())
        {
            cautions
                .push(format!("{rate} is more than the {allowed} messages a second that the API allows the number"));
        }
        if matches!(allowance.quality.as_deref(), Some("RED" | "YELLOW")) {
            let quality = allowance.quality.as_deref().unwrap_or_default();
            cautions
                .push(format!("the number's quality is {quality}: complaints may lower its limits while this runs"));
        }
        cautions.extend(allowance.unclear.iter().map(|word| format!("the API said of the number: {word}")));
        cautions
    }

    fn plan(&self) -> String {
        let (one, messages) = (self.messages == 1, thousands(self.messages));
        let mut plan = format!("{messages} message{}", if one { "" } else { "s" });
        if self.people > 0 {
            let people =
                if self.people == 1 { "1 person".to_owned() } else { format!("{} people", thousands(self.people)) };
            plan = format!("{plan} to {people}");
        }
        match self.rate {
            Some(rate) => format!("{plan}, {} at {rate}", length(self.messages, rate.per_second())),
            None => plan,
        }
    }
}

/// What the API says of the number.
fn said(allowance: &Allowance) -> Option<String> {
    let mut parts: Vec<String> = allowance.number.iter().cloned().collect();
    parts.extend(allowance.name.iter().map(|name| format!("\"{name}\"")));
    parts.extend(allowance.per_second.map(|most| format!("{most} messages a second")));
    parts.extend(match allowance.recipients_per_day {
        Some(DailyLimit::AtMost(limit)) => Some(format!("{} new recipients in 24 hours", thousands(limit))),
        Some(DailyLimit::Unlimited) => Some("any number of recipients".to_owned()),
        None => None,
    });
    parts.extend(allowance.quality.as_ref().map(|quality| format!("quality {quality}")));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How long so many messages take at so many a second.
fn length(messages: u64, per_second: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a length of time for people")]
    let seconds = (messages.saturating_sub(1)) as f64 / per_second;
    match Duration::try_from_secs_f64(seconds.ceil()) {
        Ok(time) if time.as_secs() <= 1 => "1 second".to_owned(),
        Ok(time) if time.as_secs() < 120 => format!("{} seconds", time.as_secs()),
        Ok(time) if time.as_secs() < 2 * 3600 => format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60),
        Ok(time) if time.as_secs() < 48 * 3600 => {
            format!("{} h {:02} min", time.as_secs() / 3600, time.as_secs() / 60 % 60)
        }
        Ok(time) => format!("{} days", time.as_secs().div_ceil(86_400)),
        Err(_) => "longer than anybody waits".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(messages: u64, people: u64, allowance: Result<&Allowance, &str>) -> String {
        let rate = "80/s".parse().ok();
        let forecast = Forecast { messages, people, rate, opens: true, allowance: Some(allowance) };
        let lines = forecast.lines().into_iter().map(|(name, value)| format!("{name}: {value}"));
        lines
            .chain(forecast.cautions().into_iter().map(|caution| format!("caution: {caution}")))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn what_fits_is_told_in_two_lines() {
        let allowance = Allowance {
            per_second: std::num::NonZeroU32::new(80),
            recipients_per_day: Some(DailyLimit::AtMost(100_000)),
            quality: Some("GREEN".to_owned()),
            number: Some("+1 555-010-0000".to_owned()),
            name: Some("Acme".to_owned()),
            unclear: Vec::new(),
        };
        insta::assert_snapshot!(forecast(40_000, 39_812, Ok(&allowance)), @r#"
        plan: 40,000 messages to 39,812 people, 8 min 20 s at 80/s
        number: +1 555-010-0000, "Acme", 80 messages a second, 100,000 new recipients in 24 hours, quality GREEN
        "#);
        insta::assert_snapshot!(forecast(1, 1, Err("no token")), @"
        plan: 1 message to 1 person, 1 second at 80/s
        number: its limits were not asked for: no token
        ");
        assert_eq!(forecast(0, 0, Err("no token")), "");
    }

    #[test]
    fn what_does_not_fit_is_a_caution() {
        let allowance = Allowance {
            per_second: std::num::NonZeroU32::new(20),
            recipients_per_day: Some(DailyLimit::AtMost(2000)),
            quality: Some("RED".to_owned()),
            unclear: vec!["throughput level \"TURBO\"".to_owned()],
            ..Allowance::default()
        };
        insta::assert_snapshot!(forecast(40_000, 39_812, Ok(&allowance)), @r#"
        plan: 40,000 messages to 39,812 people, 8 min 20 s at 80/s
        number: 20 messages a second, 2,000 new recipients in 24 hours, quality RED
        caution: 37,812 of 39,812 recipients do not fit into 24 hours: the number may write to 2,000 new ones, less those it has written to today. Send --limit 2000 now, the rest with --offset 2000 tomorrow
        caution: 80/s is more than the 20 messages a second that the API allows the number
        caution: the number's quality is RED: complaints may lower its limits while this runs
        caution: the API said of the number: throughput level "TURBO"
        "#);
    }

    #[test]
    fn lengths_are_those_that_people_say() {
        for (messages, per_second, said) in [
            (1, 80.0, "1 second"),
            (8001, 80.0, "100 seconds"),
            (40_000, 80.0, "8 min 20 s"),
            (1_000_000, 80.0, "3 h 28 min"),
            (1_000_000, 1.0, "12 days"),
            (u64::MAX, 1e-300, "longer than anybody waits"),
        ] {
            assert_eq!(length(messages, per_second), said);
        }
    }
}
