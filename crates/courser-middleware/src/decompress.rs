//! The stage `decompress`.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use async_compression::futures::bufread::{DeflateDecoder, GzipDecoder, ZlibDecoder};
use bytes::{Buf, Bytes, BytesMut};
use courser_core::{Body, Error, ErrorKind, Hook, Method, Response, Result, Sent, value_text};
use futures_core::Stream;
use futures_io::{AsyncBufRead, AsyncRead};

use crate::accept_encoding::LeaveCompressed;

/// The `Content-Encoding` that a response came with, if it had one
/// (`:orig-content-encoding`); on [`Response::info`] of each that may be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrigContentEncoding(pub Option<String>);

/// How far a body may grow when it is decoded; an options group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecompressLimits {
    /// Bytes after decoding (`:max-decompressed-size`); unlimited unless said, because what is
    /// collected has its own limit.
    pub max_size: Option<u64>,
    /// How many times more than came over the wire, once past 1 MiB (`:max-decompression-ratio`);
    /// 200 unless said.
    pub max_ratio: u64,
}

impl Default for DecompressLimits {
    fn default() -> Self {
        DecompressLimits {
            max_size: None,
            max_ratio: 200,
        }
    }
}

/// Up to this size any ratio is fine: a megabyte harms nobody.
const FREE: u64 = 1 << 20;
/// Each coding multiplies the work; nobody honest needs more.
const MAX_CODINGS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Identity,
    Unknown,
}

impl Coding {
    fn of(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("gzip") || is("x-gzip") {
            Coding::Gzip
        } else if is("deflate") {
            Coding::Deflate
        } else if is("identity") {
            Coding::Identity
        } else {
            Coding::Unknown
        }
    }

    fn name(self) -> &'static str {
        if self == Coding::Gzip {
            "gzip"
        } else {
            "deflate"
        }
    }
}

/// Decodes gzip and deflate bodies (RFC 9110, 8.4), zlib-wrapped or raw, in any case and in
/// chains. `Content-Encoding` and `Content-Length` then leave the headers. Unknown codings are
/// left alone, and so is what is encoded below them. A body that ends early is an error.
#[derive(Debug)]
pub struct DecompressStage;

impl Hook for DecompressStage {
    fn name(&self) -> &'static str {
        "decompress"
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let lines: Vec<_> = res
            .headers
            .get_all("content-encoding")
            .map(value_text)
            .collect();
        if sent.options.get::<LeaveCompressed>().is_some() {
            return Ok(());
        }
        if lines.is_empty() {
            res.info.set(OrigContentEncoding(None));
            return Ok(());
        }
        let all = lines.join(", ");
        let names: Vec<&str> = all
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        if names.len() > MAX_CODINGS {
            let message = format!("the body is encoded {} times over", names.len());
            return Err(Error::new(ErrorKind::Decode, message)
                .with("limit", format_args!("{MAX_CODINGS} codings")));
        }
        res.info.set(OrigContentEncoding(Some(all.clone())));

        // The last coding was applied last and is undone first.
        let mut left = names.as_slice();
        let mut undo = Vec::new();
        while let Some((last, rest)) = left.split_last() {
            match Coding::of(last) {
                Coding::Unknown => break,
                Coding::Identity => {}
                coding => undo.push(coding),
            }
            left = rest;
        }
        if undo.is_empty() {
            return Ok(());
        }
        let left = left.join(", ");
        if left.is_empty() {
            res.headers.remove("content-encoding");
        } else {
            res.headers.insert("Content-Encoding", left)?;
        }
        // The head of a HEAD response tells of a body that was not sent.
        if sent.method == Method::HEAD || res.body.is_empty() {
            return Ok(());
        }
        res.headers.remove("content-length");
        let limits = sent
            .options
            .get::<DecompressLimits>()
            .copied()
            .unwrap_or_default();
        let wire = Arc::new(AtomicU64::new(0));
        for (depth, coding) in undo.into_iter().enumerate() {
            let counter = (depth == 0).then(|| wire.clone());
            let wire = wire.clone();
            res.body
                .wrap(move |body| Box::pin(Decoder::new(body, coding, limits, wire, counter)));
        }
        Ok(())
    }
}

