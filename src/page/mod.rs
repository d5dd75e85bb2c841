//! HTML pages as text: the frame of a page, message bubbles, charts, and data made safe to stand in a page.
//!
//! Belongs here: markup. Does not belong here: where the data comes from, and writing files.
