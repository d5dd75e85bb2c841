//! The executor: sends requests through a `Connector` under a `Policy`, and reports each step as an `ExecEvent`.
//!
//! Belongs here: concurrency, rate limit, lanes, retries, circuit breakers and stopping. Does not belong here: HTTP,
//! CSV, the ledger, terminals. It imports only `model`, and its tests run in virtual time.

mod answer_rate;
mod breaker;
mod budget;
mod connection_state;
mod dispatch;
mod job;
mod lanes;
mod outage;
mod pace;
mod policy;
mod port;
mod rate_search;
mod sliding_window;
mod slots;
#[cfg(test)]
pub(crate) mod testing;
mod worker;

pub use connection_state::ConnectionState;
pub use dispatch::execute;
pub use job::{Job, PutBack};
pub use pace::{Pacer, SendSlot};
pub use policy::Policy;
pub use port::{
    Ack, Cause, Clock, ClockWait, CommitAck, CommittedAcks, Connector, ExecEvent, Halt, Link, Pause, Sending, Stop,
    SystemClock, Throughput, send_acks,
};
pub use slots::Concurrency;
