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

/// Tells of a head, without the values of fields that carry credentials, or are said to.
pub(crate) fn head(connection: u64, way: Way, bytes: &[u8], is_sensitive: impl Fn(&str) -> bool) {
    if is_on() {
        let mut hidden = false;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            // A folded line goes on with the field before (RFC 9112, 5.2).
            let folded = matches!(line, [b' ' | b'\t', ..]);
            if hidden && folded {
                tell(connection, way, &shown((b"", HIDDEN)));
                continue;
            }
            let line = redacted(line, &is_sensitive);
            hidden = line.1 == HIDDEN;
            tell(connection, way, &shown(line));
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

/// Stands for a value that may not be shown.
const HIDDEN: &str = " …[\\r][\\n]";

/// What of a line may be shown, and what stands for the rest.
fn redacted(line: &[u8], is_sensitive: impl Fn(&str) -> bool) -> (&[u8], &'static str) {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return (line, "");
    };
    let (name, _) = line.split_at(colon);
    // A request line with a URL in it is no field.
    let is_field = !name.contains(&b' ');
    match std::str::from_utf8(name) {
        Ok(name) if is_field && (is_secret(name) || is_sensitive(name)) => {
            (line.get(..=colon).unwrap_or(line), HIDDEN)
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
            assert_eq!(shown(redacted(line, |name| name == "Own")), expected);
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
        check(b"Own: hunter2\r\n", "Own: …[\\r][\\n]");
        check(b"\x00\xe9\"\t", "[0x0][0xe9][\\\"][0x9]");
    }
}
