//! Limits of heads, and what endless input costs.

use crate::feed::{Asked, GET, check, refuse};
use courser_h1::{Error, Limits, Options, Part};

const fn tight(head_bytes: usize, head_lines: usize) -> Asked {
    let limits = Limits {
        head_bytes,
        head_lines,
        ..GET.options.limits
    };
    GET.within(limits)
}

#[test]
fn exact_to_the_byte_and_the_line() {
    let head = "HTTP/1.1 204 \r\nA: 1\r\nB: 2\r\n\r\n";
    let shown = "204  {A: 1, B: 2} KeepAlive";
    check(&tight(head.len(), 2), head, shown);
    let bytes = format!("limit `head_bytes` of {}", head.len() - 1);
    refuse(&tight(head.len() - 1, 2), head, &bytes);
    refuse(&tight(head.len(), 1), head, "limit `head_lines` of 1");
    check(&tight(usize::MAX, usize::MAX), head, shown);
    // Each line of a folded field counts.
    refuse(
        &tight(1000, 2),
        "HTTP/1.1 204 \r\nA: 1\r\n a\r\n b\r\n\r\n",
        "limit `head_lines` of 2",
    );
    // The limit is for each head.
    let twice = format!("HTTP/1.1 103 \r\nA: 1\r\n\r\n{head}");
    check(
        &tight(head.len(), 2),
        twice,
        &format!("103  {{A: 1}} {shown}"),
    );
}

/// Feeds the same piece again and again, as a slow and hostile server would.
fn endless(piece: &[u8]) -> (Error, usize) {
    let mut exchange = GET.exchange();
    let mut input = b"HTTP/1.1 200 \r\n".to_vec();
    for _ in 0..1_000_000 {
        match exchange.read_head(&input) {
            Ok(None) => input.extend_from_slice(piece),
            Ok(Some(_)) => panic!("a head"),
            Err(error) => return (error, input.len()),
        }
    }
    panic!("no end after {} bytes", input.len());
}

#[test]
fn endless_heads() {
    let limit = |limit, allowed| Error::Limit { limit, allowed };
    let bytes = limit("head_bytes", 256 << 10);
    assert_eq!(endless(b"x"), (bytes.clone(), (256 << 10) + 1));
    assert_eq!(endless(b"\r").0, bytes);
    assert_eq!(endless(b"\0").0, bytes);
    assert_eq!(endless(b"X-Header: value\r\n").0, limit("head_lines", 256));
    let long = [b"X: ", &b"y".repeat(4000)[..], b"\r\n"].concat();
    assert_eq!(endless(&long).0, bytes);
}

/// How many bytes of a body are read before an error.
fn endless_chunks(start: &str, piece: &str) -> (Error, usize) {
    let mut exchange = GET.exchange();
    let head = b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n";
    exchange.read_head(head).unwrap().unwrap();
    let mut input = start.as_bytes().to_vec();
    let mut fed = input.len();
    for _ in 0..1_000_000 {
        match exchange.read_body(&input) {
            Ok(Part::Data(range)) => drop(input.drain(..range.end)),
            Ok(Part::More { consumed }) => {
                input.drain(..consumed);
                input.extend_from_slice(piece.as_bytes());
                fed += piece.len();
            }
            Ok(Part::End { .. }) => panic!("an end"),
            Err(error) => return (error, fed),
        }
    }
    panic!("no end after {fed} bytes");
}

#[test]
fn endless_framing() {
    let limits = Options::default().limits;
    let extensions = Error::Limit {
        limit: "chunk_extension_bytes",
        allowed: limits.chunk_extension_bytes,
    };
    for (start, piece) in [
        ("1;", "x"),
        ("1 ", " "),
        ("0", "0"),
        // One byte of body for each 98 of extension.
        (
            "",
            "1;00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\r\na\r\n",
        ),
    ] {
        let (error, fed) = endless_chunks(start, piece);
        assert_eq!(error, extensions, "{piece:?}");
        assert!(fed < 20_000, "{piece:?}: {fed}");
    }
    let (error, fed) = endless_chunks("0\r\n", "A: 1\r\n");
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: "trailer_lines",
                ..
            }
        ),
        "{error}"
    );
    assert!(fed < 2000);
    let (error, _) = endless_chunks("0\r\nA: ", "a");
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: "trailer_bytes",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn documented_defaults() {
    assert_eq!(GET.options, Options::default());
}
