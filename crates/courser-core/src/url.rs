//! URLs as they were written.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::error::{Error, Result, excerpt};

/// An absolute `http` or `https` URL, kept as it was written.
///
/// Dot segments, doubled slashes, and the case of percent escapes go out unchanged. Only what
/// [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986) does not allow in a path or a query is
/// percent-encoded, as UTF-8; a `%` that begins no escape becomes `%25`. Scheme and host are
/// lower-cased, and a host outside ASCII becomes its IDNA form. The user-info is set apart and
/// never printed.
///
/// Whatever could be read in two ways is an error, because the reader who connects and the
/// reader who checked must agree: control characters, a backslash or a second `@` before the
/// path, percent escapes in the host, and numbers that are not a plain IPv4 address.
///
/// ```
/// use courser_core::Url;
///
/// let url = Url::parse("http://Example.org//a/../b c?q=é").unwrap();
/// assert_eq!(url.as_str(), "http://example.org//a/../b%20c?q=%C3%A9");
/// assert_eq!((url.host(), url.port(), url.path()), ("example.org", 80, "//a/../b%20c"));
///
/// let error = Url::parse("localhost:8080/x").unwrap_err();
/// assert!(error.to_string().contains("\"http://localhost:8080/x\""));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    /// `scheme://host[:port]/path[?query]`
    text: Arc<str>,
    userinfo: Option<Arc<str>>,
    fragment: Option<Arc<str>>,
    /// Host and port as written, if in capitals.
    written: Option<Arc<str>>,
    https: bool,
    port: u16,
    /// Where the host begins and ends in `text`, brackets of IPv6 outside.
    host: (u32, u32),
    path: u32,
    /// Where `?` stands, or the length.
    query: u32,
}

/// The longest URL that is accepted, in bytes as written.
const MAX_LEN: usize = 1 << 20;

