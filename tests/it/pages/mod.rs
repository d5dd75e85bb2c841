//! The pages, in a real browser: their content, their use, and that they make no request to another server.

mod bubble;
mod inbox;
mod preview;
mod report;

/// Texts that a faulty page would treat as markup or script.
const HOSTILE: [&str; 6] = [
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "<!--<script>",
    "right \u{202e}tfel\u{202c} \u{2028} \u{1b}[31mred",
    "{{title}} ${1} &lt;b&gt; \\u003cb\\u003e",
];
