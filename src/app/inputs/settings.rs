//! The send settings of a run: the recipe's, overridden by the options.

use std::time::Duration;

use jiff::Timestamp;

use crate::diag::{Problem, visible};
use crate::phone::e164;
use crate::recipe::SendSettings;
use crate::run::{Ask, Between, Timetable};
use crate::schedule::{Gate, distance, moment, zone};

use crate::app::Error;

use super::Inputs;

/// What happens between two stages if there is no `stage-wait`.
#[derive(Clone)]
pub enum StageBreak {
    /// Begin the next stage.
    Continue,
    /// Ask the user.
    Ask(Ask),
    /// End the session; `resume` continues the run.
    End,
}

/// The send settings of this run: the recipe's, overridden by `options`. They are written back to the recipe, because its plan
/// needs the time zone.
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

/// A caution for a run that starts outside its window. `None` if each row has its own time zone, because no single opening
/// time exists.
pub(crate) fn closed_now(send: &SendSettings) -> Option<String> {
    let (window, zone) = (send.window.as_ref()?, zone(send.timezone.as_deref()?).ok()?);
    let now = Timestamp::now();
    let Gate::Closed { opens } = window.at(now, &zone) else { return None };
    let wait = Duration::try_from(opens.duration_since(now)).unwrap_or_default();
    Some(format!("outside the window: sending starts {}, in {}", moment(opens, &zone, now), distance(wait)))
}

/// Redirects every message to `number`, if given, and removes window and stages, which a test does not need.
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
