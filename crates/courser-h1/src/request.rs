//! Writing the head of a request.

use crate::error::{Error, Result};
use crate::exchange::Exchange;
use crate::fields::list;
use crate::framing::Method;
use crate::grammar::{TOKEN, is_token, is_value, is_word};
use crate::head::Version;
use crate::options::Options;
use crate::persistence::Persistence;
use crate::upload::Upload;

/// The body that a request is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// None, and nothing is said of it.
    None,
    /// So many bytes, also zero: Content-Length.
    Length(u64),
    /// Of a length that is not known yet: `Transfer-Encoding: chunked`. HTTP/1.0 has none.
    Chunked,
}

/// Writes the head of a request, as it is given: the target byte by byte, the fields in their
/// order, the names in their case.
///
/// What would break the message is refused (RFC 9112, 2.2, 3 and 5; RFC 9110, 5.5 and 5.6.2), and
/// then `out` is as it was before. Nothing is added but Content-Length or Transfer-Encoding at
/// the end, where the body needs it and it was not written before.
///
/// ```
/// use courser_h1::{Options, RequestBody, RequestWriter, Version};
///
/// let mut out = Vec::new();
/// let mut head = RequestWriter::new(&mut out, Version::Http11, "POST", "/a/../b?x[]=1")?;
/// head.field("hOST", b"example.org")?;
/// head.field("X-Tag", b"caf\xe9")?;
/// let exchange = head.finish(RequestBody::Length(5), &Options::default())?;
/// assert!(out.starts_with(b"POST /a/../b?x[]=1 HTTP/1.1\r\nhOST: example.org\r\nX-Tag: caf\xe9\r\n"));
/// assert!(out.ends_with(b"\r\nContent-Length: 5\r\n\r\n"));
///
/// let mut head = RequestWriter::new(&mut out, Version::Http11, "GET", "/")?;
/// assert!(head.field("X-Tag", b"a\r\nEvil: 1").is_err());
/// # drop(exchange);
/// # Ok::<(), courser_h1::Error>(())
/// ```
#[derive(Debug)]
pub struct RequestWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Where the head begins in `out`, which is cut there unless the head is finished.
    start: usize,
    finished: bool,
    said: Said,
}

/// What the head says of the message, as far as it matters for the exchange.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // what was seen, not a state
pub(crate) struct Said {
    pub(crate) version: Version,
    pub(crate) method: Method,
    takes_body: bool,
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
    pub(crate) expects: bool,
    pub(crate) persistence: Persistence,
    pub(crate) upgrade: bool,
}

impl<'a> RequestWriter<'a> {
    /// Writes the request line after what is in `out`.
    ///
    /// The target is in whatever form fits the method (RFC 9112, 3.2): `/path?query`, a whole
    /// URL for a proxy, `host:port` for CONNECT, `*`.
    ///
    /// # Errors
    /// [`Error::BadRequest`]: a method that is not a token; a target that is empty or has
    /// spaces or control characters.
    pub fn new(out: &'a mut Vec<u8>, version: Version, method: &str, target: &str) -> Result<Self> {
        if !is_token(method.as_bytes()) {
            return Err(bad("the method", TOKEN));
        }
        let breaks = |byte: u8| byte <= b' ' || byte == 0x7f;
        if target.is_empty() || target.bytes().any(breaks) {
            let why =
                "it is not empty and has neither spaces nor control characters (RFC 9112, 3.2)";
            return Err(bad("the target", why));
        }
        let start = out.len();
        out.extend_from_slice(method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(target.as_bytes());
        out.extend_from_slice(match version {
            Version::Http10 => b" HTTP/1.0\r\n",
            Version::Http11 => b" HTTP/1.1\r\n",
        });
        let said = Said::begin(version, method);
        Ok(RequestWriter {
            out,
            start,
            finished: false,
            said,
        })
    }

    /// Writes a field.
    ///
    /// Connection, Content-Length, Expect, Host, Transfer-Encoding and Upgrade are understood:
    /// they have to agree with the rest.
    ///
    /// # Errors
    /// [`Error::BadRequest`]: a name that is not a token, a value with CR, LF, NUL or another
    /// control character but a tab. [`Error::Framing`]: two Content-Length or Host, a
    /// Content-Length that is no number, a Transfer-Encoding that does not end with `chunked`.
    pub fn field(&mut self, name: &str, value: &[u8]) -> Result<()> {
        write_field(self.out, name, value)?;
        self.said.notice(name, value)
    }

    /// Ends the head. `body` is what will be sent after it; `options` says how the answer is
    /// read.
    ///
    /// # Errors
    /// [`Error::Framing`]: fields that contradict `body`, a chunked body in HTTP/1.0, a body
    /// with CONNECT or TRACE (RFC 9110, 9.3.6 and 9.3.8), `Expect: 100-continue` without a body
    /// (10.1.1), no Host in HTTP/1.1 (RFC 9112, 3.2).
    pub fn finish(mut self, body: RequestBody, options: &Options) -> Result<Exchange> {
        self.said.agree(body)?;
        match body {
            RequestBody::Length(length) if self.said.length.is_none() => {
                write_field(self.out, "Content-Length", length.to_string().as_bytes())?;
            }
            RequestBody::Chunked if !self.said.chunked => {
                write_field(self.out, "Transfer-Encoding", b"chunked")?;
            }
            _ => {}
        }
        self.out.extend_from_slice(b"\r\n");
        self.finished = true;
        Ok(Exchange::new(&self.said, Upload::new(body), options))
    }
}

impl Drop for RequestWriter<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

impl Said {
    pub(crate) fn begin(version: Version, method: &str) -> Self {
        Said {
            version,
            method: match method {
                "HEAD" => Method::Head,
                "CONNECT" => Method::Connect,
                _ => Method::Other,
            },
            takes_body: !matches!(method, "CONNECT" | "TRACE"),
            hosts: 0,
            length: None,
            chunked: false,
            expects: false,
            persistence: Persistence::default(),
            upgrade: false,
        }
    }

