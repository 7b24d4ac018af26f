//! Redirects, as the answer has them and as a strategy decides over them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode};

use crate::error::{Error, ErrorKind, Result};
use crate::headers::Headers;
use crate::url::{Url, split_scheme};

/// Which redirects are followed (`:redirect-strategy`).
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Redirects {
    /// `GET` and `HEAD` follow 301, 302, 307 and 308; all methods follow 303, as `GET`. Bodies are
    /// never sent again.
    #[default]
    Standard,
    /// All methods follow all of these, as browsers do: with 301, 302 and 303 as `GET`, with 307
    /// and 308 with method and body as they were.
    Lax,
    /// None: the answer is the response.
    None,
    /// As [`Standard`](Redirects::Standard), but at the limit of their number the last answer is
    /// the response, rather than an error.
    Graceful,
    /// Those of which a strategy of your own says so.
    Custom(Arc<dyn RedirectStrategy>),
}

impl Redirects {
    /// A strategy of your own; a closure will do.
    ///
    /// ```
    /// use courser_core::{Decision, Redirect, Redirects};
    ///
    /// // Stays on its host.
    /// let same_host = Redirects::custom(|redirect: &Redirect<'_>| match redirect.target()? {
    ///     Some(url) if url.host() == redirect.url.host() => {
    ///         Ok(Decision::Follow { method: redirect.method.clone(), url, body: false })
    ///     }
    ///     _ => Ok(Decision::Return),
    /// });
    /// ```
    #[must_use]
    pub fn custom(strategy: impl RedirectStrategy + 'static) -> Self {
        Redirects::Custom(Arc::new(strategy))
    }
}

impl fmt::Debug for Redirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Redirects::Standard => "Standard",
            Redirects::Lax => "Lax",
            Redirects::None => "None",
            Redirects::Graceful => "Graceful",
            Redirects::Custom(_) => "Custom",
        })
    }
}

/// Decides over redirects. It is asked for each answer with a status of 300 to 399.
///
/// What it says to follow is still held to the limits (`:max-redirects`,
/// `:allow-circular-redirects`), and secrets stay with their origin.
pub trait RedirectStrategy: Send + Sync {
    /// What is to be done about an answer. An error becomes that of the call, with the answer as
    /// its response.
    fn decide(&self, redirect: &Redirect<'_>) -> Result<Decision>;
}

impl<F> RedirectStrategy for F
where
    F: Fn(&Redirect<'_>) -> Result<Decision> + Send + Sync,
{
    fn decide(&self, redirect: &Redirect<'_>) -> Result<Decision> {
        self(redirect)
    }
}

/// What is to be done about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the response.
    Return,
    /// Another request is sent.
    Follow {
        /// Its method.
        method: Method,
        /// Where it goes; [`Redirect::target`] unless there is a reason.
        url: Url,
        /// Whether the body is sent again.
        body: bool,
    },
}

/// An answer that may be a redirect.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Redirect<'a> {
    /// The method of the request that was answered.
    pub method: &'a Method,
    /// Its URL.
    pub url: &'a Url,
    /// The status of the answer.
    pub status: StatusCode,
    /// The header fields of the answer.
    pub headers: &'a Headers,
    /// How many redirects were followed before.
    pub followed: usize,
}

impl<'a> Redirect<'a> {
    /// The answer to a request.
    #[must_use]
    pub fn new(
        method: &'a Method,
        url: &'a Url,
        status: StatusCode,
        headers: &'a Headers,
        followed: usize,
    ) -> Self {
        Redirect {
            method,
            url,
            status,
            headers,
            followed,
        }
    }

    /// `Location` as it is written, if there is one; what is no UTF-8, or a control character, is
    /// percent-encoded.
    ///
    /// # Errors
    /// Several that differ: whoever checked one must not be led to the other.
    pub fn location(&self) -> Result<Option<Cow<'a, str>>> {
        let mut all = self.headers.get_all("location");
        let Some(first) = all.next() else {
            return Ok(None);
        };
        if all.any(|other| other != first) {
            return Err(Error::new(
                ErrorKind::Redirect,
                "the redirect has several Location headers that differ",
            ));
        }
        let text = text(first);
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Whether its `Location` has no scheme of its own (RFC 3986, 4.2).
    ///
    /// # Errors
    /// Several that differ.
    pub fn is_relative(&self) -> Result<bool> {
        let location = self.location()?;
        Ok(location.is_some_and(|text| split_scheme(&text).is_none()))
    }

