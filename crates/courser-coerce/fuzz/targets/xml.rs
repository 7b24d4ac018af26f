//! XML: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::xml::{self, WriteOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = xml::read_slice(data)
        && let Ok(written) = xml::write(&value, &WriteOptions::default())
    {
        assert_eq!(xml::read_str(&written).as_ref(), Ok(&value), "{written}");
    }
});
