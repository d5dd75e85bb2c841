//! The screen of a recipe: excludes duplicates and suppressed recipients.

use crate::app::Error;
use crate::app::inputs::Inputs;
use crate::recipe::Unique;
use crate::run::{Screen, SuppressList, SuppressLists};

fn screen_of(inputs: &Inputs, unique: &Unique) -> Result<Screen, Error> {
    Ok(Screen::new(unique).suppress(&suppress_lists(inputs))?)
}

/// The suppress lists. A test has none, because it sends to no recipient of the list.
pub(crate) fn suppress_lists(inputs: &Inputs) -> SuppressLists {
    let lists = inputs.recipe.audience.suppress.iter().filter(|_| inputs.test.is_none());
    let lists = lists.map(|list| SuppressList {
        path: inputs.home.join(&list.file),
        shown: list.file.clone(),
        column: list.column.clone(),
    });
    SuppressLists { lists: lists.collect(), country: inputs.connections.country() }
}

/// The screen of a new run. A test has none, because it sends to no recipient of the list.
pub(crate) fn screen(inputs: &Inputs) -> Result<Option<Screen>, Error> {
    if inputs.test.is_some() {
        return Ok(None);
    }
    screen_of(inputs, &inputs.recipe.audience.unique).map(Some)
}

/// The screen for the remaining rows of a run. Duplicates were found when the run was created, so they are searched again only
/// for a new recipe. `asks` says that other runs are asked. `None` if nothing can have changed.
pub(crate) fn screen_again(inputs: &Inputs, asks: bool, revised: bool) -> Result<Option<Screen>, Error> {
    let audience = &inputs.recipe.audience;
    if inputs.test.is_some() || !revised && audience.suppress.is_empty() && !asks {
        return Ok(None);
    }
    screen_of(inputs, if revised { &audience.unique } else { &Unique::Off }).map(Some)
}
