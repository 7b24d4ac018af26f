//! Heads, strict and forgiving: no panic, only what the grammar allows, and the same whole and in
//! pieces.

#![no_main]

use courser_h1::{Leniency, Options};
use courser_h1_fuzz::{asked, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [forgiven, size, answer @ ..] = data else {
        return;
    };
    let bit = |number: u8| forgiven & (1 << number) != 0;
    let lenient = Leniency {
        bare_lf: bit(0),
        bare_cr: bit(1),
        space_before_colon: bit(2),
        repeated_length: bit(3),
        length_with_transfer_encoding: bit(4),
        transfer_encoding_in_http10: bit(5),
        other_codings: bit(6),
        space_after_chunk_size: bit(7),
    };
    let mut options = Options {
        lenient,
        ..Options::default()
    };
    // Within reach.
    options.limits.head_bytes = 600;
    options.limits.head_lines = 30;
    options.limits.informational = 4;
    let method = if size % 2 == 0 { "GET" } else { "HEAD" };
    let whole = read(asked(method, &options), answer, usize::MAX);
    let pieces = read(asked(method, &options), answer, usize::from(size / 2));
    assert_eq!(whole, pieces);
});
