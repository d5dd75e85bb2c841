//! The executor: takes rows of requests, a `Connector` and a `Policy`, and speaks in events.
//!
//! Belongs here: concurrency, pace, lanes, retries, breakers and stopping. Does not belong here: HTTP, CSV, the ledger,
//! terminals. It imports `model` alone and runs in virtual time in its tests.

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
mod sliding_window;
mod slots;
mod worker;

pub use connection_state::ConnectionState;
pub use dispatch::execute;
pub use job::{Job, PutBack};
pub use pace::{Pacer, SendSlot};
pub use policy::Policy;
pub use port::{
    Cause, Clock, ClockWait, CommitAck, CommittedAcks, Connector, ExecEvent, Halt, Link, Pause, Sending, Stop,
    SystemClock, Throughput, send_acks,
};
pub use slots::Concurrency;
