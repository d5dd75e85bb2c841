//! Opens the connections of a session.

use std::time::Duration;

use crate::app::inputs::Inputs;
use crate::app::inputs::connections::Connections;
use crate::app::{Error, Observer};
use crate::connectors::Connection;
use crate::diag::Problem;
use crate::model::ConnectionIndex;
use crate::recipe::{SendSettings, defaults};
use crate::run::{Sender, policy};

/// Warns if the recipe or an option asks for a higher rate than a connection allows: the connection's rate is kept.
pub(super) fn warn_of_kept_rate(send: &SendSettings, connections: &Connections, observer: &mut dyn Observer) {
    for (_, connection) in connections.iter() {
        if let (Some(wanted), Some(most)) = (send.rate, connection.rate)
            && wanted.per_second() > most.per_second()
        {
            let message =
                format!("the rate {wanted} exceeds the limit of connection `{}`; sending at {most}", connection.name);
            let help = "increase `rate` in the connection if the number may send faster";
            observer.problem(&Problem::new(message).help(help).warning());
        }
    }
}

/// Opens every connection for which `is_used` holds. `rates`: the requests per second that their APIs were last seen to
/// take. The results are by connection index.
pub(super) fn open_senders(
    inputs: &Inputs,
    is_used: impl Fn(ConnectionIndex) -> bool,
    rates: &[(ConnectionIndex, f64)],
) -> Result<Vec<Option<Sender>>, Error> {
    let send = &inputs.recipe.send;
    let used = inputs.connections.iter().filter(|(index, _)| is_used(*index)).count();
    if let Some(rows) = send.concurrency.map(|rows| rows.get() as usize).filter(|rows| *rows < used) {
        let message = format!(
            "concurrency {rows} is less than the number of connections, {used}; each needs at least one row in flight"
        );
        return Err(Problem::new(message).help(format!("use --concurrency {used} or more")).into());
    }
    let sender = |(index, connection): (ConnectionIndex, &Connection)| {
        if !is_used(index) {
            return Ok(None);
        }
        if let Some(problem) = connection.unusable_proxy() {
            return Err(problem.into());
        }
        let found = rates.iter().find(|(of, _)| *of == index).map(|(_, rate)| *rate);
        let connector = connection.open(&inputs.environment, timeout(send))?;
        let policy = policy(send, connection.rate, used);
        Ok(Some(Sender { name: connection.name.clone(), connector, policy, found }))
    };
    inputs.connections.iter().map(sender).collect()
}

/// How long one request may take.
fn timeout(send: &SendSettings) -> Duration {
    send.timeout.unwrap_or(defaults::TIMEOUT)
}
