//! Text in any charset: bytes to text and back.
//!
//! Charsets go by their [WHATWG labels](https://encoding.spec.whatwg.org/#names-and-labels), which
//! is what `:as "Shift_JIS"`, `:body-encoding` and `charset=` in a content type name. Four differ
//! from the web's habits, so that they mean what Java (and so clj-http) means:
//!
//! * `ISO-8859-1` (`latin1`) and `US-ASCII` decode as windows-1252, as on the web, which differs
//!   only in bytes that these leave to control characters or undefined; but they *encode* only
//!   what they really have: `€` is an error, not byte 0x80.
//! * `UTF-16` decodes by its byte order mark, without one as big-endian (RFC 2781), and encodes as
//!   big-endian with a byte order mark. `UTF-16BE` and `UTF-16LE` encode without one.

mod label;

use std::borrow::Cow;

use encoding_rs::{
    DecoderResult, EncoderResult, Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

pub use label::UnknownCharset;

/// A charset.
///
/// ```
/// use courser_coerce::text::Charset;
///
/// let charset = Charset::for_label("shift_jis")?;
/// let bytes = charset.encode("日本")?;
/// assert_eq!(&*bytes, b"\x93\xfa\x96{");
/// assert_eq!(charset.decode(&bytes).text, "日本");
///
/// let error = Charset::for_label("latin1")?.encode("5 €").unwrap_err();
/// assert_eq!(error.to_string(), "ISO-8859-1 has no '€' (U+20AC), at byte 2 of the text");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Web(&'static Encoding),
    Ascii,
    Latin1,
    /// With a byte order mark.
    Utf16,
}

/// A character that the charset lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} has no {character:?} (U+{:04X}), at byte {position} of the text",
    .charset.name(), u32::from(*.character)
)]
pub struct Unmappable {
    /// The character.
    pub character: char,
    /// At which byte of the text it stands.
    pub position: usize,
    /// The charset that lacks it.
    pub charset: Charset,
}

/// Bytes that are no text in the charset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {} from byte {position} on", .charset.name())]
pub struct Malformed {
    /// The first byte that is wrong.
    pub position: usize,
    /// The charset, after a look at the byte order mark.
    pub charset: Charset,
}

/// Text that was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, with U+FFFD for what was malformed.
    pub text: Cow<'a, str>,
    /// The charset used: the byte order mark's, if there was one.
    pub charset: Charset,
    /// Whether something was malformed.
    pub lossy: bool,
}

impl Default for Charset {
    /// UTF-8.
    fn default() -> Self {
        Self::UTF_8
    }
}

impl Charset {
    /// UTF-8, the default everywhere.
    pub const UTF_8: Self = Self(Kind::Web(UTF_8));
    /// ISO-8859-1: the first 256 characters of Unicode.
    pub const LATIN_1: Self = Self(Kind::Latin1);
    /// UTF-16, with a byte order mark.
    pub const UTF_16: Self = Self(Kind::Utf16);