/// The decoded pieces of a body.
struct Decoder {
    coding: Coding,
    limits: DecompressLimits,
    /// Bytes that came over the wire, whatever lies between.
    wire: Arc<AtomicU64>,
    failed: Arc<Mutex<Option<Error>>>,
    state: State,
    written: u64,
}

enum State {
    /// The first bytes tell zlib from raw deflate, and an empty body from a broken one.
    Peek(Option<Source>),
    Decode(Pin<Box<dyn AsyncRead + Send>>),
    Done,
}

impl Decoder {
    fn new(
        body: Body,
        coding: Coding,
        limits: DecompressLimits,
        wire: Arc<AtomicU64>,
        counter: Option<Arc<AtomicU64>>,
    ) -> Self {
        let failed = Arc::default();
        let source = Source {
            body,
            piece: Bytes::new(),
            counter,
            failed: Arc::clone(&failed),
        };
        Decoder {
            coding,
            limits,
            wire,
            failed,
            state: State::Peek(Some(source)),
            written: 0,
        }
    }

    fn fail(&self, error: io::Error) -> Error {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed.take() {
            return error; // the body's own, not the decoder's
        }
        let name = self.coding.name();
        let message = if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("the {name} body ends early")
        } else {
            format!("the body is said to be {name} but cannot be decoded")
        };
        Error::new(ErrorKind::Decode, message)
            .with(
                "received",
                format_args!("{} bytes", self.wire.load(Ordering::Relaxed)),
            )
            .with("decoded", format_args!("{} bytes", self.written))
            .because(error)
            .help(":decompress-body false gives it as it came")
    }

    fn check(&self) -> Result<()> {
        let wire = self.wire.load(Ordering::Relaxed);
        let bomb = |limit: String, option: &str| {
            Err(Error::new(
                ErrorKind::BodyLimit,
                "the body grows too large when it is decoded",
            )
            .with("received", format_args!("{wire} bytes"))
            .with("decoded", format_args!("{} bytes", self.written))
            .with("limit", format_args!("{limit} ({option})")))
        };
        if let Some(max) = self.limits.max_size.filter(|max| self.written > *max) {
            return bomb(format!("{max} bytes"), ":max-decompressed-size");
        }
        let ratio = self.limits.max_ratio;
        if self.written > FREE && self.written > wire.saturating_mul(ratio) {
            return bomb(format!("{ratio} to 1"), ":max-decompression-ratio");
        }
        Ok(())
    }
}

impl Stream for Decoder {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        const PIECE: usize = 16 * 1024;
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Peek(source) => {
                    let Some(waiting) = source else {
                        return Poll::Ready(None);
                    };
                    if let Err(error) = ready!(waiting.poll_at_least(cx, 2)) {
                        this.state = State::Done;
                        return Poll::Ready(Some(Err(error)));
                    }
                    let Some(source) = source.take().filter(|source| !source.piece.is_empty())
                    else {
                        this.state = State::Done;
                        continue;
                    };
                    this.state = State::Decode(match this.coding {
                        Coding::Gzip => {
                            let mut decoder = GzipDecoder::new(source);
                            decoder.multiple_members(true);
                            Box::pin(decoder)
                        }
                        _ if is_zlib(&source.piece) => Box::pin(ZlibDecoder::new(source)),
                        _ => Box::pin(DeflateDecoder::new(source)),
                    });
                }
                State::Decode(decoder) => {
                    let mut piece = BytesMut::zeroed(PIECE);
                    let read = ready!(decoder.as_mut().poll_read(cx, &mut piece));
                    let result = match read {
                        Ok(0) => {
                            this.state = State::Done;
                            continue;
                        }
                        Ok(n) => {
                            this.written += n as u64;
                            piece.truncate(n);
                            this.check().map(|()| piece.freeze())
                        }
                        Err(error) => Err(this.fail(error)),
                    };
                    if result.is_err() {
                        this.state = State::Done;
                    }
                    return Poll::Ready(Some(result));
                }
                State::Done => return Poll::Ready(None),
            }
        }
    }
}

