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
//!
//! UTF-8, UTF-16, US-ASCII, ISO-8859-1 and windows-1252 are always there; all others by the feature
//! `charset`.

mod label;
mod own;
#[cfg_attr(not(feature = "charset"), path = "no_web.rs")]
mod web;

use std::borrow::Cow;
use std::fmt;

use own::Form;
use web::Web;

pub use label::UnknownCharset;

/// A charset.
///
/// ```
/// use courser_coerce::text::Charset;
///
/// let charset = Charset::for_label("windows-1252")?;
/// let bytes = charset.encode("5 €")?;
/// assert_eq!(&*bytes, b"5 \x80");
/// assert_eq!(charset.decode(&bytes).text, "5 €");
///
/// # #[cfg(feature = "charset")] {
/// assert_eq!(Charset::for_label("shift_jis")?.decode(b"\x93\xfa\x96{").text, "日本");
/// # }
///
/// let error = Charset::for_label("latin1")?.encode("5 €").unwrap_err();
/// assert_eq!(error.to_string(), "ISO-8859-1 has no '€' (U+20AC), at byte 2 of the text");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Utf8,
    /// With a byte order mark.
    Utf16,
    Utf16Be,
    Utf16Le,
    Ascii,
    Latin1,
    Windows1252,
    Web(Web),
}

/// Who reads a charset.
enum Reader {
    Own(Form),
    Web(Web),
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
    pub const UTF_8: Self = Self(Kind::Utf8);
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
            Kind::Utf8 => "UTF-8",
            Kind::Utf16 => "UTF-16",
            Kind::Utf16Be => "UTF-16BE",
            Kind::Utf16Le => "UTF-16LE",
            Kind::Ascii => "US-ASCII",
            Kind::Latin1 => "ISO-8859-1",
            Kind::Windows1252 => "windows-1252",
            Kind::Web(web) => web.name(),
        }
    }

    fn reader(self) -> Reader {
        Reader::Own(match self.0 {
            Kind::Utf8 => Form::Utf8,
            Kind::Utf16 | Kind::Utf16Be => Form::Utf16Be,
            Kind::Utf16Le => Form::Utf16Le,
            Kind::Ascii | Kind::Latin1 | Kind::Windows1252 => Form::Windows1252,
            Kind::Web(web) => return Reader::Web(web),
        })
    }

    /// The charset that the byte order mark of the bytes names, and the bytes behind it.
    fn sniff(self, bytes: &[u8]) -> (Self, &[u8]) {
        let found = MARKS
            .into_iter()
            .find_map(|(mark, kind)| Some((Self(kind), bytes.strip_prefix(mark)?)));
        found.unwrap_or((self, bytes))
    }

    /// The text of these bytes. A byte order mark (UTF-8, UTF-16) beats the charset and is left
    /// out; what is malformed becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        let (charset, bytes) = self.sniff(bytes);
        let (text, lossy) = match charset.reader() {
            Reader::Own(form) => form.decode(bytes),
            Reader::Web(web) => web.decode(bytes),
        };
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
        match self.reader() {
            Reader::Own(form) => form.decode(bytes).0,
            Reader::Web(web) => web.decode(bytes).0,
        }
    }

    /// The text of these bytes, all of which must be well-formed. A byte order mark (UTF-8,
    /// UTF-16) beats the charset and is left out.
    pub fn decode_strict(self, bytes: &[u8]) -> Result<Cow<'_, str>, Malformed> {
        let (charset, body) = self.sniff(bytes);
        let text = match charset.reader() {
            Reader::Own(form) => form.decode_strict(body),
            Reader::Web(web) => web.decode_strict(body),
        };
        text.map_err(|position| Malformed {
            position: position + bytes.len() - body.len(),
            charset,
        })
    }

    /// A decoder for bytes that come piece by piece.
    pub fn decoder(self) -> Decoder {
        Decoder {
            charset: self,
            state: State::Start(Vec::new()),
        }
    }

    /// Whether each character has bytes of its own, wherever it stands: no byte order mark comes
    /// before it, and none that switch to its part of the charset.
    #[cfg(feature = "form")]
    pub(crate) fn is_by_character(self) -> bool {
        match self.0 {
            Kind::Utf16 => false,
            Kind::Web(web) => web.name() != "ISO-2022-JP",
            _ => true,
        }
    }

    /// The bytes of the text.
    ///
    /// # Errors
    /// [`Unmappable`] names the first character that the charset lacks; nothing becomes `?`.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, Unmappable> {
        let lacks = |(character, position)| Unmappable {
            character,
            position,
            charset: self,
        };
        let each = |byte: fn(char) -> Option<u8>| {
            let bytes = text.char_indices();
            let bytes: Result<Vec<u8>, _> = bytes
                .map(|(position, c)| byte(c).ok_or((c, position)))
                .collect();
            bytes.map(Cow::Owned).map_err(lacks)
        };
        match self.0 {
            Kind::Utf8 => Ok(Cow::Borrowed(text.as_bytes())),
            Kind::Utf16Be => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Kind::Utf16Le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Kind::Utf16 if text.is_empty() => Ok(Cow::Borrowed(&[])),
            Kind::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                Ok(units.flat_map(u16::to_be_bytes).collect())
            }
            Kind::Ascii => each(|c| u8::try_from(c).ok().filter(u8::is_ascii)),
            Kind::Latin1 => each(|c| u8::try_from(c).ok()),
            Kind::Windows1252 => each(own::windows_1252_byte),
            Kind::Web(web) => web.encode(text).map(Cow::Owned).map_err(lacks),
        }
    }
}

