//! Reading `Set-Cookie` (RFC 6265bis, 5.6).

use std::time::{Duration, SystemTime};

use crate::cookie::{Cookie, SameSite};
use crate::date;
use crate::policy::Policy;

/// The most bytes of name and value together.
pub(crate) const MAX_PAIR: usize = 4096;
/// The most bytes of the value of an attribute.
pub(crate) const MAX_ATTRIBUTE: usize = 1024;

/// Reads a line. Every character stands for a byte.
pub(crate) fn parse(line: &str, policy: &Policy, now: SystemTime) -> Option<Cookie> {
    if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
        return None;
    }
    let mut parts = line.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let (name, value) = (trim(name), trim(value));
    let length = name.chars().count() + value.chars().count();
    if length == 0 || length > MAX_PAIR {
        return None;
    }
    let mut cookie = Cookie::new(name, value);
    let mut attributes = Attributes::default();
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        attributes.read(trim(name), trim(value), &mut cookie);
    }
    match policy {
        Policy::Netscape => {
            // It knows no Max-Age.
            attributes.max_age = None;
            if attributes
                .expires
                .is_some_and(|text| !date::is_netscape(text))
            {
                return None;
            }
        }
        Policy::StandardStrict if !is_canonical(&cookie, &attributes) => return None,
        _ => {}
    }
    cookie.expires = attributes.expiry(now);
    Some(cookie)
}

/// What is worth more together than one by one.
#[derive(Default)]
struct Attributes<'a> {
    expires: Option<&'a str>,
    max_age: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    /// Of each attribute, the last one counts.
    fn read(&mut self, name: &str, value: &'a str, cookie: &mut Cookie) {
        if value.len() > MAX_ATTRIBUTE {
            return;
        }
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("expires") {
            if date::parse(value).is_some() {
                self.expires = Some(value);
            }
        } else if is("max-age") {
            let digits = value.strip_prefix('-').unwrap_or(value);
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                self.max_age = Some(value);
            }
        } else if is("domain") {
            let domain = value.strip_prefix('.').unwrap_or(value);
            // RFC 6265, 5.2.3: an empty one is as if it were not there.
            if !value.is_empty() {
                cookie.domain = Some(domain.to_ascii_lowercase());
            }
        } else if is("path") {
            cookie.path = value.starts_with('/').then(|| value.to_owned());
        } else if is("secure") {
            cookie.secure = true;
        } else if is("httponly") {
            cookie.http_only = true;
        } else if is("samesite") {
            cookie.same_site = same_site(value);
        }
    }

    /// `Max-Age` counts more than `Expires`. One that is not positive ends the cookie now, one that
    /// is beyond all times never.
    fn expiry(&self, now: SystemTime) -> Option<SystemTime> {
        let Some(age) = self.max_age else {
            return date::parse(self.expires?);
        };
        if age.starts_with('-') {
            return Some(now);
        }
        // 10,000 years and what no u64 can hold are as long.
        let seconds = age.parse().unwrap_or(u64::MAX).min(10_000 * 366 * 86_400);
        now.checked_add(Duration::from_secs(seconds)).or(Some(now))
    }
}

fn same_site(value: &str) -> Option<SameSite> {
    let known = [
        ("strict", SameSite::Strict),
        ("lax", SameSite::Lax),
        ("none", SameSite::None),
    ];
    let found = known
        .iter()
        .find(|(name, _)| value.eq_ignore_ascii_case(name));
    found.map(|(_, same_site)| *same_site)
}

