//! The charsets that need no tables, or a small one: UTF-8, UTF-16 and windows-1252.

use std::borrow::Cow;

/// How these bytes spell characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Utf8,
    Utf16Be,
    Utf16Le,
    Windows1252,
}

/// What windows-1252 has in place of the control characters from U+0080 to U+009F, by the WHATWG.
const C1: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    let c1 = byte.checked_sub(0x80).and_then(|i| C1.get(usize::from(i)));
    c1.copied().unwrap_or(char::from(byte))
}

/// The byte of a character in windows-1252.
pub(super) fn windows_1252_byte(character: char) -> Option<u8> {
    match u8::try_from(u32::from(character)) {
        Ok(byte) if !(0x80..0xa0).contains(&byte) => Some(byte),
        _ => {
            let i = C1.iter().position(|&c| c == character)?;
            u8::try_from(0x80 + i).ok()
        }
    }
}

impl Form {
    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Utf16Le => u16::from_le_bytes(bytes),
            _ => u16::from_be_bytes(bytes),
        }
    }

    /// The text of these bytes, with U+FFFD for what is malformed, and whether something was.
    pub(super) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self {
            Self::Utf8 => {
                let text = String::from_utf8_lossy(bytes);
                let lossy = matches!(text, Cow::Owned(_));
                (text, lossy)
            }
            Self::Windows1252 if bytes.is_ascii() => (String::from_utf8_lossy(bytes), false),
            _ => {
                let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
                let lossy = Decoder::new(self).decode(bytes, true, &mut text);
                (Cow::Owned(text), lossy)
            }
        }
    }

    /// The text of these bytes, or where they are malformed.
    pub(super) fn decode_strict(self, bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(error.valid_up_to()),
            },
            Self::Windows1252 => Ok(self.decode(bytes).0),
            Self::Utf16Be | Self::Utf16Le => {
                let mut text = String::with_capacity(bytes.len());
                let (pairs, odd) = bytes.as_chunks();
                let mut position = 0;
                for character in char::decode_utf16(pairs.iter().map(|&pair| self.unit(pair))) {
                    let character = character.map_err(|_| position)?;
                    text.push(character);
                    position += 2 * character.len_utf16();
                }
                if odd.is_empty() {
                    Ok(Cow::Owned(text))
                } else {
                    Err(position)
                }
            }
        }
    }
}

/// Decodes bytes that come piece by piece, without a look at byte order marks.
#[derive(Debug)]
pub(super) struct Decoder {
    form: Form,
    /// What of a character came already: up to three bytes.
    begun: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            begun: Vec::new(),
        }
    }

    /// Adds the text of the next bytes; whether something was malformed.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) -> bool {
        match self.form {
            Form::Utf8 => self.utf8(bytes, last, text),
            Form::Utf16Be | Form::Utf16Le => self.utf16(bytes, last, text),
            Form::Windows1252 => {
                text.extend(bytes.iter().map(|&byte| windows_1252(byte)));
                false
            }
        }
    }

    fn utf8(&mut self, mut bytes: &[u8], last: bool, text: &mut String) -> bool {
        let mut lossy = false;
        while let (false, Some((byte, rest))) = (self.begun.is_empty(), bytes.split_first()) {
            self.begun.push(*byte);
            match std::str::from_utf8(&self.begun) {
                Ok(character) => {
                    text.push_str(character);
                    self.begun.clear();
                    bytes = rest;
                }
                Err(error) if error.error_len().is_none() => bytes = rest,
                // The byte does not belong to what was begun.
                Err(_) => {
                    lossy |= self.replace(text);
                }
            }
        }
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let wrong = chunk.invalid();
            let unfinished = |e: std::str::Utf8Error| e.error_len().is_none();
            if chunks.peek().is_none() && std::str::from_utf8(wrong).is_err_and(unfinished) {
                self.begun.extend_from_slice(wrong);
            } else if !wrong.is_empty() {
                lossy |= self.replace(text);
            }
        }
        if last && !self.begun.is_empty() {
            lossy |= self.replace(text);
        }
        lossy
    }

    fn utf16(&mut self, bytes: &[u8], last: bool, text: &mut String) -> bool {
        let mut lossy = false;
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let (mut pairs, odd) = all.as_chunks();
        // The first half of a surrogate pair waits for the second.
        if let Some((half, before)) = pairs.split_last()
            && (0xd800..0xdc00).contains(&self.form.unit(*half))
            && !(last && odd.is_empty())
        {
            self.begun.extend_from_slice(half);
            pairs = before;
        }
        for character in char::decode_utf16(pairs.iter().map(|&pair| self.form.unit(pair))) {
            lossy |= character.is_err();
            text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.begun.extend_from_slice(odd);
        if last && !self.begun.is_empty() {
            lossy |= self.replace(text);
        }
        lossy
    }

    /// Gives up what was begun.
    fn replace(&mut self, text: &mut String) -> bool {
        self.begun.clear();
        text.push(char::REPLACEMENT_CHARACTER);
        true
    }
}