    /// The charset of that name: a WHATWG label, in any case, with `_` or `-`.
    ///
    /// # Errors
    /// [`UnknownCharset`] names the nearest known one and lists all.
    ///
    /// ```
    /// use courser_coerce::text::Charset;
    ///
    /// assert_eq!(Charset::for_label("Utf8")?, Charset::UTF_8);
    /// let error = Charset::for_label("utf-88").unwrap_err();
    /// assert!(error.to_string().starts_with(r#"unknown charset "utf-88": did you mean "UTF-8"?"#));
    /// # Ok::<(), courser_coerce::text::UnknownCharset>(())
    /// ```
    pub fn for_label(label: &str) -> Result<Self, UnknownCharset> {
        label::find(label)
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Web(encoding) => encoding.name(),
            Kind::Ascii => "US-ASCII",
            Kind::Latin1 => "ISO-8859-1",
            Kind::Utf16 => "UTF-16",
        }
    }

    fn decoder_encoding(self) -> &'static Encoding {
        match self.0 {
            Kind::Web(encoding) => encoding,
            Kind::Ascii | Kind::Latin1 => WINDOWS_1252,
            Kind::Utf16 => UTF_16BE,
        }
    }

    /// The charset that the byte order mark of the bytes names, and the bytes behind it.
    fn sniff(self, bytes: &[u8]) -> (Self, &[u8]) {
        match Encoding::for_bom(bytes) {
            Some((encoding, length)) => (
                Self(Kind::Web(encoding)),
                bytes.get(length..).unwrap_or_default(),
            ),
            None => (self, bytes),
        }
    }

    /// The text of these bytes. A byte order mark (UTF-8, UTF-16) beats the charset and is left
    /// out; what is malformed becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        let (charset, bytes) = self.sniff(bytes);
        let (text, lossy) = charset
            .decoder_encoding()
            .decode_without_bom_handling(bytes);
        Decoded {
            text,
            charset,
            lossy,
        }
    }

    /// The text of a part of something: there a byte order mark is a character like others, unless
    /// the charset has one of its own.
    #[cfg(feature = "form")]
    pub(crate) fn decode_part(self, bytes: &[u8]) -> Cow<'_, str> {
        if self == Self::UTF_16 {
            return self.decode(bytes).text;
        }
        let encoding = self.decoder_encoding();
        encoding.decode_without_bom_handling(bytes).0
    }

    /// The text of these bytes, all of which must be well-formed. A byte order mark (UTF-8,
    /// UTF-16) beats the charset and is left out.
    pub fn decode_strict(self, bytes: &[u8]) -> Result<Cow<'_, str>, Malformed> {
        let (charset, body) = self.sniff(bytes);
        let encoding = charset.decoder_encoding();
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
            return Ok(text);
        }
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut text = String::with_capacity(1024);
        let mut read = 0;
        loop {
            let rest = body.get(read..).unwrap_or_default();
            let (result, taken) =
                decoder.decode_to_string_without_replacement(rest, &mut text, true);
            read += taken;
            let position = match result {
                DecoderResult::OutputFull => {
                    text.clear();
                    continue;
                }
                DecoderResult::InputEmpty => read,
                DecoderResult::Malformed(length, after) => {
                    read.saturating_sub(usize::from(length) + usize::from(after))
                }
            };
            return Err(Malformed {
                position: position + bytes.len() - body.len(),
                charset,
            });
        }
    }

    /// A decoder for bytes that come piece by piece.
    pub fn decoder(self) -> Decoder {
        Decoder(self.decoder_encoding().new_decoder())
    }

    /// Whether each character has bytes of its own, wherever it stands: no byte order mark comes
    /// before it, and none that switch to its part of the charset.
    #[cfg(feature = "form")]
    pub(crate) fn is_by_character(self) -> bool {
        match self.0 {
            Kind::Web(encoding) => encoding != ISO_2022_JP,
            Kind::Ascii | Kind::Latin1 => true,
            Kind::Utf16 => false,
        }
    }

    /// The bytes of the text.
    ///
    /// # Errors
    /// [`Unmappable`] names the first character that the charset lacks; nothing becomes `?`.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, Unmappable> {
        let below = |limit: u32| {
            let mut bytes = Vec::with_capacity(text.len());
            for (position, character) in text.char_indices() {
                match u8::try_from(u32::from(character)) {
                    Ok(byte) if u32::from(byte) < limit => bytes.push(byte),
                    _ => {
                        return Err(Unmappable {
                            character,
                            position,
                            charset: self,
                        });
                    }
                }
            }
            Ok(Cow::Owned(bytes))
        };
        match self.0 {
            Kind::Web(encoding) if encoding == UTF_8 => Ok(Cow::Borrowed(text.as_bytes())),
            Kind::Web(encoding) if encoding == UTF_16BE => {
                Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect())
            }
            Kind::Web(encoding) if encoding == UTF_16LE => {
                Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
            }
            Kind::Web(encoding) => self.encode_by(encoding, text).map(Cow::Owned),
            Kind::Ascii => below(0x80),
            Kind::Latin1 => below(0x100),
            Kind::Utf16 if text.is_empty() => Ok(Cow::Borrowed(&[])),
            Kind::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                Ok(units.flat_map(u16::to_be_bytes).collect())
            }
        }
    }

    fn encode_by(self, encoding: &'static Encoding, text: &str) -> Result<Vec<u8>, Unmappable> {
        let mut encoder = encoding.new_encoder();
        let mut bytes = Vec::with_capacity(text.len() + 16);
        let mut read = 0;
        loop {
            let rest = text.get(read..).unwrap_or_default();
            let (result, taken) =
                encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            read += taken;
            match result {
                EncoderResult::InputEmpty => return Ok(bytes),
                EncoderResult::OutputFull => bytes.reserve(rest.len() * 2 + 16),
                EncoderResult::Unmappable(character) => {
                    let position = read.saturating_sub(character.len_utf8());
                    return Err(Unmappable {
                        character,
                        position,
                        charset: self,
                    });
                }
            }
        }
    }
}

impl std::str::FromStr for Charset {
    type Err = UnknownCharset;

    fn from_str(label: &str) -> Result<Self, UnknownCharset> {
        Self::for_label(label)
    }
}

/// Decodes bytes that come piece by piece; characters may be split between pieces.
///
/// ```
/// use courser_coerce::text::Charset;
///
/// let mut decoder = Charset::UTF_8.decoder();
/// let mut text = String::new();
/// decoder.decode(b"caf\xc3", false, &mut text);
/// decoder.decode(b"\xa9", true, &mut text);
/// assert_eq!(text, "café");
/// ```
pub struct Decoder(encoding_rs::Decoder);

