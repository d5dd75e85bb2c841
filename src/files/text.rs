//! Text files as people's editors and shells write them.

use encoding_rs::{UTF_16BE, UTF_16LE};

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableText {
    /// The line has bytes that are not UTF-8.
    #[error("line {0} is not UTF-8 text; save the file as UTF-8")]
    Line(usize),
    /// It begins as UTF-16 and is not.
    #[error("it begins as UTF-16 and is not; save the file as UTF-8")]
    Utf16,
}

/// The text of a file in UTF-8, or in UTF-16 with a byte order mark, as PowerShell's `>` writes it. The mark is no part of it.
///
/// # Errors
/// It is neither.
pub fn text_of(bytes: Vec<u8>) -> Result<String, UnreadableText> {
    for (mark, encoding) in [(&[0xff, 0xfe], UTF_16LE), (&[0xfe, 0xff], UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, broken) = encoding.decode_without_bom_handling(rest);
            return if broken || rest.len() % 2 == 1 { Err(UnreadableText::Utf16) } else { Ok(text.into_owned()) };
        }
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        UnreadableText::Line(before.split(|byte| *byte == b'\n').count())
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_and_shells_write_is_read() {
        let text = "version: 1\r\nname: Zoé\n";
        let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
        };
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16([0xff, 0xfe], u16::to_le_bytes),
            utf16([0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(text_of(bytes).as_deref(), Ok(text));
        }
        assert_eq!(text_of(b"a\nb\nGr\xfc\xdfe\n".to_vec()), Err(UnreadableText::Line(3)));
        assert_eq!(text_of(b"\xff\xfea".to_vec()), Err(UnreadableText::Utf16));
    }
}
