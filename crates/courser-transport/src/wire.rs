//! The wire log, in the form of Apache's client.

use std::fmt::Write as _;

use courser_core::is_secret;

const TARGET: &str = "courser::wire";

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Out,
    In,
}

/// Whether anybody listens.
pub(crate) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::TRACE)
}

/// Tells of a head, without the values of fields that carry credentials.
pub(crate) fn head(connection: u64, way: Way, bytes: &[u8]) {
    if is_on() {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            tell(connection, way, &shown(redacted(line)));
        }
    }
}

/// Tells of a piece of a body.
pub(crate) fn body(connection: u64, way: Way, bytes: &[u8]) {
    if is_on() && !bytes.is_empty() {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            tell(connection, way, &shown((line, "")));
        }
    }
}

fn tell(connection: u64, way: Way, line: &str) {
    let arrow = match way {
        Way::Out => ">>",
        Way::In => "<<",
    };
    tracing::trace!(target: TARGET, "http-outgoing-{connection} {arrow} \"{line}\"");
}

/// What of a line may be shown, and what stands for the rest.
fn redacted(line: &[u8]) -> (&[u8], &'static str) {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return (line, "");
    };
    let (name, _) = line.split_at(colon);
    // A request line with a URL in it is no field.
    let is_field = !name.contains(&b' ');
    match std::str::from_utf8(name) {
        Ok(name) if is_field && is_secret(name) => {
            (line.get(..=colon).unwrap_or(line), " …[\\r][\\n]")
        }
        _ => (line, ""),
    }
}

fn shown((bytes, rest): (&[u8], &str)) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("[\\r]"),
            b'\n' => text.push_str("[\\n]"),
            b'"' => text.push_str("[\\\"]"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "[0x{other:x}]");
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_escaped_and_secrets_left_out() {
        fn check(line: &[u8], expected: &str) {
            assert_eq!(shown(redacted(line)), expected);
        }
        check(b"GET /a HTTP/1.1\r\n", "GET /a HTTP/1.1[\\r][\\n]");
        check(
            b"GET http://h/authorization HTTP/1.1\r\n",
            "GET http://h/authorization HTTP/1.1[\\r][\\n]",
        );
        check(b"Host: h\r\n", "Host: h[\\r][\\n]");
        check(
            b"Authorization: Basic aHVudGVyMg==\r\n",
            "Authorization: …[\\r][\\n]",
        );
        check(b"Set-Cookie: sid=hunter2\r\n", "Set-Cookie: …[\\r][\\n]");
        check(b"\x00\xe9\"\t", "[0x0][0xe9][\\\"][0x9]");
    }
}
