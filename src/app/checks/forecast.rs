//! The forecast of a run: recipients, duration, and limits of the number that the run exceeds.

use std::time::Duration;

use crate::diag::{plural, thousands};
use crate::model::{Allowance, DailyLimit, Rate};

/// The figures known before the first message is sent.
pub(crate) struct Forecast {
    pub(crate) messages: u64,
    /// The number of different recipients.
    pub(crate) people: u64,
    /// The messages are templates, which count towards the daily limit of new recipients; other messages do not.
    pub(crate) opens: bool,
    /// The sending numbers, at least one if there are messages.
    pub(crate) numbers: Vec<SendingNumber>,
}

/// A sending number.
pub(crate) struct SendingNumber {
    /// The name of its connection.
    pub(crate) name: String,
    /// The messages that it sends.
    pub(crate) messages: u64,
    /// The maximum rate; `None` if unlimited.
    pub(crate) rate: Option<Rate>,
    /// The limits that the API reports, or why they are not known; `None` if no lookup is needed.
    pub(crate) allowance: Option<Result<Allowance, String>>,
}

impl Forecast {
    /// Lines of name and value.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        if self.messages == 0 {
            return Vec::new();
        }
        let said = self.numbers.iter().filter_map(|number| {
            let said = match number.allowance.as_ref()? {
                Ok(allowance) => said(allowance)?,
                Err(why) => format!("limits not checked: {why}"),
            };
            Some(("number", self.named(number, &said)))
        });
        let shares = self.numbers.iter().map(|number| {
            let (messages, noun) = (thousands(number.messages), plural(number.messages, "message"));
            let length = number
                .rate
                .map_or(String::new(), |rate| format!(", {} at {rate}", length(number.messages, rate.per_second())));
            ("", format!("{}: {messages} {noun}{length}", number.name))
        });
        let shares = shares.filter(|_| self.numbers.len() > 1);
        std::iter::once(("plan", self.plan())).chain(shares).chain(said).collect()
    }

    /// Cautions to read before confirming.
    pub(crate) fn cautions(&self) -> Vec<String> {
        self.numbers
            .iter()
            .flat_map(|number| self.cautions_of(number).into_iter().map(|caution| self.named(number, &caution)))
            .collect()
    }

    /// The text, prefixed with the connection's name if there are several numbers.
    fn named(&self, number: &SendingNumber, said: &str) -> String {
        if self.numbers.len() > 1 { format!("{}: {said}", number.name) } else { said.to_owned() }
    }

    fn cautions_of(&self, number: &SendingNumber) -> Vec<String> {
        let Some(Ok(allowance)) = &number.allowance else { return Vec::new() };
        let mut cautions = Vec::new();
        // Recipients are not counted per number: each has at most as many as messages.
        let people = self.people.min(number.messages);
        if let Some(DailyLimit::AtMost(limit)) = allowance.recipients_per_day
            && self.opens
            && people > limit
        {
            let (over, of) = (thousands(people - limit), thousands(people));
            let hint = match self.numbers.len() {
                1 => format!(". Use --limit {limit} today and --offset {limit} tomorrow"),
                _ => String::new(),
            };
            cautions.push(format!(
                "{over} of {of} recipients exceed the daily limit: the number may write to {} new recipients in 24 hours, minus \
                 those it already wrote to{hint}",
                thousands(limit)
            ));
        }
        if let (Some(allowed), Some(rate)) = (allowance.per_second, number.rate)
            && rate.per_second() > f64::from(allowed.get())
        {
            cautions.push(format!(
                "the rate {rate} exceeds the {allowed} messages per second that the API allows this number"
            ));
        }
        if matches!(allowance.quality.as_deref(), Some("RED" | "YELLOW")) {
            let quality = allowance.quality.as_deref().unwrap_or_default();
            cautions.push(format!("the number's quality is {quality}: complaints may lower its limits during the run"));
        }
        cautions.extend(allowance.unclear.iter().map(|word| format!("the API reports for this number: {word}")));
        cautions
    }

    fn plan(&self) -> String {
        let mut plan = format!("{} {}", thousands(self.messages), plural(self.messages, "message"));
        if self.people > 0 {
            let people =
                if self.people == 1 { "1 person".to_owned() } else { format!("{} people", thousands(self.people)) };
            plan = format!("{plan} to {people}");
        }
        match self.numbers.as_slice() {
            [SendingNumber { rate: Some(rate), .. }] => {
                format!("{plan}, {} at {rate}", length(self.messages, rate.per_second()))
            }
            [_] | [] => plan,
            several => {
                // They send in parallel: the run ends when the last one finishes.
                let seconds = |number: &SendingNumber| Some(seconds(number.messages, number.rate?.per_second()));
                let longest = several.iter().map(seconds).collect::<Option<Vec<f64>>>();
                let longest = longest.map(|all| format!(", {}", in_words(all.into_iter().fold(0.0, f64::max))));
                format!("{plan} over {} connections{}", several.len(), longest.unwrap_or_default())
            }
        }
    }
}

