//! EDN, JSON, forms and Transit as JSON: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::transit::Format;
use courser_coerce::{edn, form, json, transit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [which, text @ ..] = data else {
        return;
    };
    match which % 4 {
        0 => {
            if let Ok(value) = edn::read_slice(text)
                && let Ok(written) = edn::to_readable_string(&value)
            {
                assert_eq!(edn::read_str(&written).as_ref(), Ok(&value));
            }
        }
        1 => {
            if let Ok(value) = json::read_slice(text) {
                let written = json::write(&value, &json::WriteOptions::default());
                assert_eq!(json::read_str(&written).as_ref(), Ok(&value));
            }
        }
        2 => {
            for nested in [false, true] {
                let options = form::ReadOptions {
                    nested,
                    ..Default::default()
                };
                let _ = form::read(text, &options);
            }
        }
        _ => {
            if let Ok(value) = transit::read_slice(text, Format::Json) {
                for format in [Format::Json, Format::JsonVerbose] {
                    // A tag of Transit's own may stand where it means nothing.
                    if let Ok(written) = transit::write(&value, format) {
                        assert_eq!(transit::read_slice(&written, format).as_ref(), Ok(&value));
                    }
                }
            }
        }
    }
});
