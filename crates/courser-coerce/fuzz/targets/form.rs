//! Forms: no input panics, and pairs come back as they were, in any charset.

#![no_main]

use courser_coerce::Value;
use courser_coerce::form::{self, ReadOptions, WriteOptions};
use courser_coerce::text::Charset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [which, text @ ..] = data else {
        return;
    };
    let labels = ["utf-8", "latin1", "utf-16", "shift_jis"];
    let charset = Charset::for_label(labels[usize::from(which % 4)]).unwrap();
    for nested in [false, true] {
        let options = ReadOptions {
            nested,
            charset,
            ..Default::default()
        };
        let _ = form::read(text, &options);
    }
    let options = ReadOptions {
        charset,
        ..Default::default()
    };
    let Ok(pairs) = form::read_pairs(text, &options) else {
        return;
    };
    let params: Vec<Value> = pairs.iter().map(|(k, v)| Value::vector([k, v])).collect();
    let write = WriteOptions::default();
    let written = form::write(&params.into(), &write).unwrap();
    assert_eq!(form::to_string(&pairs).as_ref(), Ok(&written));
    let decoded: Vec<_> = form_urlencoded::parse(written.as_bytes()).into_owned().collect();
    assert_eq!(decoded, pairs, "{written}");
    let back = form::read_pairs(written.as_bytes(), &ReadOptions::default());
    assert_eq!(back.as_ref(), Ok(&pairs), "{written}");
});
