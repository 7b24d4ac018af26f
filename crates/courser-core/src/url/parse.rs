//! Reading URLs.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::bytes::{HOST, PATH, QUERY, all, encode_into, is, is_path_byte, is_query_byte};
use super::name::to_ascii;
use super::{Rare, Url};
use crate::error::{Error, Result, excerpt};

/// The longest URL that is accepted, in bytes as written.
pub(super) const MAX_LEN: usize = 1 << 20;

/// The text before and after the first `b`, which is ASCII.
pub(super) fn split_at_byte(text: &str, b: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|other| other == b) {
        Some(i) => (text.get(..i).unwrap_or_default(), text.get(i + 1..)),
        None => (text, None),
    }
}

/// Whether a label of an internationalised name is in it, or may be.
fn has_ace_prefix(host: &str) -> bool {
    host.as_bytes().windows(4).any(|part| part == b"xn--")
}

/// What is wrong with a host of the right characters, if it is.
fn misnamed(host: &str) -> Option<&'static str> {
    if host.len() > 253 + usize::from(host.ends_with('.')) {
        return Some("has a host of more than 253 characters");
    }
    let labels = host.strip_suffix('.').unwrap_or(host).as_bytes();
    let mut last: &[u8] = &[];
    for label in labels.split(|&b| b == b'.') {
        if label.is_empty() || label.len() > 63 {
            return Some("has a host with an empty label or one of more than 63 characters");
        }
        last = label;
    }
    // "127.1", "0x7f.1" and "017700000001" are addresses to some readers and names to others.
    let numeric = last.iter().all(u8::is_ascii_digit)
        || last
            .strip_prefix(b"0x")
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if numeric && host.parse::<Ipv4Addr>().is_err() {
        return Some("has a host that is a number but not a plain IPv4 address such as 127.0.0.1");
    }
    None
}

/// Where the host ends that `text` begins with, if it is a name or an IPv4 address without
/// anything to be changed in it or looked at twice.
fn plain_host(text: &[u8]) -> Option<usize> {
    let (mut end, mut label) = (0, 0);
    for &b in text {
        match b {
            b'.' if !(1..=63).contains(&(end - label)) => return None,
            b'.' => label = end + 1,
            // It may be in Punycode.
            b'-' if text.get(end + 1) == Some(&b'-') => return None,
            _ if is(b, HOST) => {}
            _ => break,
        }
        end += 1;
    }
    let last = text.get(label..end)?;
    let number = last.first()?.is_ascii_digit();
    let plain = end <= 253 && last.len() <= 63 && (!number || is_ipv4(text.get(..end)?));
    plain.then_some(end)
}

/// A port that is written as one would print it, and where it ends.
fn plain_port(text: &[u8], start: usize) -> Option<(usize, u16)> {
    let (mut end, mut port) = (start, 0u16);
    while let Some(b @ b'0'..=b'9') = text.get(end) {
        port = port.checked_mul(10)?.checked_add(u16::from(b - b'0'))?;
        end += 1;
    }
    (text.get(start) != Some(&b'0') && end > start).then_some((end, port))
}

/// As [`Ipv4Addr`] reads it: four numbers without leading zeros.
fn is_ipv4(host: &[u8]) -> bool {
    let octet = |text: &[u8]| {
        matches!(
            text,
            [b'0'..=b'9']
                | [b'1'..=b'9', b'0'..=b'9']
                | [b'1', b'0'..=b'9', b'0'..=b'9']
                | [b'2', b'0'..=b'4', b'0'..=b'9']
                | [b'2', b'5', b'0'..=b'5']
        )
    };
    let mut labels = 0;
    let octets = host.split(|b| *b == b'.').all(|label| {
        labels += 1;
        octet(label)
    });
    octets && labels == 4
}

pub(super) struct Parser<'a> {
    /// What it is, for messages.
    pub(super) name: &'static str,
    pub(super) written: &'a str,
}

impl<'a> Parser<'a> {
    /// The URL as it may be shown: what stands before an `@` could be a password.
    fn shown(&self) -> String {
        let text = match self.written.rfind('@') {
            Some(at) => {
                let scheme = self.written.find("://").map_or(0, |i| i + 3).min(at);
                let (head, rest) = self.written.split_at(scheme);
                format!("{head}…{}", rest.get(at - scheme..).unwrap_or_default())
            }
            None => self.written.to_owned(),
        };
        let text = match text.split_once('?') {
            Some((head, _)) => format!("{head}?…"),
            None => text,
        };
        format!("\"{}\"", excerpt(&text, 120))
    }

    pub(super) fn fail(&self, why: impl fmt::Display) -> Error {
        Error::invalid(format!("{} {} {why}", self.name, self.shown()))
    }

