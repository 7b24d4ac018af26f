//! Text: bad input and round trips in every charset.

#![cfg(feature = "text")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use courser_coerce::text::Charset;
use proptest::prelude::*;

const LABELS: &[&str] = &[
    "utf-8",
    "utf-16",
    "utf-16be",
    "utf-16le",
    "us-ascii",
    "latin1",
    "windows-1252",
    #[cfg(feature = "charset")]
    "shift_jis",
    #[cfg(feature = "charset")]
    "euc-jp",
    #[cfg(feature = "charset")]
    "iso-2022-jp",
    #[cfg(feature = "charset")]
    "gb18030",
    #[cfg(feature = "charset")]
    "big5",
];

fn charset() -> impl Strategy<Value = Charset> {
    prop::sample::select(LABELS).prop_map(|label| Charset::for_label(label).unwrap())
}

proptest! {
    #[test]
    fn what_can_be_encoded_comes_back(charset in charset(), text in "[a-z0-9é日本语ж ]{0,40}") {
        if let Ok(bytes) = charset.encode(&text) {
            prop_assert_eq!(&charset.decode(&bytes).text, &text);
            prop_assert_eq!(&charset.decode_strict(&bytes).unwrap(), &text);
        }
    }

    #[test]
    fn random_bytes_are_text_or_an_error(
        charset in charset(),
        bytes in prop::collection::vec(any::<u8>(), 0..3000),
        split in 0..3000_usize,
    ) {
        let decoded = charset.decode(&bytes);
        match charset.decode_strict(&bytes) {
            Ok(text) => prop_assert_eq!((&text, false), (&decoded.text, decoded.lossy)),
            Err(error) => {
                prop_assert!(decoded.lossy);
                prop_assert!(error.position <= bytes.len());
            }
        }
        let (head, tail) = bytes.split_at(split.min(bytes.len()));
        let (mut decoder, mut text) = (charset.decoder(), String::new());
        decoder.decode(head, false, &mut text);
        decoder.decode(tail, true, &mut text);
        prop_assert_eq!(text, decoded.text);
    }

    #[test]
    fn random_text_is_bytes_or_an_error(charset in charset(), text: String) {
        if let Err(error) = charset.encode(&text) {
            prop_assert!(text[error.position..].starts_with(error.character));
        }
    }

    #[test]
    fn random_labels_are_a_charset_or_an_error(label: String) {
        if let Err(error) = Charset::for_label(&label) {
            prop_assert!(error.to_string().contains("charset"));
        }
    }
}