    fn notice(&mut self, name: &str, value: &[u8]) -> Result<()> {
        let name = name.as_bytes();
        if is_word(name, b"host") {
            self.hosts += 1;
            if self.hosts > 1 {
                return Err(Error::Framing("there are two Host fields (RFC 9112, 3.2)"));
            }
        } else if is_word(name, b"connection") {
            self.persistence.notice(value);
        } else if is_word(name, b"content-length") {
            let digits = value.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(value).ok().filter(|_| digits);
            let length = length.and_then(|length| length.parse().ok());
            if length.is_none() || self.length.is_some() {
                let why = "Content-Length is one number of digits (RFC 9110, 8.6)";
                return Err(Error::Framing(why));
            }
            self.length = length;
        } else if is_word(name, b"transfer-encoding") {
            let chunked = |coding: &[u8]| is_word(coding, b"chunked");
            let times = list(value).filter(|coding| chunked(coding)).count();
            if self.chunked || times != 1 || !list(value).last().is_some_and(chunked) {
                let why = "Transfer-Encoding ends with chunked, said once (RFC 9112, 6.1)";
                return Err(Error::Framing(why));
            }
            self.chunked = true;
        } else if is_word(name, b"upgrade") {
            self.upgrade = true;
        } else if is_word(name, b"expect") {
            self.expects |= is_word(value, b"100-continue");
        }
        Ok(())
    }

    fn agree(&self, body: RequestBody) -> Result<()> {
        let length = match body {
            RequestBody::None => 0,
            RequestBody::Length(length) => length,
            RequestBody::Chunked => u64::MAX,
        };
        let chunked = body == RequestBody::Chunked;
        let why = if self.hosts == 0 && self.version == Version::Http11 {
            "HTTP/1.1 needs a Host field (RFC 9112, 3.2)"
        } else if self.chunked && !chunked {
            "Transfer-Encoding is said of a body that is not chunked"
        } else if self.length.is_some() && chunked {
            "Content-Length is said of a chunked body (RFC 9112, 6.2)"
        } else if self.length.is_some_and(|said| said != length) {
            "Content-Length differs from the length of the body"
        } else if chunked && self.version == Version::Http10 {
            "HTTP/1.0 has no chunked bodies: the length has to be known (RFC 9112, 6.1)"
        } else if length > 0 && !self.takes_body {
            "CONNECT and TRACE have no body (RFC 9110, 9.3.6 and 9.3.8)"
        } else if self.expects && length == 0 {
            "Expect: 100-continue needs a body to wait with (RFC 9110, 10.1.1)"
        } else {
            return Ok(());
        };
        Err(Error::Framing(why))
    }
}

/// `name: value` and the line's end.
pub(crate) fn write_field(out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<()> {
    if !is_token(name.as_bytes()) {
        let part = format!("the field name \"{}\"", name.escape_debug());
        return Err(bad(part, TOKEN));
    }
    if !is_value(value) {
        let why = "it has no control character but tabs (RFC 9110, 5.5)";
        return Err(bad(format!("the value of \"{name}\""), why));
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

#[cold]
fn bad(part: impl Into<String>, why: &'static str) -> Error {
    let part = part.into();
    Error::BadRequest { part, why }
}
