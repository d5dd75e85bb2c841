//! What a run is made of, read once and complete: recipe, connections, list, settings.

pub(crate) mod connections;
pub(crate) mod data;
#[expect(clippy::module_inception, reason = "the type that the folder is named after")]
mod inputs;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod revision;
pub(crate) mod settings;
pub(crate) mod source;

pub(crate) use inputs::Inputs;
pub(crate) use inputs::NOT_KEPT;
