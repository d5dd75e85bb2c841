//! The pages, in a real browser: what they show, how they are used, and that they ask nobody for anything.

mod bubble;
mod inbox;
mod preview;
mod report;

/// Texts that would be markup, or worse, if a page took them for it.
const HOSTILE: [&str; 6] = [
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "<!--<script>",
    "right \u{202e}tfel\u{202c} \u{2028} \u{1b}[31mred",
    "{{title}} ${1} &lt;b&gt; \\u003cb\\u003e",
];
