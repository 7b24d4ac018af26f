//! Multipart: no body panics or hangs, and names of any kind come back without ending their line.

#![no_main]

use courser_coerce::multipart::{Head, ReadOptions, WriteOptions, read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = read(data, "b", &ReadOptions::default());
    let [at, rest @ ..] = data else {
        return;
    };
    let (name, content) = rest.split_at(rest.len().min(usize::from(*at)));
    let name = String::from_utf8_lossy(name);
    let parts = [
        (Head::file(&*name, &*name), content),
        (Head::text("last"), &b"x"[..]),
    ];
    if let Ok(written) = write(&parts, &WriteOptions::default()) {
        let read = read(&written.body, &written.boundary, &ReadOptions::default());
        // A head of more than 16 KiB is refused.
        let read = read.unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].content, content);
        assert_eq!(read[1].content, b"x");
    }
});