/// RFC 1950, 2.2: the method is 8, the window at most 32 KiB, and the two bytes a multiple of 31.
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [a, b, ..] => a & 15 == 8 && a >> 4 <= 7 && u16::from_be_bytes([*a, *b]) % 31 == 0,
        _ => false,
    }
}

/// A body as the decoders read it.
struct Source {
    body: Body,
    piece: Bytes,
    /// Only the decoder next to the wire counts.
    counter: Option<Arc<AtomicU64>>,
    /// The body's error, which `io::Error` could not carry unharmed.
    failed: Arc<Mutex<Option<Error>>>,
}

impl Source {
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let piece = ready!(self.body.poll_piece(cx)).transpose()?;
        if let (Some(counter), Some(piece)) = (&self.counter, &piece) {
            counter.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        Poll::Ready(Ok(piece))
    }

    /// Waits until `n` bytes are at hand, or all of a shorter body.
    fn poll_at_least(&mut self, cx: &mut Context<'_>, n: usize) -> Poll<Result<()>> {
        while self.piece.len() < n {
            match ready!(self.poll_more(cx))? {
                Some(more) if self.piece.is_empty() => self.piece = more,
                Some(more) => self.piece = [&self.piece[..], &more[..]].concat().into(),
                None => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Source {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        let result = ready!(this.poll_at_least(cx, 1));
        Poll::Ready(match result {
            Ok(()) => Ok(&this.piece),
            Err(error) => {
                *this.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(io::Error::other("the body failed"))
            }
        })
    }

    fn consume(self: Pin<&mut Self>, n: usize) {
        let piece = &mut self.get_mut().piece;
        piece.advance(n.min(piece.len()));
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let n = io::Read::read(&mut &available[..], buf)?;
        self.consume(n);
        Poll::Ready(Ok(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::{FakeRt, now};
    use courser_core::{Call, Request, Url};
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn encode(coding: &str, data: &[u8]) -> Vec<u8> {
        let best = Compression::best();
        match coding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), best);
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            "zlib" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), best);
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            "raw" => {
                let mut encoder = DeflateEncoder::new(Vec::new(), best);
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            _ => data.to_vec(),
        }
    }

    /// A reader that gives so many bytes at a time.
    struct Cut(Vec<u8>, usize);
    impl io::Read for Cut {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buf.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0.drain(..n);
            Ok(n)
        }
    }

    /// A response with that encoding and body, the body in pieces of `piece` bytes.
    fn respond(
        method: Method,
        encoding: &str,
        body: &[u8],
        piece: usize,
        limits: DecompressLimits,
    ) -> Result<Response> {
        let url = Url::parse("http://h/").unwrap();
        let mut req = Request::new(url.clone(), Arc::new(Call::new(FakeRt::runtime())));
        req.method = method;
        req.options.set(limits);
        let mut res = Response::new(url);
        res.headers.append("Content-Encoding", encoding).unwrap();
        res.headers
            .append("Content-Length", body.len() as u64)
            .unwrap();
        res.body = Body::reader(Cut(body.to_vec(), piece));
        DecompressStage.head(&req.sent(), &mut res)?;
        now(res.body.collect(u64::MAX))?;
        Ok(res)
    }

    #[test]
    fn codings() {
        fn check(encoding: &str, body: &[u8], expected: &[u8], left: Option<&str>) {
            for piece in [1, 3, 10_000] {
                let res = respond(
                    Method::GET,
                    encoding,
                    body,
                    piece,
                    DecompressLimits::default(),
                )
                .unwrap();
                assert_eq!(res.body.as_bytes().unwrap(), expected, "{encoding}");
                assert_eq!(res.headers.get_str("content-encoding"), left);
                assert_eq!(
                    res.headers.contains("content-length"),
                    left == Some(encoding)
                );
                assert_eq!(
                    res.info.get(),
                    Some(&OrigContentEncoding(Some(encoding.into())))
                );
            }
        }
        let text = b"some text, some text";
        let [gzip, zlib, raw] = ["gzip", "zlib", "raw"].map(|c| encode(c, text));
        check("gzip", &gzip, text, None);
        check("X-GZip", &gzip, text, None);
        check("deflate", &zlib, text, None);
        check("Deflate", &raw, text, None);
        check("gzip, gzip", &encode("gzip", &gzip), text, None);
        check("deflate, gzip", &encode("gzip", &raw), text, None);
        check("br, gzip", &gzip, text, Some("br"));
        check("identity, gzip", &gzip, text, None);
        check(
            "gzip",
            &[gzip.clone(), gzip.clone()].concat(),
            &[&text[..], text].concat(),
            None,
        );
        check("gzip", b"", b"", None);
        check("deflate", b"", b"", None);
        check("br", b"xx", b"xx", Some("br"));
        check("gzip, br", b"xx", b"xx", Some("gzip, br"));
        check("identity", b"xx", b"xx", Some("identity"));
    }

    #[test]
    fn heads_keep_their_length() {
        let res = respond(Method::HEAD, "gzip", b"", 1, DecompressLimits::default()).unwrap();
        assert_eq!(
            res.headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["Content-Length"]
        );
    }

    #[test]
    fn broken_bodies_are_errors() {
        fn check(encoding: &str, body: &[u8], says: &str) {
            let error =
                respond(Method::GET, encoding, body, 7, DecompressLimits::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().contains(says), "{error}");
        }
        check("gzip", b"this is not gzip", "said to be gzip");
        check("gzip, gzip, gzip, gzip, gzip, gzip", b"", "6 times over");
        for (name, coding) in [("gzip", "gzip"), ("deflate", "zlib"), ("deflate", "raw")] {
            let whole = encode(coding, b"some text that is long enough to be cut anywhere");
            for end in 1..whole.len() {
                let result = respond(
                    Method::GET,
                    name,
                    &whole[..end],
                    7,
                    DecompressLimits::default(),
                );
                assert!(result.is_err(), "{coding} cut at {end} of {}", whole.len());
            }
        }
    }

    #[test]
    fn bombs_do_not_explode() {
        fn check(body: &[u8], encoding: &str, limits: DecompressLimits, says: &str) {
            let error = respond(Method::GET, encoding, body, 100, limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BodyLimit);
            assert!(error.to_string().contains(says), "{error}");
        }
        let zeros = vec![0; 20 << 20];
        let bomb = encode("gzip", &zeros);
        check(
            &bomb,
            "gzip",
            DecompressLimits::default(),
            "200 to 1 (:max-decompression-ratio)",
        );
        check(
            &encode("gzip", &bomb),
            "gzip, gzip",
            DecompressLimits::default(),
            "200 to 1",
        );
        let limits = DecompressLimits {
            max_size: Some(1 << 16),
            max_ratio: 9999,
        };
        check(
            &bomb,
            "gzip",
            limits,
            "65536 bytes (:max-decompressed-size)",
        );
        let limits = DecompressLimits {
            max_size: None,
            max_ratio: 9999,
        };
        let res = respond(Method::GET, "gzip", &bomb, 10_000, limits).unwrap();
        assert_eq!(res.body.as_bytes().unwrap().len(), zeros.len());
    }

    proptest! {
        /// Any bytes are a body or an error.
        #[test]
        fn any_bytes(name in "gzip|deflate", body in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = respond(Method::GET, &name, &body, 5, DecompressLimits::default());
        }

        #[test]
        fn round_trip(data in proptest::collection::vec(0..4u8, 0..5000), piece in 1usize..99) {
            for (name, coding) in [("gzip", "gzip"), ("deflate", "zlib"), ("deflate", "raw")] {
                let res = respond(Method::GET, name, &encode(coding, &data), piece, DecompressLimits::default()).unwrap();
                prop_assert_eq!(&res.body.as_bytes().unwrap()[..], &data[..]);
            }
        }
    }
}
