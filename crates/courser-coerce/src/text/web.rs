//! The charsets of the web, which need tables: those of the crate `encoding_rs`.

use std::borrow::Cow;

use encoding_rs::{CoderResult, DecoderResult, EncoderResult, Encoding};

/// Whether this is more than none.
pub(super) const COMPILED_IN: bool = true;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Web(&'static Encoding);

impl Web {
    /// By a label of the WHATWG.
    pub(super) fn find(label: &str) -> Option<Self> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        self.0.name()
    }

    pub(super) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        self.0.decode_without_bom_handling(bytes)
    }

    /// The text of these bytes, or where they are malformed.
    pub(super) fn decode_strict(self, bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
        let whole = self
            .0
            .decode_without_bom_handling_and_without_replacement(bytes);
        if let Some(text) = whole {
            return Ok(text);
        }
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let mut text = String::with_capacity(1024);
        let mut read = 0;
        loop {
            let rest = bytes.get(read..).unwrap_or_default();
            let (result, taken) =
                decoder.decode_to_string_without_replacement(rest, &mut text, true);
            read += taken;
            return Err(match result {
                DecoderResult::OutputFull => {
                    text.clear();
                    continue;
                }
                DecoderResult::InputEmpty => read,
                DecoderResult::Malformed(length, after) => {
                    read.saturating_sub(usize::from(length) + usize::from(after))
                }
            });
        }
    }

    /// The bytes of the text, or the first character that is lacking and where it stands.
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, (char, usize)> {
        let mut encoder = self.0.new_encoder();
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
                    return Err((character, read.saturating_sub(character.len_utf8())));
                }
            }
        }
    }

    pub(super) fn decoder(self) -> Decoder {
        Decoder(self.0.new_decoder_without_bom_handling())
    }
}

/// Decodes bytes that come piece by piece.
pub(super) struct Decoder(encoding_rs::Decoder);

impl Decoder {
    /// Adds the text of the next bytes; whether something was malformed.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) -> bool {
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
            if result == CoderResult::InputEmpty {
                return lossy;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Web;
    use crate::text::{Charset, label};
    use proptest::prelude::*;

    const OWN: [&str; 4] = ["utf-8", "utf-16be", "utf-16le", "windows-1252"];

    fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let byte = prop::sample::select(&b"\0aA\x80\x9f\xc3\xa9\xf0\x9f\x98\xd8\xdc\xef\xff"[..]);
        let piece = prop::collection::vec(byte, 0..6);
        prop::collection::vec(piece, 0..6)
    }

    /// Every label that we know ourselves names the same charset there.
    #[test]
    fn own_labels_are_the_webs() {
        for (label, charset) in label::OWN {
            let Some(web) = Web::find(label).or_else(|| Web::find(&label.replacen('-', "_", 1)))
            else {
                assert_eq!(label, "utf16", "Java's");
                continue;
            };
            let decoded = charset.decode(b"\x80 \xe9\0").text;
            let expected = match charset {
                Charset::UTF_16 => Web::find("utf-16be").unwrap(),
                _ => web,
            };
            assert_eq!(decoded, expected.decode(b"\x80 \xe9\0").0, "{label}");
        }
    }

    proptest! {
        /// What we decode ourselves, the crate decodes the same way: whole, strictly, in pieces.
        #[test]
        fn own_charsets_are_the_webs(name in prop::sample::select(&OWN[..]), pieces in pieces()) {
            let (own, web) = (Charset::for_label(name).unwrap(), Web::find(name).unwrap());
            let bytes = [b"x\0x\0", &*pieces.concat()].concat();
            let decoded = own.decode(&bytes);
            prop_assert_eq!((decoded.text.clone(), decoded.lossy), web.decode(&bytes));
            let strict = own.decode_strict(&bytes).map_err(|error| error.position);
            prop_assert_eq!(strict, web.decode_strict(&bytes));

            let (mut decoder, mut text) = (own.decoder(), String::new());
            let mut lossy = decoder.decode(b"x\0x\0", false, &mut text);
            for piece in &pieces {
                lossy |= decoder.decode(piece, false, &mut text);
            }
            lossy |= decoder.decode(b"", true, &mut text);
            prop_assert_eq!((text.as_str(), lossy), (&*decoded.text, decoded.lossy));
        }

        #[test]
        fn own_charsets_write_as_the_webs(text in "[\0-\u{ff}€šž’日]{0,8}") {
            let (own, web) = (Charset::for_label("windows-1252").unwrap(), Web::find("windows-1252").unwrap());
            let bytes = own.encode(&text).map_err(|error| (error.character, error.position));
            prop_assert_eq!(bytes.map(std::borrow::Cow::into_owned), web.encode(&text));
        }
    }
}