    /// A URL in which nothing has to be changed, as most are: gone through once, copied once.
    fn plain(&self) -> Option<Url> {
        let bytes = self.written.as_bytes();
        let https = bytes.starts_with(b"https://");
        let start = if https { 8 } else { 7 };
        if !(https || bytes.starts_with(b"http://")) || bytes.len() > MAX_LEN {
            return None;
        }
        let end_of = |from: usize, class: u8| {
            let rest = bytes.get(from..).unwrap_or_default();
            from + rest.iter().take_while(|b| is(**b, class)).count()
        };
        let end = start + plain_host(bytes.get(start..)?)?;
        let (mut path, mut port) = (end, if https { 443 } else { 80 });
        if bytes.get(end) == Some(&b':') {
            (path, port) = plain_port(bytes, end + 1)?;
        }
        if bytes.get(path) != Some(&b'/') {
            return None;
        }
        let query = end_of(path, PATH);
        let whole = match bytes.get(query) {
            Some(b'?') => end_of(query, QUERY),
            _ => query,
        };
        if whole != bytes.len() {
            return None;
        }
        Some(Url {
            text: self.written.into(),
            rare: None,
            https,
            port,
            host: (start as u32, end as u32),
            path: path as u32,
            query: query as u32,
        })
    }

    pub(super) fn parse(&self) -> Result<Url> {
        if let Some(url) = self.plain() {
            return Ok(url);
        }
        if self.written.len() > MAX_LEN {
            return Err(self.fail(format_args!(
                "is {} bytes long; at most {MAX_LEN} are accepted",
                self.written.len()
            )));
        }
        let plain = |b: u8| (0x20..0x7f).contains(&b);
        if !self.written.bytes().all(plain)
            && let Some((i, c)) = self.written.char_indices().find(|(_, c)| c.is_control())
        {
            return Err(self.fail(format_args!(
                "has the control character {} at byte {i}",
                c.escape_unicode()
            )));
        }
        let (https, rest) = self.scheme()?;
        let ends = |b: u8| matches!(b, b'/' | b'?' | b'#');
        let end = rest.bytes().position(ends).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let as_written = authority.rsplit('@').next().unwrap_or_default();
        let (userinfo, host, port) = self.authority(authority)?;

        let (rest, fragment) = split_at_byte(rest, b'#');
        let (path, query) = split_at_byte(rest, b'?');

        let mut text = String::with_capacity(self.written.len() + 8);
        text.push_str(if https { "https://" } else { "http://" });
        let v6 = host.contains(':');
        if v6 {
            text.push('[');
        }
        let host_start = text.len();
        text.push_str(&host);
        let host_end = text.len();
        if v6 {
            text.push(']');
        }
        if let Some(port) = port {
            // Writing to a `String` cannot fail.
            let _ = fmt::Write::write_fmt(&mut text, format_args!(":{port}"));
        }
        let path_start = text.len();
        let read = text.get(host_start - usize::from(v6)..).unwrap_or_default();
        let in_capitals = read != as_written && read.eq_ignore_ascii_case(as_written);
        if !path.starts_with('/') {
            text.push('/');
        }
        encode_into(&mut text, path, is_path_byte);
        let query_start = text.len();
        if let Some(query) = query {
            text.push('?');
            encode_into(&mut text, query, is_query_byte);
        }
        let fragment = fragment.map(|fragment| {
            let mut out = String::new();
            encode_into(&mut out, fragment, is_query_byte);
            out.into()
        });
        let rare = Rare {
            userinfo,
            fragment,
            written: in_capitals.then(|| as_written.into()),
        };
        Ok(Url {
            text: text.into(),
            rare: rare.kept(),
            https,
            port: port.unwrap_or(if https { 443 } else { 80 }),
            host: (host_start as u32, host_end as u32),
            path: path_start as u32,
            query: query_start as u32,
        })
    }

    fn scheme(&self) -> Result<(bool, &'a str)> {
        if let Some(rest) = self.written.strip_prefix("http://") {
            return Ok((false, rest));
        }
        if let Some(rest) = self.written.strip_prefix("https://") {
            return Ok((true, rest));
        }
        let Some((scheme, rest)) = self.written.split_once("://") else {
            if self.written.is_empty() {
                return Err(Error::invalid(format!("{} is empty", self.name)));
            }
            let error = self.fail("has no scheme");
            let bare = self.written.rsplit('@').next().unwrap_or_default();
            // `http:/host` and `https:host` are slips of the pen too.
            let (scheme, bare) = match bare.split_once(':') {
                Some((scheme @ ("http" | "https"), rest)) => (scheme, rest),
                _ => ("http", bare),
            };
            let bare = bare.trim_start_matches('/');
            return Err(
                if self.written.starts_with('/') && !self.written.starts_with("//") {
                    error.help("a path alone needs a client with a base URL")
                } else {
                    error.help(format!(
                        "did you mean \"{scheme}://{}\"?",
                        excerpt(bare.split('?').next().unwrap_or_default(), 120)
                    ))
                },
            );
        };
        if scheme.eq_ignore_ascii_case("http") {
            Ok((false, rest))
        } else if scheme.eq_ignore_ascii_case("https") {
            Ok((true, rest))
        } else {
            Err(self.fail(format_args!(
                "has the scheme \"{}\"; http and https are supported",
                excerpt(scheme, 20)
            )))
        }
    }

