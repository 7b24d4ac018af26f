//! A response on its way back through the stack.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, Version};

use crate::body::Body;
use crate::headers::Headers;
use crate::info::Exchanged;
use crate::options::Options;
use crate::url::Url;

/// A response on its way back: what stages see and change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase, where the protocol has one and it is not the usual one of the status.
    pub reason: Option<Arc<str>>,
    /// The version of HTTP.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    /// The body: a stream at first, bytes once collected.
    pub body: Body,
    /// The URL that was answered.
    pub url: Url,
    /// The length of the body on the wire, where it was told; nothing for chunks.
    pub length: Option<u64>,
    /// Whether the body came in chunks.
    pub chunked: bool,
    /// Who answered.
    pub remote_addr: Option<SocketAddr>,
    /// How long the call took until its body was there, or its head for a stream.
    pub request_time: Option<Duration>,
    /// How often the request was sent, redirects not counted; 1 without retries. What a
    /// transport sends again by itself, on a connection that turned out to be stale, is not
    /// counted either.
    pub attempts: u32,
    /// The connection that it came over, and where time went; from transports that can tell.
    pub exchanged: Option<Arc<Exchanged>>,
    /// What stages have to tell beyond that.
    pub info: Options,
}

impl Response {
    /// An empty `200` over HTTP/1.1, for transports and fakes to fill.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Response {
            status: StatusCode::OK,
            reason: None,
            version: Version::HTTP_11,
            headers: Headers::new(),
            body: Body::empty(),
            url,
            length: None,
            chunked: false,
            remote_addr: None,
            request_time: None,
            attempts: 1,
            exchanged: None,
            info: Options::new(),
        }
    }

    /// The reason phrase of the server, or else the usual one.
    #[must_use]
    pub fn reason(&self) -> &str {
        match &self.reason {
            Some(reason) => reason,
            None => self.status.canonical_reason().unwrap_or_default(),
        }
    }

    /// The connection that it came over, and where time went; from transports that can tell.
    #[must_use]
    pub fn exchanged(&self) -> Option<&Exchanged> {
        self.exchanged.as_deref()
    }

    /// Whether the status is 200 to 299 (clj-http's `success?`).
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Whether the status is 404 (`missing?`).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Whether the status is 409 (`conflict?`).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// Whether the status is 300 to 399 (`redirect?`).
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        self.status.is_redirection()
    }

    /// Whether the status is 400 to 499 (`client-error?`).
    #[must_use]
    pub fn is_client_error(&self) -> bool {
        self.status.is_client_error()
    }

    /// Whether the status is 500 to 599 (`server-error?`).
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.status.is_server_error()
    }

    /// The bytes of the body, if it was collected; none of a stream.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.body
            .as_bytes()
            .map(|bytes| &bytes[..])
            .unwrap_or_default()
    }

    /// The body as text in UTF-8, with U+FFFD for what is malformed.
    #[must_use]
    pub fn utf8(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }
}

/// Whether an answer of that status has no body, whatever was asked (RFC 9110, 6.4.1; and 205, of
/// which clj-http reads none either). One to a HEAD has none either way.
pub fn never_has_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 100..=199 | 204 | 205 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_statuses() {
        fn check(status: u16, expected: &str) {
            let mut res = Response::new(Url::parse("http://h/").unwrap());
            res.status = StatusCode::from_u16(status).unwrap();
            let kinds = [
                ("success", res.is_success()),
                ("missing", res.is_missing()),
                ("conflict", res.is_conflict()),
                ("redirect", res.is_redirect()),
                ("client error", res.is_client_error()),
                ("server error", res.is_server_error()),
            ];
            let kinds: Vec<&str> = kinds
                .iter()
                .filter(|kind| kind.1)
                .map(|kind| kind.0)
                .collect();
            assert_eq!(kinds.join(", "), expected);
        }
        check(199, "");
        check(200, "success");
        check(299, "success");
        check(300, "redirect");
        check(399, "redirect");
        check(404, "missing, client error");
        check(409, "conflict, client error");
        check(499, "client error");
        check(599, "server error");
    }
}
