//! Media files and their captions.

use super::{MEDIA, case, refusals};

#[test]
fn media() {
    let caption = "é".repeat(1025);
    insta::assert_snapshot!(refusals(&[
        case(
            MEDIA,
            "media-type: image, id-or-link: \"{{ x }}\"",
            "HTTPS://example.com/a.png",
            &["", "https://", "https://example.com/a b.png"],
        ),
        case(MEDIA, "media-type: \"{{ x }}\", id-or-link: 1", "audio", &["", "Image", "sticker"]),
        case(
            "send-media-based-template-message",
            "name: a, language-code: en, media-type: \"{{ x }}\", id-or-link: 1",
            "video",
            &["audio"],
        ),
        case(MEDIA, "media-type: image, id-or-link: 1, caption: \"{{ x }}\"", &caption[2..], &[&caption]),
    ]));
}
