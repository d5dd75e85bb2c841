//! The encodings of lists: detecting one, and decoding to UTF-8.
//!
//! Belongs here: detection by the bytes, and decoding, which keeps line numbers. Does not belong here: what the user
//! reads about it.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::limits::CHUNK;

/// An encoding of the WHATWG Encoding Standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    pub(super) const UTF_8: Self = Self(UTF_8);
    pub(super) const WINDOWS_1252: Self = Self(WINDOWS_1252);

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The usual spelling: the standard writes the names of Windows encodings in lower case.
        f.write_str(if *self == Self::WINDOWS_1252 { "Windows-1252" } else { self.name() })
    }
}

/// The error for an unknown encoding name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no encoding is called {0:?}; there are for example utf-8, utf-16le, utf-16be, windows-1252, windows-1251, \
     iso-8859-15, macintosh, gb18030, shift_jis"
)]
pub struct UnknownEncoding(String);

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(label: &str) -> Result<Self, UnknownEncoding> {
        let found = encoding_rs::Encoding::for_label(label.as_bytes()).filter(|found| *found != REPLACEMENT);
        found.map(Self).ok_or_else(|| UnknownEncoding(label.to_owned()))
    }
}

/// The encoding of a byte order mark.
pub(super) fn by_mark(head: &[u8]) -> Option<Encoding> {
    encoding_rs::Encoding::for_bom(head).map(|(found, _)| Encoding(found))
}

/// Detects UTF-16 without a mark: most characters of a list are ASCII, so every other byte is NUL and the bytes between
/// are not.
pub(super) fn by_nuls(head: &[u8]) -> Option<Encoding> {
    let pairs = head.chunks_exact(2);
    let units = pairs.len();
    let (mut first, mut second) = (0, 0);
    for pair in pairs {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    let many = |nuls: usize| units > 0 && nuls * 10 >= units * 3;
    match (first, second) {
        (0, nuls) if many(nuls) => Some(Encoding(UTF_16LE)),
        (nuls, 0) if many(nuls) => Some(Encoding(UTF_16BE)),
        _ => None,
    }
}

/// The result of scanning all bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned {
    /// Valid to its end, or a mixture that the reader will report at its line.
    Utf8,
    /// No byte beyond ASCII belongs to a valid UTF-8 character, and each is a Windows-1252 character.
    Windows1252,
}

