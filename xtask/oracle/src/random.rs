//! The form of random values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use courser_testkit::Exchange;

use crate::digest;
use crate::value::{from_now, http_date, near, now};

/// What is wrong with the value of a random word, if anything is. `recorded` is the value that clj-http sent,
/// `passwords` those of the request.
pub(crate) fn check(
    word: &str,
    value: &str,
    recorded: Option<&str>,
    passwords: &[String],
    exchange: &Exchange,
) -> Option<String> {
    let wrong = |what: &str| Some(format!("{word} {value:?}: {what}"));
    if let Some(offset) = from_now(word) {
        let near = http_date(value).is_some_and(|date| near(date, now() + offset));
        return if near {
            None
        } else {
            wrong("not a date near it")
        };
    }
    match word {
        // RFC 2046, 5.1.1.
        "BOUNDARY" if value.is_empty() || value.len() > 70 => wrong("not of 1 to 70 characters"),
        "BOUNDARY" if !value.bytes().all(is_boundary) || value.ends_with(' ') => {
            wrong("a character that no boundary may have")
        }
        "LENGTH" if value.parse() != Ok(exchange.body.len()) => {
            wrong(&format!("the body has {} bytes", exchange.body.len()))
        }
        "CNONCE" if value.len() < 8 || !value.bytes().all(|b| b.is_ascii_graphic()) => {
            wrong("not random enough")
        }
        // The very one that was recorded is right, even where clj-http hashes something else.
        "RESPONSE" if recorded != Some(value) => {
            let right = passwords
                .iter()
                .filter_map(|password| digest::response(exchange, password));
            let right: Vec<String> = right.collect();
            if right.is_empty() || right.iter().any(|right| right == value) {
                return None;
            }
            wrong(&format!("not {}", right.join(" or ")))
        }
        "NTLM3" if !is_ntlm(value) => wrong("no type 3 message"),
        _ => None,
    }
}

fn is_boundary(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte)
}

fn is_ntlm(value: &str) -> bool {
    STANDARD
        .decode(value)
        .is_ok_and(|message| message.starts_with(b"NTLMSSP\0\x03\0\0\0") && message.len() > 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let exchange = Exchange {
            body: b"12345".to_vec(),
            ..Exchange::default()
        };
        let fine =
            |word: &str, value: &str| check(word, value, Some("0a"), &[], &exchange).is_none();
        assert!(fine("BOUNDARY", "aB0-_"));
        assert!(!fine("BOUNDARY", ""));
        assert!(!fine("BOUNDARY", "a\"b"));
        assert!(!fine("BOUNDARY", &"a".repeat(71)));
        assert!(fine("LENGTH", "5"));
        assert!(!fine("LENGTH", "6"));
        assert!(fine("CNONCE", "0123456789abcdef"));
        assert!(!fine("CNONCE", "0"));
        assert!(fine("RESPONSE", "0a"));
        assert!(!fine("NTLM3", "AAAA"));
        let message = STANDARD.encode([b"NTLMSSP\0\x03\0\0\0".as_slice(), &[0; 60]].concat());
        assert!(fine("NTLM3", &message));
    }
}
