//! The plan: a recipe checked and compiled against a header. It turns rows into requests and sends nothing.
//!
//! | file | what |
//! |---|---|
//! | `prepared` | the plan: the recipe compiled for each connection |
//! | `compiled` | the recipe compiled for one connection: the verdict on a row |
//! | `route` | which of several connections sends a row |
//! | `cell_trace` | which cells a field of a row was made of |
//! | `select` | which rows of the data belong to a run |
//!
//! Belongs here: joining templates and task, selecting rows, and placing problems of the recipe itself. Does not belong
//! here: reading the data, and sending requests.

mod cell_trace;
mod compiled;
mod field_path;
mod prepared;
mod route;
mod select;
mod target;
mod verdict;

pub use cell_trace::CellTrace;
pub use prepared::Plan;
pub use select::{Selected, Selector};
pub use target::Target;
pub use verdict::Verdict;
