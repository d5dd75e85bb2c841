//! HTML pages as text: the frame of a page, message bubbles, charts, and data made safe to stand in a page.
//!
//! A page is one file that asks for nothing: styles and script stand in it, fonts are the system's, and its policy forbids
//! everything else. Data stands in it as escaped text, or as JSON that [`script_json`] has made safe; the script makes text
//! nodes of it and never markup.
//!
//! `assets/` holds what stands in the pages. `bubble.js` and `page.css` draw a message, and the sandbox's inbox includes
//! the same two files.
//!
//! Belongs here: markup. Does not belong here: where the data comes from, and writing files.

pub mod chart;
mod frame;
mod text;

pub use frame::{Frame, PREVIEW, REPORT};
pub use text::{ScriptJson, escape, fill, script_json};