/// RFC 6265, 4.1.1: what a server should send.
fn is_canonical(cookie: &Cookie, attributes: &Attributes<'_>) -> bool {
    let quoted = cookie
        .value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let value = quoted.unwrap_or(&cookie.value);
    !cookie.name.is_empty()
        && cookie.name.bytes().all(is_token)
        && value.bytes().all(is_octet)
        && attributes.expires.is_none_or(is_rfc1123)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `cookie-octet`: visible ASCII without `"`, `,`, `;` and `\`.
fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn is_rfc1123(text: &str) -> bool {
    let dashed: String = text
        .char_indices()
        .map(|(at, c)| {
            if matches!(at, 7 | 11) && c == ' ' {
                '-'
            } else {
                c
            }
        })
        .collect();
    text.len() == 29 && dashed != text && date::is_netscape(&dashed)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn read(line: &str) -> Option<Cookie> {
        parse(line, &Policy::Default, NOW)
    }

    #[test]
    fn pairs() {
        fn check(line: &str, expected: Option<(&str, &str)>) {
            let cookie = read(line);
            let pair = cookie.as_ref().map(|c| (c.name.as_str(), c.value.as_str()));
            assert_eq!(pair, expected, "{line:?}");
        }
        check("a=b", Some(("a", "b")));
        check(" \ta = b c\t; Path=/", Some(("a", "b c")));
        check("a=b=c", Some(("a", "b=c")));
        check("a=\"b c\"", Some(("a", "\"b c\"")));
        check("a=", Some(("a", "")));
        check("n", Some(("", "n")));
        check("=n", Some(("", "n")));
        check("", None);
        check(" ; Path=/", None);
        check("=", None);
        check("a=b\0c", None);
        check("a=b; Path=/\r\nX: y", None);
        check("a=\u{7f}", None);
        check("a=\u{e9}", Some(("a", "\u{e9}")));
    }

    #[test]
    fn attributes() {
        fn expires(line: &str, expected: Option<SystemTime>) {
            assert_eq!(read(line).unwrap().expires, expected, "{line}");
        }
        let at = |seconds| Some(NOW + Duration::from_secs(seconds));
        let all =
            read("a=b; DOMAIN=.Example.COM; path=/p; Secure; HttpOnly=x; SameSite=lAX").unwrap();
        assert_eq!(all.domain.as_deref(), Some("example.com"));
        assert_eq!(all.path.as_deref(), Some("/p"));
        assert!(all.secure && all.http_only);
        assert_eq!(all.same_site, Some(SameSite::Lax));

        expires("a=b", None);
        expires("a=b; Max-Age=5", at(5));
        expires("a=b; Max-Age=0", at(0));
        expires("a=b; Max-Age=-5", at(0));
        expires(
            "a=b; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:09 GMT",
            at(5),
        );
        expires(
            "a=b; Max-Age=5x; Expires=Thu, 01 Jan 1970 00:00:09 GMT",
            at(9),
        );
        expires("a=b; Max-Age=; Max-Age=-", None);
        expires(
            "a=b; Max-Age=99999999999999999999999",
            at(10_000 * 366 * 86_400),
        );
        expires("a=b; Expires=never", None);

        let last = read("a=b; Path=/x; Path=y; Domain=x; Domain=").unwrap();
        assert_eq!((last.path, last.domain.as_deref()), (None, Some("x")));
    }

    #[test]
    fn sizes() {
        let long = |n| "x".repeat(n);
        assert!(read(&format!("ab={}", long(4094))).is_some());
        assert!(read(&format!("ab={}", long(4095))).is_none());
        let path = read(&format!("a=b; Path=/{}", long(1024))).unwrap().path;
        assert_eq!(path, None);
    }

    #[test]
    fn policies() {
        fn check(policy: &Policy, line: &str, taken: bool) {
            assert_eq!(
                parse(line, policy, NOW).is_some(),
                taken,
                "{policy:?}: {line}"
            );
        }
        let dashed = "a=b; Expires=Wed, 09-Jun-2100 10:18:14 GMT";
        let spaced = "a=b; Expires=Wed, 09 Jun 2100 10:18:14 GMT";
        check(&Policy::Netscape, dashed, true);
        check(&Policy::Netscape, spaced, false);
        check(&Policy::StandardStrict, spaced, true);
        check(&Policy::StandardStrict, dashed, false);
        check(&Policy::StandardStrict, "a=\"b\"", true);
        check(&Policy::StandardStrict, "a=b c", false);
        check(&Policy::StandardStrict, "a b=c", false);
        check(&Policy::StandardStrict, "c", false);
        check(&Policy::Standard, "a b=c d; Expires=soon", true);
        let age = parse("a=b; Max-Age=5", &Policy::Netscape, NOW).unwrap();
        assert_eq!(age.expires, None);
    }

    #[test]
    fn every_prefix_and_flip_is_survived() {
        let line = "sid=\"31 d4\"; Domain=.e.com; Path=/; Expires=Wed, 09-Jun-2100 10:18:14 GMT; Max-Age=9; Secure";
        for at in 0..line.len() {
            let _ = read(&line[..at]);
            for bit in 0..8 {
                let flip = |(i, byte): (usize, u8)| {
                    char::from(if i == at { byte ^ (1 << bit) } else { byte })
                };
                let flipped: String = line.bytes().enumerate().map(flip).collect();
                if let Some(cookie) = read(&flipped) {
                    assert!(crate::header_value(&[cookie]).is_ok(), "{flipped:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_line_is_survived(line in "([a-zA-Z]{0,8}|[=; ,\"\t]|[\u{0}-\u{ff}]|Max-Age=|Expires=|Domain=|[0-9:]{1,9}){0,40}") {
            for policy in [Policy::Default, Policy::Netscape, Policy::Standard, Policy::StandardStrict] {
                if let Some(cookie) = parse(&line, &policy, NOW) {
                    prop_assert!(!cookie.value.contains(';') && !cookie.name.contains(['=', ';']));
                    prop_assert!(crate::header_value(&[cookie]).is_ok());
                }
            }
        }

        #[test]
        fn what_is_written_is_read(name in "[!-:<>-~]{1,9}", value in "[!-:<-~]{0,9}") {
            let line = format!("{name}={value}; Path=/");
            let cookie = read(&line).unwrap();
            prop_assert_eq!((cookie.name, cookie.value), (name, value));
        }
    }
}