impl Decoder {
    /// Adds the text of the next bytes; with `last`, also what an unfinished character becomes.
    /// Returns whether something was malformed.
    pub fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) -> bool {
        let mut lossy = false;
        let mut read = 0;
        loop {
            let rest = bytes.get(read..).unwrap_or_default();
            text.reserve(
                self.0
                    .max_utf8_buffer_length(rest.len())
                    .unwrap_or(rest.len()),
            );
            let (result, taken, replaced) = self.0.decode_to_string(rest, text, last);
            read += taken;
            lossy |= replaced;
            if result == encoding_rs::CoderResult::InputEmpty {
                return lossy;
            }
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoder({})", self.0.encoding().name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn decodes(label: &str, bytes: &[u8], expected: &str) {
        let charset = Charset::for_label(label).unwrap();
        assert_eq!(charset.decode(bytes).text, expected, "{label}");
        for split in 0..=bytes.len() {
            let (mut decoder, mut text) = (charset.decoder(), String::new());
            decoder.decode(&bytes[..split], false, &mut text);
            decoder.decode(&bytes[split..], true, &mut text);
            assert_eq!(text, expected, "{label} split at {split}");
        }
    }

    #[test]
    fn decoding() {
        decodes("utf-8", b"caf\xc3\xa9", "café");
        decodes("utf-8", b"caf\xe9", "caf\u{fffd}");
        decodes("utf-8", b"\xef\xbb\xbfa", "a");
        decodes("utf-8", b"\xff\xfea\0", "a");
        decodes("latin1", b"\xe9\x80", "é€");
        decodes("iso-8859-1", b"\xfe\xff\0a", "a");
        decodes("UTF-16", b"\xfe\xff\0h\0\xe9", "hé");
        decodes("UTF-16", b"\xff\xfeh\0\xe9\0", "hé");
        decodes("UTF-16", b"\0h\0\xe9", "hé");
        decodes("UTF-16LE", b"h\0\xe9\0", "hé");
        decodes("Shift_JIS", b"\x93\xfa\x96{", "日本");
    }

    #[track_caller]
    fn encodes(label: &str, text: &str, expected: Result<&[u8], (char, usize)>) {
        let charset = Charset::for_label(label).unwrap();
        let bytes = charset.encode(text);
        let bytes = bytes.as_deref().map_err(|e| (e.character, e.position));
        assert_eq!(bytes, expected, "{label} {text}");
    }

    #[test]
    fn encoding() {
        encodes("utf-8", "é", Ok(b"\xc3\xa9"));
        encodes("latin1", "aé\u{80}", Ok(b"a\xe9\x80"));
        encodes("latin1", "aé€", Err(('€', 3)));
        encodes("us-ascii", "aé", Err(('é', 1)));
        encodes("windows-1252", "€", Ok(b"\x80"));
        encodes("UTF-16", "aé😀", Ok(b"\xfe\xff\0a\0\xe9\xd8\x3d\xde\0"));
        encodes("UTF-16", "", Ok(b""));
        encodes("UTF-16BE", "a", Ok(b"\0a"));
        encodes("utf-16le", "a", Ok(b"a\0"));
        encodes("Shift_JIS", "日本", Ok(b"\x93\xfa\x96{"));
        encodes("Shift_JIS", "日é", Err(('é', 3)));
        encodes("iso-2022-jp", "日", Ok(b"\x1b$BF|\x1b(B"));
        let long = "日".repeat(100_000);
        assert_eq!(
            Charset::for_label("gb18030")
                .unwrap()
                .encode(&long)
                .unwrap()
                .len(),
            200_000
        );
    }

    #[test]
    fn strict_decoding_says_where() {
        let check = |label: &str, bytes: &[u8], expected: Result<&str, usize>| {
            let result = Charset::for_label(label).unwrap().decode_strict(bytes);
            assert_eq!(
                result.as_deref().map_err(|e| e.position),
                expected,
                "{label} {bytes:?}"
            );
        };
        check("utf-8", b"caf\xc3\xa9", Ok("café"));
        check("utf-8", b"caf\xe9!", Err(3));
        check("utf-8", b"\xef\xbb\xbfcaf\xe9!", Err(6));
        check("utf-8", b"caf\xc3", Err(3));
        check("utf-16", b"\0a\0", Err(2));
        check("shift_jis", b"\x93\xfaa\xff", Err(3));
        let mut long = vec![b'a'; 5000];
        long.push(0xff);
        check("utf-8", &long, Err(5000));
    }
}