impl Url {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), which shows the URL (shortened,
    /// without credentials), says what is wrong with it and, where it can be guessed, what was
    /// meant.
    pub fn parse(written: &str) -> Result<Self> {
        Parser { written }.parse()
    }

    /// The URL without user-info and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    fn slice(&self, from: u32, to: u32) -> &str {
        self.text
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }

    /// The host: a name, an IPv4 address, or an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.slice(self.host.0, self.host.1)
    }

    /// The port, with the scheme's default filled in.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and, where one was written, port: the value of the `Host` header, in the case in
    /// which it was written.
    #[must_use]
    pub fn authority(&self) -> &str {
        if let Some(written) = &self.written {
            return written;
        }
        let start = self.scheme().len() + 3;
        self.slice(start as u32, self.path)
    }

    /// The path; at least `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.slice(self.path, self.query)
    }

    /// The query, without its `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.query as usize + 1..)
    }

    /// Path and query: the request target in origin form.
    #[must_use]
    pub fn target(&self) -> &str {
        self.slice(self.path, self.text.len() as u32)
    }

    /// The fragment, without its `#`. It is never sent.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// The user-info as written, still percent-encoded.
    #[must_use]
    pub fn userinfo(&self) -> Option<&str> {
        self.userinfo.as_deref()
    }

    /// The URL without its user-info.
    #[must_use]
    pub fn without_userinfo(mut self) -> Self {
        self.userinfo = None;
        self
    }

    /// Whether scheme, host and port are the same (RFC 6454).
    #[must_use]
    pub fn same_origin(&self, other: &Url) -> bool {
        self.https == other.https && self.port == other.port && self.host() == other.host()
    }

    /// Appends to the query with `&`, or begins one.
    ///
    /// `query` is taken as encoded already; what can stand in no request line (spaces, control
    /// characters, `#`, anything outside ASCII) is encoded all the same. `[` and `]` stay, as
    /// clj-http sends them for its `:multi-param-style`.
    #[must_use]
    pub fn append_query(&self, query: &str) -> Self {
        if query.is_empty() {
            return self.clone();
        }
        let mut text = String::with_capacity(self.text.len() + query.len() + 1);
        text.push_str(&self.text);
        match self.query() {
            None => text.push('?'),
            Some("") => {}
            Some(_) => text.push('&'),
        }
        encode_into(&mut text, query, |b| {
            is_query_byte(b) || matches!(b, b'[' | b']')
        });
        Url {
            text: text.into(),
            ..self.clone()
        }
    }

    /// The URL with its path tidied: doubled slashes become one, and dot segments are resolved
    /// (RFC 3986, 5.2.4). Percent escapes stay as they are, and so does the query.
    ///
    /// ```
    /// use courser_core::Url;
    ///
    /// let url = Url::parse("http://h//a/./b/../c/?q=x//y").unwrap();
    /// assert_eq!(url.normalized().target(), "/a/c/?q=x//y");
    /// ```
    #[must_use]
    pub fn normalized(&self) -> Self {
        let mut segments: Vec<&str> = Vec::new();
        let mut folder = false;
        for segment in self.path().split('/') {
            folder = matches!(segment, "" | "." | "..");
            match segment {
                "" | "." => {}
                ".." => drop(segments.pop()),
                _ => segments.push(segment),
            }
        }
        let start = self.path as usize;
        let mut text = self.text.get(..start).unwrap_or_default().to_owned();
        for segment in &segments {
            text.extend(["/", segment]);
        }
        if folder || segments.is_empty() {
            text.push('/');
        }
        let query = text.len() as u32;
        text.push_str(self.text.get(self.query as usize..).unwrap_or_default());
        Url {
            text: text.into(),
            query,
            ..self.clone()
        }
    }

    /// The URL for messages: no credentials, and the values of the query replaced by `…`.
    #[must_use]
    pub fn redacted(&self) -> String {
        let (head, _) = self.text.split_at(self.query as usize);
        let mut out = head.to_owned();
        let mut sep = '?';
        for pair in self.query().into_iter().flat_map(|q| q.split('&')) {
            out.push(sep);
            sep = '&';
            match pair.split_once('=') {
                Some((name, _)) => out.extend([name, "=…"]),
                None => out.push_str(pair),
            }
        }
        out
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({:?})", self.redacted())
    }
}

impl std::str::FromStr for Url {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        Url::parse(s)
    }
}

impl TryFrom<&http::Uri> for Url {
    type Error = Error;
    fn try_from(uri: &http::Uri) -> Result<Self> {
        Url::parse(&uri.to_string())
    }
}

/// What a byte may be part of, as bits: a URL is looked at byte by byte, for every request.
static CLASSES: [u8; 256] = classes();
const PATH: u8 = 1;
const QUERY: u8 = 2;
/// A host that is a name in lower case, or an address.
const HOST: u8 = 4;

#[allow(clippy::indexing_slicing)] // when it is compiled
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut b = 0u8;
    while b < 128 {
        let unreserved = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        let sub_delim = matches!(
            b,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        );
        if unreserved || sub_delim || matches!(b, b':' | b'@' | b'/') {
            classes[b as usize] |= PATH | QUERY;
        }
        if b == b'?' {
            classes[b as usize] |= QUERY;
        }
        if b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_') {
            classes[b as usize] |= HOST;
        }
        b += 1;
    }
    classes
}

fn is(b: u8, class: u8) -> bool {
    CLASSES
        .get(usize::from(b))
        .is_some_and(|bits| bits & class != 0)
}

fn all(text: &str, class: u8) -> bool {
    text.bytes().all(|b| is(b, class))
}

fn is_path_byte(b: u8) -> bool {
    is(b, PATH)
}

fn is_query_byte(b: u8) -> bool {
    is(b, QUERY)
}