    /// Where it leads, if it has a `Location`: resolved against the URL that was answered, with
    /// its fragment unless it has one (RFC 9110, 10.2.2). User-info is left out: a server does not
    /// choose credentials.
    ///
    /// # Errors
    /// Several `Location` headers that differ; one that is malformed, has no host or a scheme
    /// other than `http` and `https`.
    pub fn target(&self) -> Result<Option<Url>> {
        let Some(location) = self.location()? else {
            return Ok(None);
        };
        match self.url.resolve_as("Location", &location) {
            Ok(url) => Ok(Some(url.without_userinfo().or_fragment_of(self.url))),
            Err(why) => {
                let message = format!("the redirect leads nowhere: {}", why.message());
                Err(Error::new(ErrorKind::Redirect, message))
            }
        }
    }
}

/// That a redirect has led a request to another origin than the one that it was made for; an
/// options group. It stays, also when another redirect leads back.
///
/// Stages that add credentials of the request's own, hop by hop, leave them out then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossOrigin;

fn text(value: &HeaderValue) -> Cow<'_, str> {
    let encode = |out: &mut String, bytes: &[u8]| {
        for b in bytes {
            // Writing to a `String` cannot fail.
            let _ = fmt::Write::write_fmt(out, format_args!("%{b:02X}"));
        }
    };
    let bytes = value.as_bytes().trim_ascii();
    let mut out = String::new();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => return text.into(),
        Ok(text) => {
            for c in text.chars() {
                if c.is_control() {
                    encode(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes());
                } else {
                    out.push(c);
                }
            }
        }
        Err(_) => {
            for &b in bytes {
                if (0x20..0x7f).contains(&b) {
                    out.push(char::from(b));
                } else {
                    encode(&mut out, &[b]);
                }
            }
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(locations: &[&[u8]]) -> Headers {
        let mut headers = Headers::new();
        for location in locations {
            let value = HeaderValue::from_bytes(location).unwrap();
            headers.append("Location", value).unwrap();
        }
        headers
    }

    fn target(locations: &[&[u8]]) -> Result<Option<Url>> {
        let url = Url::parse("https://u:p@h/a/b?q#top").unwrap();
        Redirect::new(
            &Method::GET,
            &url,
            StatusCode::FOUND,
            &headers(locations),
            0,
        )
        .target()
    }

    #[test]
    fn targets() {
        fn check(locations: &[&[u8]], expected: Result<Option<&str>, &str>) {
            match (target(locations), expected) {
                (Ok(url), Ok(expected)) => {
                    assert_eq!(url.as_ref().map(Url::with_fragment).as_deref(), expected);
                    assert_eq!(url.and_then(|url| url.userinfo().map(str::to_owned)), None);
                }
                (Err(error), Err(says)) => {
                    assert_eq!(error.kind(), ErrorKind::Redirect);
                    assert!(error.to_string().contains(says), "{error}");
                }
                (got, _) => panic!("{got:?}"),
            }
        }
        check(&[], Ok(None));
        check(&[b""], Ok(None));
        check(&[b" \t"], Ok(None));
        check(&[b" c "], Ok(Some("https://h/a/c#top")));
        check(&[b"c#x"], Ok(Some("https://h/a/c#x")));
        check(&[b"c", b"c"], Ok(Some("https://h/a/c#top")));
        check(&[b"c", b"d"], Err("several Location"));
        check(&[b"http://v:w@o/"], Ok(Some("http://o/#top")));
        check(&[b"//v:w@o/"], Ok(Some("https://o/#top")));
        check(&["/café".as_bytes()], Ok(Some("https://h/caf%C3%A9#top")));
        check(&[b"/caf\xe9"], Ok(Some("https://h/caf%E9#top")));
        check(&[b"/a\tb"], Ok(Some("https://h/a%09b#top")));
        check(&["/\u{80}".as_bytes()], Ok(Some("https://h/%C2%80#top")));
        check(&[b"/%0d%0aX: y"], Ok(Some("https://h/%0d%0aX:%20y#top")));
        check(
            &[b"http:///b"],
            Err("leads nowhere: Location \"http:///b\" has no host"),
        );
        check(&[b"ftp://h/"], Err("has the scheme \"ftp\""));
        check(&[b"http://h:99999/"], Err("port"));
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            if HeaderValue::from_bytes(&bytes).is_ok() {
                let _ = target(&[&bytes]);
            }
        }
    }
}
