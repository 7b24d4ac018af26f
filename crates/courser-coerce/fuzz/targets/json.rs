//! JSON: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::json::{self, ReadOptions, WriteOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strings = ReadOptions {
        keyword_keys: false,
        ..Default::default()
    };
    let read = json::read_slice_with(data, &strings);
    let Ok(value) = read else {
        return;
    };
    for escape_non_ascii in [false, true] {
        let options = WriteOptions {
            escape_non_ascii,
            ..Default::default()
        };
        let written = json::write(&value, &options);
        let back = json::read_slice_with(written.as_bytes(), &strings);
        assert_eq!(back.as_ref(), Ok(&value), "{written}");
    }
});