    #[allow(clippy::type_complexity)] // user-info, host, port: named at the one call
    fn authority<'t>(
        &self,
        text: &'t str,
    ) -> Result<(Option<Arc<str>>, Cow<'t, str>, Option<u16>)> {
        if text.bytes().any(|b| b == b'\\') {
            return Err(
                self.fail("has a backslash before its path; write %5C, or / if a path was meant")
            );
        }
        let at = text.bytes().any(|b| b == b'@');
        let (userinfo, host_port) = match at.then(|| text.rsplit_once('@')).flatten() {
            Some((userinfo, _)) if userinfo.contains('@') => {
                return Err(
                    self.fail("has two @ before its path; write %40 in a user name or password")
                );
            }
            Some((userinfo, host_port)) => (Some(Arc::from(userinfo)), host_port),
            None => (None, text),
        };
        let (host, port) = if let Some(rest) = host_port.strip_prefix('[') {
            let Some((literal, port)) = rest.split_once(']') else {
                return Err(self.fail("has an IPv6 address without its closing bracket"));
            };
            (self.ipv6(literal)?.into(), self.port(port)?)
        } else {
            let (host, port) = match host_port.bytes().position(|b| b == b':') {
                Some(i) => host_port.split_at(i),
                None => (host_port, ""),
            };
            if port.get(1..).is_some_and(|rest| rest.contains(':')) {
                return Err(self.fail("has several colons in its host; write IPv6 addresses in brackets: http://[::1]/"));
            }
            (self.name(host)?, self.port(port)?)
        };
        Ok((userinfo, host, port))
    }

    fn ipv6(&self, literal: &str) -> Result<String> {
        match literal.parse::<Ipv6Addr>() {
            // Printed anew, so that one address is one key and one origin.
            Ok(addr) => Ok(addr.to_string()),
            Err(_) if literal.contains('%') => {
                Err(self.fail("has an IPv6 zone identifier, which is not supported"))
            }
            Err(_) => Err(self.fail("has a malformed IPv6 address in its brackets")),
        }
    }

    fn port(&self, text: &str) -> Result<Option<u16>> {
        let digits = match text.strip_prefix(':') {
            None if text.is_empty() => return Ok(None),
            None => return Err(self.fail("has text between its host and its path")),
            Some("") => return Ok(None),
            Some(digits) => digits,
        };
        match digits.parse::<u16>() {
            Ok(port) if port > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(port)),
            _ => Err(self.fail(format_args!(
                "has the port \"{}\"; a number from 1 to 65535 is accepted",
                excerpt(digits, 20)
            ))),
        }
    }

    /// A registered name or an IPv4 address.
    fn name<'t>(&self, host: &'t str) -> Result<Cow<'t, str>> {
        if host.is_empty() {
            return Err(self.fail("has no host"));
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        let name: Cow<'t, str> = if all(host, HOST) && !has_ace_prefix(host) {
            host.into()
        } else {
            let lower = host.to_ascii_lowercase();
            if lower.bytes().all(plain) && !has_ace_prefix(&lower) {
                lower.into()
            } else if let Some(c) = lower.chars().find(|&c| c.is_ascii() && !plain(c as u8)) {
                return Err(self.fail(format_args!("has the character {c:?} in its host")));
            } else {
                to_ascii(&lower).map_err(|why| self.fail(why))?.into()
            }
        };
        match misnamed(&name) {
            Some(why) => Err(self.fail(why)),
            None => Ok(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_hosts() {
        fn check(text: &str, expected: Option<&str>) {
            let host = plain_host(text.as_bytes()).map(|end| &text[..end]);
            assert_eq!(host, expected, "{text}");
        }
        check("a-b.example_1:80/x.y", Some("a-b.example_1"));
        check("255.249.199.0/", Some("255.249.199.0"));
        let long = "a".repeat(63);
        check(&long, Some(&long));
        for other in [
            "", "/", "a.", ".a", "a..b", "A", "xn--a", "a--b", "a.1", "a.0x1",
        ] {
            let end = plain_host(other.as_bytes());
            assert!(end.is_none_or(|end| end == 0), "{other}");
        }
        for too_long in [
            format!("{long}a"),
            format!("{long}a.b"),
            "a.".repeat(127) + "b",
        ] {
            check(&too_long, None);
        }
    }

    #[test]
    fn addresses_are_those_of_std() {
        for number in (0..1000)
            .map(|number| number.to_string())
            .chain(["00".into(), "01".into()])
        {
            for host in [format!("1.2.3.{number}"), format!("{number}.2.3.4")] {
                assert_eq!(
                    is_ipv4(host.as_bytes()),
                    host.parse::<Ipv4Addr>().is_ok(),
                    "{host}"
                );
            }
        }
        for other in [
            "",
            "1.2.3",
            "1.2.3.",
            ".1.2.3",
            "1.2.3.4.",
            "1.2.3.4.5",
            "1.2.3.a",
        ] {
            assert!(!is_ipv4(other.as_bytes()), "{other}");
        }
    }
}
