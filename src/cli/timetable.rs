//! When a run sends, from its settings and flags, and the question between two stages.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::diag::{Problem, visible};
use crate::recipe::Send;
use crate::run::{Between, Timetable};
use crate::schedule::{Gate, distance, moment, zone};

use crate::cli::args::SendArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::Inputs;
use crate::cli::terminal::ask::ask;
use crate::cli::terminal::console;

/// The settings that hold: the recipe's, with the flags over them. The recipe has them from now on, so that its plan is
/// made of the zone that is used.
pub(super) fn settings(inputs: &mut Inputs, args: &SendArgs) -> Result<Send, Failure> {
    let send = inputs.recipe.send.overridden_by(&args.settings());
    if send.window.is_some() && send.timezone.is_none() {
        let problem = Problem::new("--window without a time zone: nobody knows whose hours these are")
            .help("add --timezone, for example --timezone Europe/Berlin");
        return Err(Failure::new(Exit::Usage, problem));
    }
    inputs.recipe.send = send.clone();
    Ok(send)
}

/// The timetable of a session. Whoever said yes to everything is not asked between two stages.
pub(super) fn timetable(send: &Send, args: &SendArgs, yes: bool) -> Timetable {
    let between = match send.stage_wait {
        Some(_) if args.no_wait => Between::End,
        Some(wait) => Between::Wait(wait),
        None if yes => Between::Nothing,
        None if console::can_ask() => Between::Ask(Arc::new(ask_to_go_on)),
        None => Between::End,
    };
    Timetable::new(send, between, !args.no_wait)
}

/// What somebody should know who starts a run outside its window. Where each row has hours of its own there is no one
/// moment to tell.
pub(super) fn closed_now(send: &Send) -> Option<String> {
    let (window, zone) = (send.window.as_ref()?, zone(send.timezone.as_deref()?).ok()?);
    let now = Timestamp::now();
    let Gate::Closed { opens } = window.at(now, &zone) else { return None };
    let wait = Duration::try_from(opens.duration_since(now)).unwrap_or_default();
    Some(format!("outside the window: nothing leaves before {}, in {}", moment(opens, &zone, now), distance(wait)))
}

fn ask_to_go_on(question: &str) -> bool {
    ask(&visible(question))
}
