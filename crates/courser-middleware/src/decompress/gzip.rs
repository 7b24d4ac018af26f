//! The codings gzip (RFC 1952) and deflate (RFC 1950, and RFC 1951 bare).

use compression_codecs::{DeflateDecoder, GzipDecoder, ZlibDecoder};

use super::adapt::Adapt;
use super::coding::Coding;

pub(super) static GZIP: Coding = Coding {
    name: "gzip",
    alias: Some("x-gzip"), // RFC 9110, 8.4.1.3
    is_sequence: true,     // RFC 1952, 2.2: of members
    decoder: |_| Box::new(Adapt(GzipDecoder::new())),
};

pub(super) static DEFLATE: Coding = Coding {
    name: "deflate",
    alias: None,
    is_sequence: false,
    // RFC 9110, 8.4.1.2: meant is zlib, sent is also what zlib wraps.
    decoder: |start| {
        if is_zlib(start) {
            Box::new(Adapt(ZlibDecoder::new()))
        } else {
            Box::new(Adapt(DeflateDecoder::new()))
        }
    },
};

/// RFC 1950, 2.2: the method is 8, the window at most 32 KiB, and the two bytes a multiple of 31.
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [a, b, ..] => a & 15 == 8 && a >> 4 <= 7 && u16::from_be_bytes([*a, *b]) % 31 == 0,
        _ => false,
    }
}
