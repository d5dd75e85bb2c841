//! Stub until merged.
/// stub
pub fn nearest<'a>(_word: &str, _known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    None
}
/// stub
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or(String::new(), |k| format!(" (did you mean {k}?)"))
}
