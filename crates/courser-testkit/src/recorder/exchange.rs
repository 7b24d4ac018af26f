//! A request as it came over the wire.

use std::io::{self, BufRead, Read};

/// More than any client in a test sends.
const LONGEST_LINE: u64 = 1 << 20;
const MOST_HEADERS: usize = 1000;
const LARGEST_BODY: u64 = 64 << 20;

/// A recorded request. Its texts have one character for each byte (Latin-1), so that nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// All of it.
    pub raw: Vec<u8>,
    /// `GET`.
    pub method: String,
    /// The request target as it stands.
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// Names and values, in the order and case in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body; chunking is undone.
    pub body: Vec<u8>,
    /// How the body's end was told.
    pub framing: Framing,
    /// The sizes of the chunks, without the last, empty one.
    pub chunks: Vec<usize>,
    /// The number of its connection, from 0, in the order of opening.
    pub connection: usize,
    /// The port it came to.
    pub port: u16,
    /// The client hung up midway.
    pub incomplete: bool,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    #[default]
    None,
    /// By `Content-Length`.
    Length,
    /// By chunks.
    Chunked,
}

impl Framing {
    /// `none`, `length`, `chunked`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Length => "length",
            Self::Chunked => "chunked",
        }
    }
}

impl Exchange {
    /// Whether the client wants the connection closed after the answer.
    pub(super) fn says_close(&self) -> bool {
        self.values("connection")
            .flat_map(|value| value.split(','))
            .any(|token| token.trim().eq_ignore_ascii_case("close"))
    }

    /// The values of a header.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Each byte as the character of that number.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The next request, or `None` if the client hung up before it. One that breaks off is marked as incomplete.
pub(super) fn read(stream: &mut impl BufRead) -> io::Result<Option<Exchange>> {
    let mut reader = Reader {
        stream,
        exchange: Exchange::default(),
    };
    let ended = reader.request();
    let mut exchange = reader.exchange;
    match ended {
        Ok(()) => Ok(Some(exchange)),
        Err(_) if exchange.raw.is_empty() => Ok(None),
        // A reset midway is as good as an end.
        Err(error) if error.kind() != io::ErrorKind::InvalidData => {
            exchange.incomplete = true;
            Ok(Some(exchange))
        }
        Err(error) => Err(error),
    }
}

struct Reader<'a, S> {
    stream: &'a mut S,
    exchange: Exchange,
}

impl<S: BufRead> Reader<'_, S> {
    fn request(&mut self) -> io::Result<()> {
        let line = self.line()?;
        // The method has no blank, the version is what follows the last: a target may hold any.
        let (method, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let (target, version) = rest.rsplit_once(' ').unwrap_or((rest, ""));
        method.clone_into(&mut self.exchange.method);
        target.clone_into(&mut self.exchange.target);
        version.clone_into(&mut self.exchange.version);
        self.headers()?;
        let chunked = self
            .exchange
            .values("transfer-encoding")
            .any(|value| value.to_ascii_lowercase().contains("chunked"));
        let length = self.exchange.values("content-length").next();
        if chunked {
            self.exchange.framing = Framing::Chunked;
            self.chunks()
        } else if let Some(length) = length {
            let length = length.trim().parse().map_err(|_| bad("Content-Length"))?;
            self.exchange.framing = Framing::Length;
            self.body(length)
        } else {
            Ok(())
        }
    }

    fn headers(&mut self) -> io::Result<()> {
        for _ in 0..MOST_HEADERS {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(());
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.trim_matches([' ', '\t']);
            self.exchange
                .headers
                .push((name.to_owned(), value.to_owned()));
        }
        Err(bad("so many headers"))
    }

    fn chunks(&mut self) -> io::Result<()> {
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| bad("chunk size"))?;
            if size == 0 {
                break;
            }
            self.exchange.chunks.push(size as usize);
            self.body(size)?;
            self.line()?;
        }
        for _ in 0..MOST_HEADERS {
            if self.line()?.is_empty() {
                return Ok(());
            }
        }
        Err(bad("so many trailers"))
    }

    /// A line without its end.
    fn line(&mut self) -> io::Result<String> {
        let start = self.exchange.raw.len();
        let mut limited = (&mut *self.stream).take(LONGEST_LINE);
        limited.read_until(b'\n', &mut self.exchange.raw)?;
        let line = &self.exchange.raw[start..];
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(latin1(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    fn body(&mut self, length: u64) -> io::Result<()> {
        if self.exchange.body.len() as u64 + length > LARGEST_BODY {
            return Err(bad("so large a body"));
        }
        let start = self.exchange.raw.len();
        let ended = (&mut *self.stream)
            .take(length)
            .read_to_end(&mut self.exchange.raw);
        let came = &self.exchange.raw[start..];
        self.exchange.body.extend_from_slice(came);
        let whole = came.len() as u64 == length;
        ended?;
        if whole {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the recorder does not take this: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Exchange {
        read(&mut &text[..]).unwrap().unwrap()
    }

    #[test]
    fn a_request_without_a_body() {
        let exchange = parse(b"GET http://a/b c HTTP/1.1\r\nHost: a\r\nX:  y \r\nx:\r\n\r\nmore");
        assert_eq!(exchange.method, "GET");
        assert_eq!(exchange.target, "http://a/b c");
        assert_eq!(exchange.version, "HTTP/1.1");
        assert_eq!(exchange.values("x").collect::<Vec<_>>(), ["y", ""]);
        assert_eq!(exchange.headers[1].0, "X");
        assert_eq!(exchange.framing, Framing::None);
        assert!(!exchange.incomplete && exchange.raw.ends_with(b"\r\n\r\n"));
    }

    #[test]
    fn a_body_by_length() {
        let exchange = parse(b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na\xffcd");
        assert_eq!(exchange.body, b"a\xffc");
        assert_eq!(exchange.framing.name(), "length");
    }

    #[test]
    fn a_body_in_chunks() {
        let exchange = parse(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nT: t\r\n\r\n",
        );
        assert_eq!(exchange.body, b"abcd");
        assert_eq!(exchange.chunks, [3, 1]);
        assert_eq!(exchange.framing, Framing::Chunked);
    }

    #[test]
    fn every_prefix_is_incomplete() {
        let whole = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        assert!(read(&mut &b""[..]).unwrap().is_none());
        for end in 1..whole.len() {
            assert!(parse(&whole[..end]).incomplete, "{end}");
        }
        assert!(!parse(whole).incomplete);
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in [
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ] {
            assert!(read(&mut text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn close_is_a_token() {
        let says = |value| {
            let exchange = Exchange {
                headers: vec![("connection".to_owned(), String::from(value))],
                ..Exchange::default()
            };
            exchange.says_close()
        };
        assert!(says("Close") && says("TE, close"));
        assert!(!says("keep-alive") && !says("closed"));
    }
}
