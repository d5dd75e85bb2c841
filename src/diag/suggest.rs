//! The nearest known name for a misspelt one.

use super::cell::marked;

/// The known name that `word` was probably meant to be, if one is near: about every third character may be wrong.
///
/// ```
/// use rowcast::diag::nearest;
///
/// assert_eq!(nearest("bodyparameters", ["name", "body-parameters"]), Some("body-parameters"));
/// assert_eq!(nearest("sticker", ["image", "video"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short: a longer word is no misspelt name, and the distance costs the product of the lengths.
    const LONGEST: usize = 128;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed(name.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many characters of a name may be wrong.
fn allowed(length: usize) -> usize {
    match length {
        0..=2 => 0,
        length => length.div_ceil(3),
    }
}

/// The hint ` (did you mean X?)`, to be put behind a message, or nothing. Where nothing but a space is wrong it has to be seen.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let hint = |name| match marked(name) {
        seen if seen == name => format!(" (did you mean {name}?)"),
        seen => format!(" (did you mean `{seen}`?)"),
    };
    nearest(word, known).map(hint).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_whatever_their_case() {
        let known = ["to", "name", "language-code", "media-type", "image", "video"];
        for (word, name) in [
            ("Image", Some("image")),
            ("nmae", Some("name")),
            ("languagecode", Some("language-code")),
            ("language_code", Some("language-code")),
            ("TO", Some("to")),
            ("sticker", None),
            ("", None),
            ("xyz", None),
        ] {
            assert_eq!(nearest(word, known), name, "{word}");
        }
        assert_eq!(nearest(&"image".repeat(1000), known), None);
    }

    #[test]
    fn the_hint_is_ready_to_be_appended() {
        assert_eq!(did_you_mean("Image", ["image"]), " (did you mean image?)");
        assert_eq!(did_you_mean("sticker", ["image"]), "");
        assert_eq!(did_you_mean("phone", ["name", "phone "]), " (did you mean `phone·`?)");
        assert_eq!(did_you_mean("phone", ["\u{a0}phone"]), " (did you mean `<U+00A0>phone`?)");
        assert_eq!(did_you_mean("Order No", ["Order No."]), " (did you mean Order No.?)");
    }
}