/// Appends `text`, percent-encoding the bytes that `legal` does not know, and every `%` that
/// does not begin an escape.
fn encode_into(out: &mut String, text: &str, legal: fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Mostly there is nothing to do.
    if text.bytes().all(legal) {
        out.push_str(text);
        return;
    }
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    for (i, &b) in bytes.iter().enumerate() {
        let escape = b == b'%' && hex(i + 1) && hex(i + 2);
        if escape || legal(b) {
            out.push(char::from(b));
        } else {
            out.push('%');
            for nibble in [b >> 4, b & 15] {
                out.push(char::from(
                    HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'),
                ));
            }
        }
    }
}

/// The text before and after the first `b`, which is ASCII.
fn split_at_byte(text: &str, b: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|other| other == b) {
        Some(i) => (text.get(..i).unwrap_or_default(), text.get(i + 1..)),
        None => (text, None),
    }
}

/// Whether a label of an internationalised name is in it, or may be.
fn has_ace_prefix(host: &str) -> bool {
    host.as_bytes().windows(4).any(|part| part == b"xn--")
}

struct Parser<'a> {
    written: &'a str,
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

    fn fail(&self, why: impl fmt::Display) -> Error {
        Error::invalid(format!(":url {} {why}", self.shown()))
    }

    fn parse(&self) -> Result<Url> {
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

        // Mostly nothing has to be changed, and what is written is copied but once.
        let scheme = if https { "https://" } else { "http://" };
        let digits = port.map_or(0, |port| 2 + port.ilog10() as usize);
        if matches!(host, Cow::Borrowed(_))
            && authority.len() == host.len() + digits
            && self.written.starts_with(scheme)
            && path.starts_with('/')
            && all(path, PATH)
            && query.is_none_or(|query| all(query, QUERY))
            && fragment.is_none()
        {
            let start = scheme.len();
            let path_start = start + authority.len();
            return Ok(Url {
                text: self.written.into(),
                userinfo: None,
                fragment: None,
                written: None,
                https,
                port: port.unwrap_or(if https { 443 } else { 80 }),
                host: (start as u32, (start + host.len()) as u32),
                path: path_start as u32,
                query: (path_start + path.len()) as u32,
            });
        }
        let mut text = String::with_capacity(self.written.len() + 8);
        text.push_str(scheme);
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
        Ok(Url {
            text: text.into(),
            userinfo,
            fragment,
            written: in_capitals.then(|| as_written.into()),
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
                return Err(Error::invalid(":url is empty"));
            }
            let error = self.fail("has no scheme");
            let bare = self.written.rsplit('@').next().unwrap_or_default();
            let bare = bare.trim_start_matches('/');
            return Err(
                if self.written.starts_with('/') && !self.written.starts_with("//") {
                    error.help("a path alone needs a client with a base URL")
                } else {
                    error.help(format!(
                        "did you mean \"http://{}\"?",
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
                let name = idna::domain_to_ascii(&lower).map_err(|_| {
                    self.fail("has a host that is not a valid internationalized name (IDNA)")
                })?;
                name.into()
            }
        };
        if name.len() > 253 + usize::from(name.ends_with('.')) {
            return Err(self.fail("has a host of more than 253 characters"));
        }
        let labels = name.strip_suffix('.').unwrap_or(&name).as_bytes();
        let mut last: &[u8] = &[];
        for label in labels.split(|&b| b == b'.') {
            if label.is_empty() || label.len() > 63 {
                return Err(
                    self.fail("has a host with an empty label or one of more than 63 characters")
                );
            }
            last = label;
        }
        // "127.1", "0x7f.1" and "017700000001" are addresses to some readers and names to others.
        let numeric = last.iter().all(u8::is_ascii_digit)
            || last
                .strip_prefix(b"0x")
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        if numeric && name.parse::<Ipv4Addr>().is_err() {
            return Err(self.fail(
                "has a host that is a number but not a plain IPv4 address such as 127.0.0.1",
            ));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_and_sent() {
        fn check(written: &str, sent: &str) {
            assert_eq!(Url::parse(written).unwrap().as_str(), sent, "{written}");
        }
        check("http://h", "http://h/");
        check("http://h?a=1", "http://h/?a=1");
        check("HTTP://LocalHost:81/P", "http://localhost:81/P");
        check("http://h:80/", "http://h:80/");
        check("http://h:/", "http://h/");
        check("http://h/a b/c d?q=a b", "http://h/a%20b/c%20d?q=a%20b");
        check(
            "http://h/a<b>\"c\"{d}|e\\f^g`h",
            "http://h/a%3Cb%3E%22c%22%7Bd%7D%7Ce%5Cf%5Eg%60h",
        );
        check(
            "http://h/-._~!$&'()*+,;=:@?-._~!$&'()*+,;=:@/?",
            "http://h/-._~!$&'()*+,;=:@?-._~!$&'()*+,;=:@/?",
        );
        check("http://h/café/😀", "http://h/caf%C3%A9/%F0%9F%98%80");
        check("http://h/100%", "http://h/100%25");
        check("http://h/%zz%4", "http://h/%25zz%254");
        check("http://h/a%2fb%c3%a9", "http://h/a%2fb%c3%a9");
        check("http://h//a/./b/../c", "http://h//a/./b/../c");
        check("http://h/p?a[]=1", "http://h/p?a%5B%5D=1");
        check("http://h/p#top", "http://h/p");
        check("http://u:p@h/", "http://h/");
        check("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x");
        check("http://bücher.example/", "http://xn--bcher-kva.example/");
        check("http://a_b.example./", "http://a_b.example./");
    }

    #[test]
    fn normalized() {
        fn check(written: &str, target: &str) {
            let url = Url::parse(written).unwrap();
            let tidy = url.normalized();
            assert_eq!(tidy.target(), target, "{written}");
            assert_eq!(
                (tidy.path(), tidy.query()),
                (target.split('?').next().unwrap(), url.query())
            );
            assert_eq!(tidy.normalized(), tidy);
        }
        check("http://h", "/");
        check("http://h//", "/");
        check("http://h//a//b", "/a/b");
        check("http://h/a/./b/../c", "/a/c");
        check("http://h/a/b/..", "/a/");
        check("http://h/a/.", "/a/");
        check("http://h/../../a", "/a");
        check("http://h/a/", "/a/");
        check("http://h/%2e%2e/a%2f/..b", "/%2e%2e/a%2f/..b");
        check("http://h/a//b?q=/../x//y", "/a/b?q=/../x//y");
        let url = Url::parse("http://u:p@h//a#top").unwrap().normalized();
        assert_eq!((url.userinfo(), url.fragment()), (Some("u:p"), Some("top")));
    }

    #[test]
    fn parts() {
        let url = Url::parse("https://us%40er:p%3Aw@[::1]:444/a?b#c").unwrap();
        assert_eq!(url.userinfo(), Some("us%40er:p%3Aw"));
        assert_eq!(
            (url.scheme(), url.host(), url.port()),
            ("https", "::1", 444)
        );
        assert_eq!(url.authority(), "[::1]:444");
        assert_eq!((url.path(), url.query()), ("/a", Some("b")));
        assert_eq!((url.target(), url.fragment()), ("/a?b", Some("c")));
        assert!(!format!("{url:?} {url}").contains("us%40er"));
        for (written, authority) in [
            ("http://u@LocalHost:80/A", "LocalHost:80"),
            ("HTTP://h/", "h"),
            ("http://H", "H"),
            ("http://[::A]/", "[::A]"),
        ] {
            let url = Url::parse(written).unwrap();
            assert_eq!(url.authority(), authority);
            assert_eq!(url.append_query("a").authority(), authority);
            assert_eq!(url.host(), url.host().to_ascii_lowercase());
        }
        let url = Url::parse("https://h?").unwrap();
        assert_eq!(
            (url.port(), url.query(), url.target()),
            (443, Some(""), "/?")
        );
        assert_eq!(Url::parse("http://h").unwrap().query(), None);
    }

    #[test]
    fn refused() {
        fn check(written: &str, says: &str) {
            let error = Url::parse(written).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(says), "{written:?}: {error}");
        }
        check("", "is empty");
        check(
            "127.0.0.1:9000/json",
            "did you mean \"http://127.0.0.1:9000/json\"?",
        );
        check(
            "localhost/json?token=s",
            "did you mean \"http://localhost/json\"?",
        );
        check("//h/x", "did you mean \"http://h/x\"?");
        check("/json", "base URL");
        check("ftp://h/", "\"ftp\"; http and https");
        check("http:///x", "no host");
        check("http://h/\r\nX: 1", "control character \\u{d} at byte 9");
        check("http://a\\@b/", "backslash");
        check("http://a@b@c/", "two @");
        check("http://a%2fb/", "'%' in its host");
        check("http://a b/", "' ' in its host");
        check("http://h:99999/", "\"99999\"");
        check("http://h:+1/", "\"+1\"");
        check("http://h:0/", "\"0\"");
        check("http://::1/", "brackets");
        check("http://[::1/", "closing bracket");
        check("http://[::g]/", "malformed IPv6");
        check("http://[fe80::1%25eth0]/", "zone");
        check("http://[::1]x/", "between its host");
        check("http://127.1/", "plain IPv4");
        check("http://0x7f000001/", "plain IPv4");
        check("http://a..b/", "empty label");
        check("http://xn--a-ecp.ru/", "IDNA");
        check(&format!("http://h/{}", "a".repeat(MAX_LEN)), "bytes long");
        for secret in [
            "http://user:hunter2@h:x/",
            "u:hunter2@h/p",
            "http://a@u:hunter2@h/?t=hunter2",
        ] {
            let error = Url::parse(secret).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn queries_are_appended_and_redacted() {
        fn check(url: &str, query: &str, expected: &str, redacted: &str) {
            let url = Url::parse(url).unwrap().append_query(query);
            assert_eq!(url.as_str(), expected);
            assert_eq!(url.redacted(), redacted);
            assert_eq!(Url::parse(url.as_str()).unwrap().path(), url.path());
        }
        check("http://h", "a=1", "http://h/?a=1", "http://h/?a=…");
        check("http://h/?", "a=1", "http://h/?a=1", "http://h/?a=…");
        check(
            "http://h/?x",
            "a[]=1",
            "http://h/?x&a[]=1",
            "http://h/?x&a[]=…",
        );
        check(
            "http://h/?x=2#f",
            "b=é #",
            "http://h/?x=2&b=%C3%A9%20%23",
            "http://h/?x=…&b=…",
        );
        check("http://h/p", "", "http://h/p", "http://h/p");
    }

    proptest! {
        /// Any text is a URL or an error; a URL reads back as itself and fits in a request line.
        #[test]
        fn any_text(text in "(https?://)?[ -~é日\\[\\]@:/?#%\\\\]{0,40}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert!(url.as_str().bytes().all(|b| b.is_ascii_graphic()));
                let again = Url::parse(url.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), url.as_str());
                prop_assert!(url.target().starts_with('/'));
                prop_assert!(!url.host().is_empty());
            }
        }

        /// Copied as written, or built anew because there is a fragment: it is the same URL.
        #[test]
        fn copied_or_built(text in "[hH]ttps?://([a-z0-9._-]{1,5}|\\[::1\\])(:[0-9]{0,4})?(/[a-z%~;:@/ ]{0,5})?(\\?[a-z=&?/%é]{0,5})?") {
            match (Url::parse(&text), Url::parse(&format!("{text}#"))) {
                (Ok(copied), Ok(built)) => {
                    prop_assert_eq!(built.fragment(), Some(""));
                    prop_assert_eq!(Url { fragment: None, ..built }, copied);
                }
                (Err(_), Err(_)) => {}
                (one, other) => prop_assert!(false, "{:?}, {:?}", one, other),
            }
        }
    }
}
