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
        self.info.get()
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
