//! Chunked bodies, against a decoder that has all of it at once.

#![no_main]

use courser_h1::Options;
use courser_h1_fuzz::{asked, read};
use libfuzzer_sys::fuzz_target;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fuzz_target!(|data: &[u8]| {
    let [size, body @ ..] = data else {
        return;
    };
    let answer = [HEAD, body].concat();
    let exchange = || asked("GET", &Options::default());
    let whole = read(exchange(), &answer, usize::MAX);
    assert_eq!(whole, read(exchange(), &answer, usize::from(*size)));
    let read = whole
        .ok()
        .map(|(answer, _)| (answer.body, answer.length - HEAD.len()));
    // A trailer section may be refused for its fields, which is not modelled.
    match (read, model(body)) {
        (Some(read), model) => {
            assert_eq!(Some(read), model.map(|(body, length, _)| (body, length)))
        }
        (None, Some((_, _, trailers))) => assert!(trailers, "refused"),
        (None, None) => {}
    }
});

/// RFC 9112, 7.1, by the book: the body, where it ends, and whether there are trailers.
fn model(input: &[u8]) -> Option<(Vec<u8>, usize, bool)> {
    let mut body = Vec::new();
    let mut rest = input;
    loop {
        let (line, after) = line(rest)?;
        rest = after;
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (size, extension) = line.split_at(digits);
        let size = std::str::from_utf8(size).ok()?;
        let size = u64::from_str_radix(size, 16).ok()?;
        let extension = extension
            .iter()
            .skip_while(|byte| matches!(byte, b' ' | b'\t'));
        let extension: Vec<u8> = extension.copied().collect();
        let text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        if !matches!(&extension[..], [] | [b';', ..]) || !extension.iter().all(text) {
            return None;
        }
        // Whitespace has to lead to an extension.
        if extension.is_empty() && line.len() > digits {
            return None;
        }
        if size == 0 {
            break;
        }
        let size = usize::try_from(size).ok()?;
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = false;
    loop {
        let (line, after) = line(rest)?;
        rest = after;
        if line.is_empty() {
            return Some((body, input.len() - rest.len(), trailers));
        }
        trailers = true;
    }
}

/// Up to the first CR LF.
fn line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = input.windows(2).position(|two| two == b"\r\n")?;
    Some((&input[..at], &input[at + 2..]))
}
