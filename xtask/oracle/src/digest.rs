//! What a digest answer has to be (RFC 7616, 3.4), computed from what was sent.

use std::fmt::Write;

use courser_testkit::Exchange;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// The response that follows from the rest of the answer, its request and the password; none if there is no answer in
/// the request, or one of an algorithm that is not known here.
pub(crate) fn response(exchange: &Exchange, password: &str) -> Option<String> {
    let mut values = exchange
        .values("authorization")
        .chain(exchange.values("proxy-authorization"));
    let answer = values.find_map(|value| value.strip_prefix("Digest "))?;
    let algorithm = parameter(answer, "algorithm").unwrap_or_else(|| "MD5".to_owned());
    let (name, session) = match algorithm.strip_suffix("-sess") {
        Some(name) => (name, true),
        None => (algorithm.as_str(), false),
    };
    let hash = match name {
        "MD5" => hash::<Md5>,
        "SHA-256" => hash::<Sha256>,
        "SHA-512-256" => hash::<Sha512_256>,
        _ => return None,
    };
    // The texts of an exchange have a character for each byte, which is what is hashed.
    let say = |name: &str| parameter(answer, name).map(|text| crate::case::bytes(&text));
    let (nonce, cnonce) = (say("nonce")?, say("cnonce").unwrap_or_default());
    let mut secret = hash(&[&say("username")?, &say("realm")?, password.as_bytes()]);
    if session {
        secret = hash(&[secret.as_bytes(), &nonce, &cnonce]);
    }
    let (method, uri) = (exchange.method.as_bytes(), say("uri")?);
    let qop = say("qop");
    let what = if qop.as_deref() == Some(b"auth-int") {
        hash(&[method, &uri, hash(&[&exchange.body]).as_bytes()])
    } else {
        hash(&[method, &uri])
    };
    let (secret, what) = (secret.as_bytes(), what.as_bytes());
    Some(match qop {
        Some(qop) => hash(&[secret, &nonce, &say("nc")?, &cnonce, &qop, what]),
        None => hash(&[secret, &nonce, what]),
    })
}

/// The parts, with colons between them, in hexadecimals.
fn hash<D: Digest>(parts: &[&[u8]]) -> String {
    let digest = D::digest(parts.join(&b':'));
    let mut text = String::new();
    for byte in digest {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A parameter's value, unquoted.
fn parameter(answer: &str, wanted: &str) -> Option<String> {
    let mut rest = answer;
    while let Some((name, after)) = rest.split_once('=') {
        let quoted = after.strip_prefix('"');
        let mut value = String::new();
        let mut characters = quoted.unwrap_or(after).chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' if quoted.is_some() => value.extend(characters.next()),
                '"' if quoted.is_some() => break,
                ',' if quoted.is_none() => break,
                other => value.push(other),
            }
        }
        if name.trim_matches([',', ' ']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = characters.as_str();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, user: &str, password: &str, body: &str, expected: &str) {
        let answer = format!("Digest username=\"{user}\", uri=\"/dir/index.html\", {answer}");
        let exchange = Exchange {
            method: "GET".to_owned(),
            headers: vec![("Authorization".to_owned(), answer)],
            body: body.as_bytes().to_vec(),
            ..Exchange::default()
        };
        assert_eq!(response(&exchange, password).as_deref(), Some(expected));
    }

    /// RFC 7616, 3.9.1.
    #[test]
    fn examples_of_the_rfc() {
        let more = "realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth";
        let (user, password) = ("Mufasa", "Circle of Life");
        check(
            &format!("{more}, algorithm=MD5"),
            user,
            password,
            "",
            "8ca523f5e9506fed4657c9700eebdbec",
        );
        check(
            &format!("{more}, algorithm=SHA-256"),
            user,
            password,
            "",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        );
    }

    #[test]
    fn parameters_are_unquoted() {
        let answer = r#"a="x, b=\"y\"", b=2,c="3""#;
        assert_eq!(parameter(answer, "A").as_deref(), Some(r#"x, b="y""#));
        assert_eq!(parameter(answer, "b").as_deref(), Some("2"));
        assert_eq!(parameter(answer, "c").as_deref(), Some("3"));
        assert_eq!(parameter(answer, "d"), None);
    }

    #[test]
    fn what_is_no_answer_has_no_response() {
        let mut exchange = Exchange::default();
        assert_eq!(response(&exchange, "p"), None);
        let answer = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", algorithm=NOPE";
        exchange.headers = vec![("Proxy-Authorization".to_owned(), answer.to_owned())];
        assert_eq!(response(&exchange, "p"), None);
    }
}
