//! Transit as `MessagePack`: no input panics, and what is read comes back in all three formats.

#![no_main]

use courser_coerce::transit::{self, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = transit::read_slice(data, Format::MessagePack) else {
        return;
    };
    for format in [Format::Json, Format::JsonVerbose, Format::MessagePack] {
        // A tag of Transit's own may stand where it means nothing.
        if let Ok(written) = transit::write(&value, format) {
            let back = transit::read_slice(&written, format).unwrap();
            // As text, in which NaN is NaN, whatever its bits.
            assert_eq!(back.to_string(), value.to_string(), "{format:?}");
        }
    }
});