/// Scans bytes until the encoding is certain.
pub(super) fn scan(mut reader: impl Read) -> io::Result<Scanned> {
    let (mut many_bytes, mut stray, mut impossible) = (false, false, false);
    let mut buffer = vec![0; CHUNK + 4];
    let mut kept = 0;
    loop {
        let read = match reader.read(&mut buffer[kept..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = read == 0;
        let filled = kept + read;
        let mut rest = &buffer[..filled];
        let mut cut = 0;
        while !rest.is_empty() {
            let Err(error) = std::str::from_utf8(rest) else {
                many_bytes |= !rest.is_ascii();
                break;
            };
            let (valid, wrong) = rest.split_at(error.valid_up_to());
            many_bytes |= !valid.is_ascii();
            let length = match error.error_len() {
                Some(length) => length,
                None if end => wrong.len(),
                None => {
                    cut = wrong.len();
                    break;
                }
            };
            stray = true;
            // Windows-1252 has no character for these five (WHATWG Encoding Standard, index-windows-1252).
            impossible |= wrong[..length].iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
            rest = &wrong[length..];
        }
        if end || stray && (many_bytes || impossible) {
            let only_strays = stray && !many_bytes && !impossible;
            return Ok(if only_strays { Scanned::Windows1252 } else { Scanned::Utf8 });
        }
        buffer.copy_within(filled - cut..filled, 0);
        kept = cut;
    }
}

/// Decodes to UTF-8, without the byte order mark. A malformed sequence becomes the byte 0xFF, which UTF-8 does not
/// have, so that the reader of rows reports its line and column.
pub(super) struct Decoding<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
    given: usize,
    ended: bool,
    finished: bool,
}

/// Replaces a malformed sequence.
const MALFORMED: u8 = 0xff;

impl<R: Read> Decoding<R> {
    pub(super) fn new(inner: R, encoding: Encoding) -> Self {
        let decoder = encoding.0.new_decoder_with_bom_removal();
        Self {
            inner,
            decoder,
            input: Vec::new(),
            taken: 0,
            output: Vec::new(),
            given: 0,
            ended: false,
            finished: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.taken == self.input.len() && !self.ended {
            self.input.resize(CHUNK, 0);
            let read = loop {
                match self.inner.read(&mut self.input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.input.truncate(read);
            self.taken = 0;
            self.ended = read == 0;
        }
        self.given = 0;
        // Room for the decoded input, one more character, and the byte for a malformed sequence.
        self.output.resize(CHUNK * 3 + 16, 0);
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.input[self.taken..],
            &mut self.output[..CHUNK * 3 + 15],
            self.ended,
        );
        self.taken += read;
        self.output.truncate(written);
        match result {
            DecoderResult::Malformed(..) => self.output.push(MALFORMED),
            DecoderResult::InputEmpty => self.finished = self.ended,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.finished {
                return Ok(0);
            }
            self.fill()?;
        }
        let end = buffer.len().min(self.output.len() - self.given);
        buffer[..end].copy_from_slice(&self.output[self.given..self.given + end]);
        self.given += end;
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8], label: &str) -> Vec<u8> {
        let mut out = Vec::new();
        Decoding::new(bytes, label.parse().unwrap()).read_to_end(&mut out).unwrap();
        out
    }

    /// Gives one byte at a time.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(1);
            self.0.read(&mut buffer[..end])
        }
    }

    #[test]
    fn labels_of_the_standard() {
        for (label, name) in
            [("utf8", "UTF-8"), ("latin1", "Windows-1252"), ("UTF-16", "UTF-16LE"), ("cp1251", "windows-1251")]
        {
            assert_eq!(label.parse::<Encoding>().unwrap().to_string(), name);
        }
        for unknown in ["", "utf-32", "iso-2022-kr", "ebcdic"] {
            assert!(unknown.parse::<Encoding>().is_err(), "{unknown}");
        }
    }

    #[test]
    fn every_byte_counts_for_what_a_file_is() {
        let long = "x".repeat(CHUNK + 3);
        for (bytes, expected) in [
            (b"abc".to_vec(), Scanned::Utf8),
            ("José".into(), Scanned::Utf8),
            (b"Jos\xe9".to_vec(), Scanned::Windows1252),
            (b"\x80 5".to_vec(), Scanned::Windows1252),
            (b"Jos\xe9 \x81".to_vec(), Scanned::Utf8),
            (b"Jos\xe9 Jos\xc3\xa9".to_vec(), Scanned::Utf8),
            ([long.as_bytes(), b"\xe9"].concat(), Scanned::Windows1252),
            ([long.as_bytes(), "é".as_bytes(), long.as_bytes(), b"\xe9"].concat(), Scanned::Utf8),
        ] {
            assert_eq!(scan(&bytes[..]).unwrap(), expected, "{} bytes", bytes.len());
            assert_eq!(scan(Dripping(&bytes)).unwrap(), expected, "{} bytes, one by one", bytes.len());
        }
    }

    #[test]
    fn utf_16_is_known_by_its_nuls() {
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        assert_eq!(by_nuls(&le("phone;name\n+49;山田太郎\n")), Some(Encoding(UTF_16LE)));
        assert_eq!(by_nuls(&be("phone;name\n+49;山田太郎\n")), Some(Encoding(UTF_16BE)));
        assert_eq!(by_nuls(b"phone,name\n+16505551234,\"a\n\0b\"\n"), None);
        assert_eq!(by_nuls(b""), None);
        assert_eq!(by_nuls(b"\0\0\0\0"), None);
    }

    #[test]
    fn what_is_malformed_stays_visible() {
        assert_eq!(decoded(b"\xff\xfea\0\n\0b", "utf-16le"), b"a\n\xff");
        assert_eq!(decoded(b"\0a\xd8\x00\0b", "utf-16be"), b"a\xffb");
        assert_eq!(decoded(b"Jos\xe9 \x80", "windows-1252"), "José €".as_bytes());
        assert_eq!(decoded(b"\xff\xfe\xff\xfea\0", "utf-16le"), "\u{feff}a".as_bytes());
    }

    proptest! {
        #[test]
        fn text_survives(text in any::<String>(), big in any::<bool>()) {
            let text = text.trim_start_matches('\u{feff}');
            let units = text.encode_utf16();
            let (bytes, label): (Vec<u8>, _) = if big {
                (units.flat_map(u16::to_be_bytes).collect(), "utf-16be")
            } else {
                (units.flat_map(u16::to_le_bytes).collect(), "utf-16le")
            };
            prop_assert_eq!(decoded(&bytes, label), text.as_bytes());
            let mut dripped = Vec::new();
            Decoding::new(Dripping(&bytes), label.parse().unwrap()).read_to_end(&mut dripped).unwrap();
            prop_assert_eq!(dripped, text.as_bytes());
        }
    }
}
