//! The preflight of a run: its forecast, the source of its templates, and its cautions.

use crate::app::inputs::Inputs;
use crate::run::{Checks, Screen, allowed_rate};

use super::checked::Checked;
use super::forecast::{Forecast, SendingNumber};
use super::sent_already::{old_message, told};
use super::templates::{LookupPolicy, TemplateCatalog, allowance};

/// Information to review before a run begins.
#[derive(Debug, Default)]
pub struct Preflight {
    /// Lines of name and value.
    pub lines: Vec<(&'static str, String)>,
    /// Possible problems of the run.
    pub cautions: Vec<String>,
}

impl Preflight {
    /// The preflight of a check's ready rows. `policy` decides whether the API is asked for the number's limits.
    pub(crate) fn of(
        inputs: &Inputs,
        checks: &Checks<'_>,
        checked: &Checked,
        catalog: &TemplateCatalog,
        policy: LookupPolicy,
    ) -> Self {
        let audience = &inputs.recipe.audience;
        let again = checks.prior.as_ref().is_some_and(|prior| prior.rule().again);
        let memory = told(&checks.sent, audience, again);
        // A repetition that was asked for is told with -y, too.
        let (memory, repeated) = if again { (Vec::new(), memory) } else { (memory, Vec::new()) };
        let memory = memory.into_iter().map(|line| ("memory", line));
        let old = old_message(&checks.sent, audience).filter(|_| !again).into_iter().chain(repeated);
        let templates = catalog.notes(|index| checked.uses(index)).into_iter().map(|note| ("templates", note));
        let duplicates = checked.duplicates.clone().map(|rows| ("duplicates", rows));
        let notes: Vec<_> = templates.chain(memory).chain(duplicates).collect();
        // A test goes to the user's own number, without stages and window.
        if checked.tally.ready == 0 || inputs.test.is_some() {
            return Self { lines: notes, cautions: old.collect() };
        }
        let used = inputs.connections.iter().filter(|(index, _)| checked.uses(*index));
        let numbers = used.map(|(index, connection)| SendingNumber {
            name: connection.name.clone(),
            messages: checked.ready(index),
            rate: allowed_rate(&inputs.recipe.send, connection.rate),
            // The sandbox has no limits to look up.
            allowance: (policy != LookupPolicy::Sandbox).then(|| allowance(inputs, connection, policy)),
        });
        let forecast = Forecast {
            messages: checked.tally.ready,
            people: checks.screen.as_ref().map_or(0, Screen::people),
            opens: inputs.task.sends_template(),
            numbers: numbers.collect(),
        };
        let cautions = forecast.cautions().into_iter().chain(old).collect();
        Self { lines: forecast.lines().into_iter().chain(notes).collect(), cautions }
    }
}
