//! The plan: a recipe checked and compiled against a header, that turns rows into requests. It sends nothing.
//!
//! | file | what |
//! |---|---|
//! | `prepared` | the plan: the recipe compiled for each connection |
//! | `compiled` | the recipe compiled for one connection: what a row comes to |
//! | `route` | which of several connections a row goes by |
//! | `cell_trace` | which cells a field of a row was made of |
//! | `select` | which rows of the data belong to a run |
//!
//! Belongs here: joining templates and task, the selection of rows, and the places of problems that the recipe itself has.
//! Does not belong here: reading the data, and what is done with the requests.

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