/// The byte order marks.
const MARKS: [(&[u8], Kind); 3] = [
    (b"\xef\xbb\xbf", Kind::Utf8),
    (b"\xfe\xff", Kind::Utf16Be),
    (b"\xff\xfe", Kind::Utf16Le),
];

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
pub struct Decoder {
    charset: Charset,
    state: State,
}

enum State {
    /// Bytes that may be the beginning of a byte order mark.
    Start(Vec<u8>),
    Own(own::Decoder),
    Web(web::Decoder),
}

impl Decoder {
    /// Adds the text of the next bytes; with `last`, also what an unfinished character becomes.
    /// Returns whether something was malformed.
    pub fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) -> bool {
        match &mut self.state {
            State::Own(decoder) => decoder.decode(bytes, last, text),
            State::Web(decoder) => decoder.decode(bytes, last, text),
            State::Start(start) => {
                let mut start = std::mem::take(start);
                start.extend_from_slice(bytes);
                let open = |mark: &[u8]| mark.len() > start.len() && mark.starts_with(&start);
                if !last && MARKS.iter().any(|(mark, _)| open(mark)) {
                    self.state = State::Start(start);
                    return false;
                }
                let (charset, rest) = self.charset.sniff(&start);
                self.charset = charset;
                self.state = match charset.reader() {
                    Reader::Own(form) => State::Own(own::Decoder::new(form)),
                    Reader::Web(web) => State::Web(web.decoder()),
                };
                self.decode(rest, last, text)
            }
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoder({})", self.charset.name())
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
        decodes("windows-1252", b"\x93\xff\x81", "“ÿ\u{81}");
        decodes("utf-8", b"\xef\xbb", "\u{fffd}");
        decodes("utf-8", b"\xf0\x9f\x98a", "\u{fffd}a");
        decodes("utf-16le", b"\x3d\xd8\0\xdea", "😀\u{fffd}");
        decodes("utf-16be", b"\xd8\x3d\0a\xd8", "\u{fffd}a\u{fffd}");
        #[cfg(feature = "charset")]
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
    }

    #[test]
    #[cfg(feature = "charset")]
    fn encoding_by_tables() {
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
        check("utf-16", b"\0a\xd8\x3d\0a", Err(2));
        #[cfg(feature = "charset")]
        check("shift_jis", b"\x93\xfaa\xff", Err(3));
        let mut long = vec![b'a'; 5000];
        long.push(0xff);
        check("utf-8", &long, Err(5000));
    }
}
