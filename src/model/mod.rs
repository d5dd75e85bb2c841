//! Plain data that every layer uses: rows, requests, replies, states, events, values, and the description of a task.
//!
//! Belongs here: types without I/O, without async and without knowledge of any connector. Does not belong here:
//! anything that reads a file, opens a socket or prints.

mod addressee;
mod allowance;
mod answer;
mod attempt;
mod body;
mod connection_index;
mod contract;
mod endpoint;
mod event;
mod failure_limit;
mod key_digest;
mod message;
mod rate;
mod reply;
mod reply_kind;
mod request;
mod row;
mod row_status;
mod skip;
mod state;
mod task;
mod unknown_reason;
mod value;

pub use addressee::Addressee;
pub use allowance::{Allowance, DailyLimit};
pub use answer::{Answer, Note};
pub use attempt::{Attempt, RunToken};
pub use body::{Body, Content, FormPart};
pub use connection_index::{ConnectionIndex, Routing};
pub use contract::{Breaches, Contract};
pub use endpoint::{Endpoint, Setting};
pub use event::{Event, Exclusion, FoundRate, Mode, Rest, SessionSummary, StageEnd, Start};
pub use failure_limit::FailureLimit;
pub use key_digest::KeyDigest;
pub use message::message_space;
pub use rate::Rate;
pub use reply::{Reply, Scope};
pub use reply_kind::ReplyKind;
pub use request::{Draft, FieldVariation, Lane, Request, RowKeys};
pub use row::{Cell, Header, RESULT_COLUMNS, Row, RowNumber};
pub use row_status::RowStatus;
pub use skip::{SentBefore, Skip};
pub use state::{Counts, State};
pub use task::{Build, Built, Entries, Field, FieldError, InputField, Kind, Need, TaskEntry, short_name};
pub use unknown_reason::UnknownReason;
pub use value::{Number, Origin, Value};
