//! Plain `MessagePack`: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::msgpack::{self, ReadOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strings = ReadOptions {
        keyword_keys: false,
        ..Default::default()
    };
    if let Ok(value) = msgpack::read_slice_with(data, &strings)
        && let Ok(written) = msgpack::write(&value)
    {
        let back = msgpack::read_slice_with(&written, &strings);
        assert_eq!(back.as_ref(), Ok(&value), "{written:?}");
    }
});
