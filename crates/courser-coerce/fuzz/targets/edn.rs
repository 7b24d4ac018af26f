//! EDN: no input panics, and what is read comes back.

#![no_main]

use courser_coerce::edn;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = edn::read_slice(data) {
        let _ = edn::to_string(&value);
        if let Ok(written) = edn::to_readable_string(&value) {
            assert_eq!(edn::read_str(&written).as_ref(), Ok(&value), "{written}");
        }
    }
});
