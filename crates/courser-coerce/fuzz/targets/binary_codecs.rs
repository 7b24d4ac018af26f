//! `MessagePack`, plain and as Transit: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::msgpack::{self, ReadOptions};
use courser_coerce::transit::{self, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strings = ReadOptions {
        keyword_keys: false,
        ..Default::default()
    };
    if let Ok(value) = msgpack::read_slice_with(data, &strings)
        && let Ok(written) = msgpack::write(&value)
    {
        assert_eq!(
            msgpack::read_slice_with(&written, &strings).as_ref(),
            Ok(&value)
        );
    }
    if let Ok(value) = transit::read_slice(data, Format::MessagePack)
        && let Ok(written) = transit::write(&value, Format::MessagePack)
    {
        assert_eq!(
            transit::read_slice(&written, Format::MessagePack).as_ref(),
            Ok(&value)
        );
    }
});
