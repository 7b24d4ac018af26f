//! URLs as they were written.

mod bytes;
mod name;
mod parse;
mod resolve;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use bytes::{encode_into, is_query_byte};
use parse::Parser;
pub(crate) use resolve::split_scheme;

/// An absolute `http` or `https` URL, kept as it was written.
///
/// Dot segments, doubled slashes, and the case of percent escapes go out unchanged. Only what
/// [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986) does not allow in a path or a query is
/// percent-encoded, as UTF-8; a `%` that begins no escape becomes `%25`. Scheme and host are
/// lower-cased, and a host outside ASCII becomes its IDNA form: letters of Latin, Greek, Cyrillic,
/// Chinese, Japanese and Korean always, all others by the feature `idna`, which also looks into
/// names in Punycode (`xn--…`). The user-info is set apart and never printed.
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
    /// What few URLs have; never there with nothing in it.
    rare: Option<Arc<Rare>>,
    https: bool,
    port: u16,
    /// Where the host begins and ends in `text`, brackets of IPv6 outside.
    host: (u32, u32),
    path: u32,
    /// Where `?` stands, or the length.
    query: u32,
}

/// Apart, since URLs are copied from hand to hand.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Rare {
    userinfo: Option<Arc<str>>,
    fragment: Option<Arc<str>>,
    /// Host and port as written, if in capitals.
    written: Option<Arc<str>>,
}

impl Rare {
    fn kept(self) -> Option<Arc<Rare>> {
        (self != Rare::default()).then(|| Arc::new(self))
    }
}

impl Url {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), which shows the URL (shortened,
    /// without credentials), says what is wrong with it and, where it can be guessed, what was
    /// meant.
    pub fn parse(written: &str) -> Result<Self> {
        Url::parse_as(":url", written)
    }

    /// The same, with what errors are to call it.
    fn parse_as(name: &'static str, written: &str) -> Result<Self> {
        Parser { name, written }.parse()
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
        if let Some(written) = self.rare().and_then(|rare| rare.written.as_deref()) {
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
        self.rare()?.fragment.as_deref()
    }

    /// The URL with its fragment, as a browser shows it.
    #[must_use]
    pub fn with_fragment(&self) -> Cow<'_, str> {
        match self.fragment() {
            Some(fragment) => format!("{}#{fragment}", self.text).into(),
            None => (&*self.text).into(),
        }
    }

    /// The user-info as written, still percent-encoded.
    #[must_use]
    pub fn userinfo(&self) -> Option<&str> {
        self.rare()?.userinfo.as_deref()
    }

    /// The URL without its user-info.
    #[must_use]
    pub fn without_userinfo(self) -> Self {
        if self.userinfo().is_none() {
            return self;
        }
        self.edit_rare(|rare| rare.userinfo = None)
    }

    fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    fn edit_rare(mut self, edit: impl FnOnce(&mut Rare)) -> Self {
        let mut rare = self
            .rare
            .take()
            .map_or_else(Rare::default, Arc::unwrap_or_clone);
        edit(&mut rare);
        self.rare = rare.kept();
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

#[cfg(test)]
mod tests {
    use super::parse::MAX_LEN;
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
        check(
            "http://XN--bcher-kva.example/",
            "http://xn--bcher-kva.example/",
        );
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
        check("http:/h/x", "did you mean \"http://h/x\"?");
        check("https:h/x", "did you mean \"https://h/x\"?");
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
        #[cfg(feature = "idna")]
        check("http://xn--a-ecp.ru/", "IDNA");
        #[cfg(not(feature = "idna"))]
        check("http://a\u{301}.example/", "feature `idna`");
        check(&format!("http://{}/", "ü".repeat(64)), "host");
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
        fn copied_or_built(text in "[hH]ttps?://([a-z0-9._-]{1,5}|((25|)[0-9]{1,2}\\.){2,4}([1-9]|0x?)?|xn--[a-z]{2}|\\[::1\\])(:[0-9]{0,5})?(/[a-z%~;:@/ ]{0,5})?(\\?[a-z=&?/%é]{0,5})?") {
            match (Url::parse(&text), Url::parse(&format!("{text}#"))) {
                (Ok(copied), Ok(built)) => {
                    prop_assert_eq!(built.fragment(), Some(""));
                    prop_assert_eq!(built.edit_rare(|rare| rare.fragment = None), copied);
                }
                (Err(_), Err(_)) => {}
                (one, other) => prop_assert!(false, "{:?}, {:?}", one, other),
            }
        }
    }
}
