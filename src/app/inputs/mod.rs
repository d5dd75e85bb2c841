//! The inputs of a run: recipe, connections, list and settings.

pub(crate) mod connections;
pub(crate) mod data;
#[expect(clippy::module_inception, reason = "the folder is named after this type")]
mod inputs;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod project;
pub(crate) mod revision;
pub(crate) mod settings;
pub(crate) mod source;

pub(crate) use inputs::Inputs;
pub(crate) use inputs::NOT_KEPT;
pub(crate) use inputs::refuse_unknown_vars;