/// The limits that the API reports, as text.
fn said(allowance: &Allowance) -> Option<String> {
    let mut parts: Vec<String> = allowance.number.iter().cloned().collect();
    parts.extend(allowance.name.iter().map(|name| format!("\"{name}\"")));
    parts.extend(allowance.per_second.map(|most| format!("{most} messages per second")));
    parts.extend(match allowance.recipients_per_day {
        Some(DailyLimit::AtMost(limit)) => Some(format!("{} new recipients in 24 hours", thousands(limit))),
        Some(DailyLimit::Unlimited) => Some("unlimited recipients".to_owned()),
        None => None,
    });
    parts.extend(allowance.quality.as_ref().map(|quality| format!("quality {quality}")));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The duration of `messages` at `per_second`, as text.
fn length(messages: u64, per_second: f64) -> String {
    in_words(seconds(messages, per_second))
}

#[expect(clippy::cast_precision_loss, reason = "a length of time for people")]
fn seconds(messages: u64, per_second: f64) -> f64 {
    (messages.saturating_sub(1)) as f64 / per_second
}

fn in_words(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds.ceil()) {
        Ok(time) if time.as_secs() <= 1 => "1 second".to_owned(),
        Ok(time) if time.as_secs() < 120 => format!("{} seconds", time.as_secs()),
        Ok(time) if time.as_secs() < 2 * 3600 => format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60),
        Ok(time) if time.as_secs() < 48 * 3600 => {
            format!("{} h {:02} min", time.as_secs() / 3600, time.as_secs() / 60 % 60)
        }
        Ok(time) => format!("{} days", time.as_secs().div_ceil(86_400)),
        Err(_) => "too long to estimate".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str, messages: u64, rate: &str, allowance: Result<&Allowance, &str>) -> SendingNumber {
        let allowance = Some(allowance.cloned().map_err(str::to_owned));
        SendingNumber { name: name.to_owned(), messages, rate: rate.parse().ok(), allowance }
    }

    fn forecast(messages: u64, people: u64, allowance: Result<&Allowance, &str>) -> String {
        text(&Forecast { messages, people, opens: true, numbers: vec![number("acme", messages, "80/s", allowance)] })
    }

    fn text(forecast: &Forecast) -> String {
        let lines = forecast.lines().into_iter().map(|(name, value)| format!("{name}: {value}"));
        lines
            .chain(forecast.cautions().into_iter().map(|caution| format!("caution: {caution}")))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_run_within_the_limits_has_two_lines() {
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
        number: +1 555-010-0000, "Acme", 80 messages per second, 100,000 new recipients in 24 hours, quality GREEN
        "#);
        insta::assert_snapshot!(forecast(1, 1, Err("no token")), @"
        plan: 1 message to 1 person, 1 second at 80/s
        number: limits not checked: no token
        ");
        assert_eq!(forecast(0, 0, Err("no token")), "");
    }

    #[test]
    fn an_exceeded_limit_is_a_caution() {
        let allowance = Allowance {
            per_second: std::num::NonZeroU32::new(20),
            recipients_per_day: Some(DailyLimit::AtMost(2000)),
            quality: Some("RED".to_owned()),
            unclear: vec!["throughput level \"TURBO\"".to_owned()],
            ..Allowance::default()
        };
        insta::assert_snapshot!(forecast(40_000, 39_812, Ok(&allowance)), @r#"
        plan: 40,000 messages to 39,812 people, 8 min 20 s at 80/s
        number: 20 messages per second, 2,000 new recipients in 24 hours, quality RED
        caution: 37,812 of 39,812 recipients exceed the daily limit: the number may write to 2,000 new recipients in 24 hours, minus those it already wrote to. Use --limit 2000 today and --offset 2000 tomorrow
        caution: the rate 80/s exceeds the 20 messages per second that the API allows this number
        caution: the number's quality is RED: complaints may lower its limits during the run
        caution: the API reports for this number: throughput level "TURBO"
        "#);
    }

    #[test]
    fn several_numbers_are_listed_one_by_one() {
        let allowance = Allowance { recipients_per_day: Some(DailyLimit::AtMost(2000)), ..Allowance::default() };
        let numbers =
            vec![number("acme-1", 8001, "80/s", Ok(&allowance)), number("acme-2", 1, "1000/s", Err("no token"))];
        insta::assert_snapshot!(text(&Forecast { messages: 8002, people: 8002, opens: true, numbers }), @"
        plan: 8,002 messages to 8,002 people over 2 connections, 100 seconds
        : acme-1: 8,001 messages, 100 seconds at 80/s
        : acme-2: 1 message, 1 second at 1000/s
        number: acme-1: 2,000 new recipients in 24 hours
        number: acme-2: limits not checked: no token
        caution: acme-1: 6,001 of 8,001 recipients exceed the daily limit: the number may write to 2,000 new recipients in 24 hours, minus those it already wrote to
        ");
    }

    #[test]
    fn durations_have_suitable_units() {
        for (messages, per_second, said) in [
            (1, 80.0, "1 second"),
            (8001, 80.0, "100 seconds"),
            (40_000, 80.0, "8 min 20 s"),
            (1_000_000, 80.0, "3 h 28 min"),
            (1_000_000, 1.0, "12 days"),
            (u64::MAX, 1e-300, "too long to estimate"),
        ] {
            assert_eq!(length(messages, per_second), said);
        }
    }
}
