//! The executor: takes rows of requests, a `Connector` and a `Policy`, and speaks in signals.
//!
//! Belongs here: concurrency, pace, lanes, retries, breakers and stopping. Does not belong here: HTTP, CSV, the ledger,
//! terminals. It imports `model` alone and runs in virtual time in its tests.

mod breaker;
mod budget;
mod connection_state;
mod departures;
mod dispatch;
mod job;
mod lanes;
mod outage;
mod pace;
mod policy;
mod port;
mod slots;
mod worker;

pub use connection_state::ConnectionState;
pub use dispatch::execute;
pub use job::{Job, PutBack};
pub use pace::Pacer;
pub use policy::Policy;
pub use port::{
    Cause, Clock, ClockWait, Connector, Halt, Link, Pause, Pulse, Released, Sending, Signal, Stop, SystemClock, Waiter,
    let_go,
};
pub use slots::Concurrency;
