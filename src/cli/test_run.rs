//! A test: the first rows go to a number of one's own, exactly as they would go to the customers.

use crate::diag::{Problem, visible};
use crate::phone::e164;

use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::Inputs;

/// Sends everything to `number` from now on, if one is given: at once, for there is nobody to disturb and nothing to look at
/// between.
pub(super) fn aim(inputs: &mut Inputs, number: Option<&str>) -> Result<(), Failure> {
    let Some(number) = number else { return Ok(()) };
    let phone = e164(number, inputs.connections.country())
        .map_err(|error| Failure::new(Exit::Usage, Problem::new(format!("--to: {}", visible(&error.to_string())))))?;
    inputs.test = Some(phone.to_string());
    let send = &mut inputs.recipe.send;
    send.stages.clear();
    send.window = None;
    Ok(())
}

/// What is about to be done: `Send 3 messages`, and where they go in a test.
pub(super) fn act(inputs: &Inputs, ready: u64) -> String {
    let noun = if ready == 1 { "message" } else { "messages" };
    match &inputs.test {
        Some(number) => format!("Send {ready} test {noun}, all to {number}"),
        None => format!("Send {ready} {noun}"),
    }
}
