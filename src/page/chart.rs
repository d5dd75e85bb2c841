//! Charts as inline SVG, computed here: a page needs no script for them.
