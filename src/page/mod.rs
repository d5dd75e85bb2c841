//! HTML pages as text: their frame, message bubbles, charts, and escaping of data.
//!
//! A page is one file that loads nothing: it contains its styles and its script, uses the system's fonts, and its
//! policy forbids everything else. It contains data as escaped text, or as JSON that [`script_json`] has escaped; the
//! script turns data into text nodes and never into markup.
//!
//! `assets/` holds the parts of the pages. `bubble.js` and `page.css` draw a message; the sandbox's inbox includes the
//! same two files.
//!
//! Belongs here: markup. Does not belong here: collecting the data, and writing files.

pub mod chart;
mod frame;
mod text;

pub use frame::{Frame, PREVIEW, REPORT};
pub use text::{ScriptJson, escape, fill, script_json};
