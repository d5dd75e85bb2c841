//! The settings that a run sends with: the recipe's, with the options over them.

use std::time::Duration;

use jiff::Timestamp;

use crate::diag::{Problem, visible};
use crate::phone::e164;
use crate::recipe::SendSettings;
use crate::run::{Ask, Between, Timetable};
use crate::schedule::{Gate, distance, moment, zone};

use crate::app::Error;

use super::Inputs;

/// What happens between two stages that no wait separates.
#[derive(Clone)]
pub enum StageBreak {
    /// The next stage begins.
    Continue,
    /// Somebody is asked.
    Ask(Ask),
    /// The session ends; `resume` continues.
    End,
}

/// The settings of this run: the recipe's, with `options` over them. They are written back to the recipe, so that its plan is
/// made with the time zone that is used.
pub(crate) fn settings(inputs: &mut Inputs, options: &SendSettings) -> Result<SendSettings, Error> {
    let send = inputs.recipe.send.overridden_by(options);
    if send.window.is_some() && send.timezone.is_none() {
        let problem =
            Problem::new("--window needs a time zone").help("add --timezone, for example --timezone Europe/Berlin");
        return Err(Error::usage(problem));
    }
    inputs.recipe.send = send.clone();
    Ok(send)
}

/// The timetable of a session.
pub(crate) fn timetable(send: &SendSettings, no_wait: bool, stage_break: &StageBreak) -> Timetable {
    let between = match (send.stage_wait, stage_break) {
        (Some(_), _) if no_wait => Between::End,
        (Some(wait), _) => Between::Wait(wait),
        (None, StageBreak::Continue) => Between::Nothing,
        (None, StageBreak::Ask(ask)) => Between::Ask(ask.clone()),
        (None, StageBreak::End) => Between::End,
    };
    Timetable::new(send, between, !no_wait)
}

/// A caution for a run that starts outside its window. `None` if each row has hours of its own: then no single moment can be
/// named.
pub(crate) fn closed_now(send: &SendSettings) -> Option<String> {
    let (window, zone) = (send.window.as_ref()?, zone(send.timezone.as_deref()?).ok()?);
    let now = Timestamp::now();
    let Gate::Closed { opens } = window.at(now, &zone) else { return None };
    let wait = Duration::try_from(opens.duration_since(now)).unwrap_or_default();
    Some(format!("outside the window: nothing leaves before {}, in {}", moment(opens, &zone, now), distance(wait)))
}

/// Sends every message to `number`, if one is given, and at once: a test needs neither window nor stages.
pub(crate) fn redirect_to_test_number(inputs: &mut Inputs, number: Option<&str>) -> Result<(), Error> {
    let Some(number) = number else { return Ok(()) };
    let phone = e164(number, inputs.connections.country())
        .map_err(|error| Error::usage(Problem::new(format!("--to: {}", visible(&error.to_string())))))?;
    inputs.test = Some(phone.to_string());
    let send = &mut inputs.recipe.send;
    send.stages.clear();
    send.window = None;
    Ok(())
}
