//! Bodies, of requests and responses.

mod from;
mod wrap;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use sync_wrapper::SyncWrapper;

use crate::chain::Chain;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::pieces::{Convert, Pieces, Reader, ReaderPieces, Sized, read_piece};
use crate::rt::Runtime;
use wrap::{Through, Wrapped};

/// The body of a request or of a response: nothing, bytes, a file, or a stream.
///
/// Bodies are cheap to clone. Bytes, files and [factories](Body::factory) can be sent any number
/// of times; the clones of a one-shot stream share it, the first to be read takes it, and
/// reading another is an error.
///
/// ```
/// use courser_core::Body;
///
/// assert_eq!(Body::from("text").size(), Some(4));
/// assert_eq!(Body::reader(std::io::empty()).size(), None);
/// assert_eq!(Body::reader(std::io::repeat(7)).with_size(3).size(), Some(3));
/// ```
#[derive(Default)]
pub struct Body {
    source: Source,
    size: Option<u64>,
    cut: bool,
    text: bool,
}

#[derive(Default)]
enum Source {
    #[default]
    Empty,
    Bytes(Bytes),
    File(Arc<Path>),
    Factory(Factory),
    /// Bodies one after another.
    Chain(Arc<[Body]>),
    /// A one-shot stream that nobody has begun to read.
    Shared(Arc<Mutex<Option<Live>>>),
    /// A stream in reading.
    Reading(SyncWrapper<Live>),
    /// A body with a stage's stream around it, of which nobody has begun to read.
    Wrapped(SyncWrapper<Box<Wrapped>>),
    /// The same for a body that is to be sent: made anew each time.
    Through(Box<Through>),
    /// What is left of a stream that another clone reads, or that has failed.
    Gone,
}

type Factory = Arc<dyn Fn() -> Result<Body> + Send + Sync>;

enum Live {
    Pieces(Pieces),
    Reader(Reader),
}

impl Body {
    /// No body at all. An empty byte string, in contrast, is a body of length 0.
    #[must_use]
    pub fn empty() -> Self {
        Body::default()
    }

    fn new(source: Source, size: Option<u64>) -> Self {
        Body {
            source,
            size,
            cut: false,
            text: false,
        }
    }

    /// The file at `path`, streamed. Its size is taken when the request is made; a missing file
    /// is an error before anything is sent.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Body::new(Source::File(path.into().into()), None)
    }

    /// A stream of pieces. Sent in chunks unless [`with_size`](Body::with_size) tells its length.
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Body::pieces(Box::pin(Convert::new(stream)))
    }

    /// A stream of pieces that is in the right form already.
    #[must_use]
    pub fn pieces(pieces: Pieces) -> Self {
        Body::new(
            Source::Shared(Arc::new(Mutex::new(Some(Live::Pieces(pieces))))),
            None,
        )
    }

    /// The body of a response as it comes in: like [`pieces`](Body::pieces), but clones do not
    /// share it: only this one can be read.
    #[must_use]
    pub fn incoming(pieces: Pieces) -> Self {
        Body::new(
            Source::Reading(SyncWrapper::new(Live::Pieces(pieces))),
            None,
        )
    }

    /// All that a reader gives, read while it is sent. Sent in chunks unless
    /// [`with_size`](Body::with_size) tells its length.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        let live = Live::Reader(Box::new(reader));
        Body::new(Source::Shared(Arc::new(Mutex::new(Some(live)))), None)
    }

    /// A body that can be made anew for each try: for streams that redirects and retries are to
    /// send again.
    pub fn factory(make: impl Fn() -> Result<Body> + Send + Sync + 'static) -> Self {
        Body::new(Source::Factory(Arc::new(make)), None)
    }

    /// Bodies one after another, as one; how multipart bodies are made. The length is known if
    /// that of each is, and it can be sent again if each can. Small ones that are all in memory
    /// become one there; otherwise each is read when the one before it is at its end.
    ///
    /// ```
    /// use courser_core::Body;
    ///
    /// let body = Body::chain([Body::from("a"), Body::reader(std::io::repeat(7)).with_size(3)]);
    /// assert_eq!(body.size(), Some(4));
    /// assert!(body.replay().is_none());
    /// ```
    #[must_use]
    pub fn chain(bodies: impl IntoIterator<Item = Body>) -> Self {
        let bodies: Arc<[Body]> = bodies.into_iter().collect();
        let size = bodies.iter().map(Body::size);
        let size = size.reduce(|sum, size| sum?.checked_add(size?));
        let size = size.unwrap_or(Some(0));
        let in_memory = bodies.iter().map(Body::as_bytes);
        if let (true, Some(parts)) = (
            size.is_some_and(|size| size <= JOINED),
            in_memory.collect::<Option<Vec<_>>>(),
        ) {
            return Body::from(
                parts
                    .iter()
                    .flat_map(|part| part.iter().copied())
                    .collect::<Vec<u8>>(),
            );
        }
        Body::new(Source::Chain(bodies), size)
    }

    /// Tells the length of a stream in bytes (clj-http's `:length`). A stream that turns out
    /// shorter or longer fails the exchange. For bytes it is without effect.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        if !matches!(self.source, Source::Empty | Source::Bytes(_)) {
            self.size = Some(size);
        }
        self
    }

    /// The length in bytes, where it is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match &self.source {
            Source::Empty => Some(0),
            Source::Bytes(bytes) => Some(bytes.len() as u64),
            _ => self.size,
        }
    }

    /// Whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.source, Source::Empty)
    }

    /// The bytes, if they are in memory: always so for a collected body.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        static NONE: Bytes = Bytes::new();
        match &self.source {
            Source::Empty => Some(&NONE),
            Source::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The path of a [file](Body::file).
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            _ => None,
        }
    }

    /// Whether the body was cut: at a limit, or because the connection broke, as bodies of
    /// errors may be.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether it was given as text, which is sent in `:body-encoding` and as `text/plain`
    /// unless another content type is said.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.text
    }

    fn marked_as_text(mut self) -> Self {
        self.text = true;
        self
    }

    /// Looks up the size of a file body.
    ///
    /// # Errors
    /// A file that is missing or cannot be read; the error names it.
    pub fn check_file(&mut self) -> Result<()> {
        let Source::File(path) = &self.source else {
            return Ok(());
        };
        let fail = |source: io::Error| {
            Error::invalid(format!("the file \"{}\" cannot be sent", path.display()))
                .because(source)
        };
        let meta = std::fs::metadata(path).map_err(fail)?;
        if meta.is_dir() {
            return Err(fail(io::Error::other("it is a directory")));
        }
        if meta.is_file() {
            self.size = Some(meta.len());
        }
        Ok(())
    }

    /// What is needed to send this body again; `None` for a one-shot stream.
    #[must_use]
    pub fn replay(&self) -> Option<Replay> {
        match &self.source {
            Source::Empty | Source::Bytes(_) | Source::File(_) | Source::Factory(_) => {
                Some(Replay(self.clone()))
            }
            Source::Chain(bodies) => {
                let all = bodies.iter().all(|body| body.replay().is_some());
                all.then(|| Replay(self.clone()))
            }
            Source::Through(through) => through.inner.replay().map(|_| Replay(self.clone())),
            Source::Shared(_) | Source::Reading(_) | Source::Wrapped(_) | Source::Gone => None,
        }
    }

    /// Starts a body that is to be sent: opens the file, calls the factory, and moves the
    /// reading of files and readers to where `rt` blocks. For transports.
    ///
    /// # Errors
    /// A file that cannot be opened, a factory that fails, a stream that was taken already.
    pub fn start(self, rt: &Arc<dyn Runtime>) -> Result<Body> {
        let size = self.size;
        let live = match self.source {
            Source::Factory(make) => {
                let body = make()?;
                if matches!(body.source, Source::Factory(_)) {
                    return Err(Error::invalid("a body factory returned a factory"));
                }
                return match size {
                    Some(size) => body.with_size(size).start(rt),
                    None => body.start(rt),
                };
            }
            Source::File(path) => {
                let file = File::open(&path).map_err(|source| {
                    Error::invalid(format!("the file \"{}\" cannot be sent", path.display()))
                        .because(source)
                })?;
                Live::Reader(Box::new(file))
            }
            Source::Chain(bodies) => Live::Pieces(Box::pin(Chain::new(&bodies, Some(rt.clone())))),
            Source::Through(through) => {
                let Through { inner, wrap } = *through;
                Live::Pieces(wrap(inner.start(rt)?))
            }
            Source::Shared(slot) => take(&slot)?,
            source => return Ok(Body::new(source, size)),
        };
        let pieces = match live {
            Live::Pieces(pieces) => pieces,
            Live::Reader(reader) => Box::pin(ReaderPieces::new(rt.clone(), reader)),
        };
        let pieces = match size {
            Some(left) => Box::pin(Sized::new(pieces, left)),
            None => pieces,
        };
        Ok(Body::new(
            Source::Reading(SyncWrapper::new(Live::Pieces(pieces))),
            size,
        ))
    }

    /// The next piece, never empty; `None` at the end.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match &mut self.source {
                Source::Empty => return Poll::Ready(None),
                Source::Bytes(bytes) => {
                    let bytes = std::mem::take(bytes);
                    self.source = Source::Empty;
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Source::Reading(live) => {
                    let piece = match live.get_mut() {
                        Live::Pieces(pieces) => std::task::ready!(pieces.as_mut().poll_next(cx)),
                        Live::Reader(reader) => read_piece(reader).transpose(),
                    };
                    match piece {
                        Some(Ok(bytes)) if bytes.is_empty() => {}
                        Some(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                        Some(Err(error)) => {
                            self.source = Source::Gone;
                            return Poll::Ready(Some(Err(error)));
                        }
                        None => {
                            self.source = Source::Empty;
                            return Poll::Ready(None);
                        }
                    }
                }
                Source::Wrapped(_) => {
                    if let Source::Wrapped(wrapped) = std::mem::take(&mut self.source) {
                        let Wrapped { inner, wrap } = *wrapped.into_inner();
                        self.source = Source::Reading(SyncWrapper::new(Live::Pieces(wrap(inner))));
                    }
                }
                Source::Through(_) => {
                    if let Source::Through(through) = std::mem::take(&mut self.source) {
                        let Through { inner, wrap } = *through;
                        self.source = Source::Reading(SyncWrapper::new(Live::Pieces(wrap(inner))));
                    }
                }
                Source::Shared(slot) => match take(slot) {
                    Ok(live) => self.source = Source::Reading(SyncWrapper::new(live)),
                    Err(error) => {
                        self.source = Source::Gone;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Source::File(path) => match File::open(path) {
                    Ok(file) => {
                        self.source =
                            Source::Reading(SyncWrapper::new(Live::Reader(Box::new(file))));
                    }
                    Err(error) => {
                        self.source = Source::Gone;
                        return Poll::Ready(Some(Err(Error::user(error))));
                    }
                },
                Source::Factory(make) => match make() {
                    Ok(body) => *self = body,
                    Err(error) => {
                        self.source = Source::Gone;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Source::Chain(bodies) => {
                    let pieces = Live::Pieces(Box::pin(Chain::new(bodies, None)));
                    self.source = Source::Reading(SyncWrapper::new(pieces));
                }
                Source::Gone => return Poll::Ready(Some(Err(taken()))),
            }
        }
    }

    /// The next piece, never empty; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    /// Reads the rest into memory, where it stays.
    ///
    /// # Errors
    /// What the stream fails with; [`BodyLimit`](ErrorKind::BodyLimit) beyond `limit` bytes.
    pub async fn collect(&mut self, limit: u64) -> Result<()> {
        match self.gather(limit).await {
            (bytes, None) => {
                self.source = Source::Bytes(bytes);
                Ok(())
            }
            (_, Some(error)) => Err(error),
        }
    }

    /// [`collect`](Body::collect) for a body that is in memory already, as small ones often are;
    /// `None` for others.
    pub(crate) fn collect_now(&mut self, limit: u64) -> Option<Result<()>> {
        match &self.source {
            Source::Empty => self.source = Source::Bytes(Bytes::new()),
            Source::Bytes(bytes) if bytes.len() as u64 > limit => {
                return Some(Err(too_large(limit)));
            }
            Source::Bytes(_) => {}
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Reads the rest into memory, at most `limit` bytes of it. What comes beyond the limit, or
    /// after an error, is lost and the body marked as [cut](Body::is_cut).
    pub async fn collect_lossy(&mut self, limit: u64) {
        let (bytes, error) = self.gather(limit).await;
        self.cut |= error.is_some();
        self.source = Source::Bytes(bytes);
    }

    async fn gather(&mut self, limit: u64) -> (Bytes, Option<Error>) {
        if let Source::Empty = self.source {
            return (Bytes::new(), None);
        }
        if let Source::Bytes(bytes) = &mut self.source {
            let mut bytes = std::mem::take(bytes);
            if bytes.len() as u64 <= limit {
                return (bytes, None);
            }
            bytes.truncate(limit as usize);
            return (bytes, Some(too_large(limit)));
        }
        let Some(first) = self.next().await else {
            return (Bytes::new(), None);
        };
        let mut all = match first {
            Ok(piece) => piece,
            Err(error) => return (Bytes::new(), Some(error)),
        };
        // Most small bodies come in one piece, and are not copied then.
        let mut buffer: Option<BytesMut> = None;
        let error = loop {
            let gathered = buffer.as_ref().map_or(all.len(), BytesMut::len) as u64;
            if gathered > limit {
                break Some(too_large(limit));
            }
            match self.next().await {
                None => break None,
                Some(Err(error)) => break Some(error),
                Some(Ok(piece)) => {
                    let known = self.size.unwrap_or(0).min(limit).min(1 << 24) as usize;
                    let buffer = buffer.get_or_insert_with(|| {
                        let mut buffer = BytesMut::with_capacity(known.max(all.len() * 2));
                        buffer.extend_from_slice(&std::mem::take(&mut all));
                        buffer
                    });
                    buffer.extend_from_slice(&piece);
                }
            }
        };
        let mut bytes = buffer.map_or(all, BytesMut::freeze);
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        (bytes, error)
    }

    /// Reads the rest and throws it away, so that its connection can be used again. Tells whether
    /// the end was reached within `limit` bytes; if not, dropping it has closed the connection.
    ///
    /// If nothing was read so far, the bytes are not decoded, and count as they came.
    pub async fn discard(mut self, limit: u64) -> bool {
        while let Source::Wrapped(wrapped) = self.source {
            self = wrapped.into_inner().inner;
        }
        let mut left = limit;
        if self.size().is_some_and(|size| size > left) {
            return false;
        }
        loop {
            match self.next().await {
                None => return true,
                Some(Ok(piece)) if piece.len() as u64 <= left => left -= piece.len() as u64,
                Some(_) => return false,
            }
        }
    }
}

/// Up to so many bytes, a copy costs less than writing twice.
const JOINED: u64 = 64 * 1024;

fn take(slot: &Mutex<Option<Live>>) -> Result<Live> {
    slot.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
        .ok_or_else(taken)
}

fn taken() -> Error {
    Error::invalid("the stream of this body was read already, or failed")
        .help("a stream can be sent once; give Body::factory, bytes or a file to send it again")
}

fn too_large(limit: u64) -> Error {
    Error::new(ErrorKind::BodyLimit, "the response body is too large")
        .with("limit", format_args!("{limit} bytes (:max-body-size)"))
        .help("raise :max-body-size, or read it as a stream")
}

impl Clone for Body {
    fn clone(&self) -> Self {
        let source = match &self.source {
            Source::Empty => Source::Empty,
            Source::Bytes(bytes) => Source::Bytes(bytes.clone()),
            Source::File(path) => Source::File(path.clone()),
            Source::Factory(make) => Source::Factory(make.clone()),
            Source::Chain(bodies) => Source::Chain(bodies.clone()),
            Source::Shared(slot) => Source::Shared(slot.clone()),
            Source::Through(through) => Source::Through(through.clone()),
            Source::Reading(_) | Source::Wrapped(_) | Source::Gone => Source::Gone,
        };
        Body {
            source,
            size: self.size,
            cut: self.cut,
            text: self.text,
        }
    }
}

/// What is needed to send a body again, taken before it is sent the first time.
#[derive(Clone, Debug)]
pub struct Replay(Body);

impl Replay {
    /// The body, as it was.
    #[must_use]
    pub fn body(&self) -> Body {
        self.0.clone()
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.get_mut().poll_piece(cx)
    }
}

/// Shows the form of a body and the length, not the content.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Empty => f.write_str("Body(none)"),
            Source::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Source::File(path) => write!(f, "Body(file {})", path.display()),
            Source::Factory(_) => f.write_str("Body(factory)"),
            Source::Chain(bodies) => f.debug_tuple("Body").field(bodies).finish(),
            Source::Shared(_) | Source::Reading(_) | Source::Wrapped(_) => {
                f.write_str("Body(stream)")
            }
            Source::Through(through) => through.inner.fmt(f),
            Source::Gone => f.write_str("Body(taken)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeRt, now};

    fn pieces(parts: &'static [&'static str]) -> Body {
        struct Parts(std::slice::Iter<'static, &'static str>);
        impl Stream for Parts {
            type Item = Result<Bytes, BoxError>;
            fn poll_next(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                Poll::Ready(self.0.next().map(|part| match *part {
                    "!" => Err("broken".into()),
                    part => Ok(part.into()),
                }))
            }
        }
        Body::stream(Parts(parts.iter()))
    }

    #[test]
    fn collecting() {
        fn check(
            mut body: Body,
            limit: u64,
            expected: Result<&str, ErrorKind>,
            lossy: (&str, bool),
        ) {
            let again = body.clone();
            match now(body.collect(limit)) {
                Ok(()) => assert_eq!(
                    Ok(&body.as_bytes().unwrap()[..]),
                    expected.map(str::as_bytes)
                ),
                Err(error) => assert_eq!(Err(error.kind()), expected),
            }
            if let Some(replay) = again.replay() {
                let mut body = replay.body();
                now(body.collect_lossy(limit));
                assert_eq!(
                    (&body.as_bytes().unwrap()[..], body.is_cut()),
                    (lossy.0.as_bytes(), lossy.1)
                );
            }
        }
        let stream = |parts: &'static [&'static str]| Body::factory(move || Ok(pieces(parts)));
        check(Body::empty(), 0, Ok(""), ("", false));
        check("abc".into(), 3, Ok("abc"), ("abc", false));
        check("abc".into(), 2, Err(ErrorKind::BodyLimit), ("ab", true));
        check(stream(&["a", "", "bc"]), 3, Ok("abc"), ("abc", false));
        check(stream(&["abc"]), 2, Err(ErrorKind::BodyLimit), ("ab", true));
        check(
            stream(&["a", "bc"]),
            2,
            Err(ErrorKind::BodyLimit),
            ("ab", true),
        );
        check(
            stream(&["a", "b", "!"]),
            9,
            Err(ErrorKind::User),
            ("ab", true),
        );
        check(Body::reader(&b"reader"[..]), 9, Ok("reader"), ("", false));
    }

    #[test]
    fn a_stream_is_read_once_and_says_so() {
        let mut body = pieces(&["a", "b"]);
        let mut clone = body.clone();
        assert!(body.replay().is_none());
        now(body.collect(9)).unwrap();
        let error = now(clone.collect(9)).unwrap_err();
        assert!(error.to_string().contains("Body::factory"), "{error}");
        // The collected bytes stay, for any number of readers.
        assert_eq!(now(body.clone().next()).unwrap().unwrap(), "ab");
        assert_eq!(body.as_bytes().unwrap(), "ab");
    }

    #[test]
    fn discarding_reads_what_came_not_what_it_becomes() {
        fn check(body: Body, limit: u64, expected: bool) {
            assert_eq!(now(body.discard(limit)), expected);
        }
        let wrapped = |parts| {
            let mut body = pieces(parts);
            body.wrap(|_| panic!("nobody reads it"));
            body
        };
        check(Body::empty(), 0, true);
        check(pieces(&["ab", "c"]), 3, true);
        check(pieces(&["ab", "c"]), 2, false);
        check(pieces(&["!"]), 2, false);
        check(wrapped(&["ab"]), 2, true);
        check(wrapped(&["ab"]), 1, false);
        // What is known to be too long is not begun.
        let long = Body::reader(io::repeat(0)).with_size(9);
        check(long, 8, false);
        let mut body = pieces(&["ab"]);
        body.wrap(|inner| Box::pin(inner));
        body.wrap(|inner| Box::pin(inner));
        now(body.collect(9)).unwrap();
        assert_eq!(body.as_bytes().unwrap(), "ab");
    }

    #[test]
    fn a_length_is_kept() {
        fn check(body: Body, size: u64, expected: Result<&str, &str>) {
            let mut body = body.with_size(size).start(&FakeRt::runtime()).unwrap();
            match (now(body.collect(99)), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(body.as_bytes().unwrap(), expected),
                (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
                (got, _) => panic!("{got:?} {expected:?}"),
            }
        }
        check(pieces(&["ab", "c"]), 3, Ok("abc"));
        check(
            pieces(&["ab", "c"]),
            4,
            Err("shorter than its :length [length: 4, given: 3]"),
        );
        check(
            pieces(&["ab", "c"]),
            2,
            Err("longer than its :length [length: 2, given: 3]"),
        );
        check(Body::reader(&b"ab"[..]), 2, Ok("ab"));
        check(Body::factory(|| Ok(pieces(&["ab"]))), 2, Ok("ab"));
        check(Body::factory(|| Ok(pieces(&["ab"]))), 1, Err("longer"));
    }

    #[test]
    fn chains() {
        type Make = fn() -> Vec<Body>;
        fn check(make: Make, size: Option<u64>, again: bool, expected: Result<&str, &str>) {
            let mut body = Body::chain(make());
            assert_eq!((body.size(), body.replay().is_some()), (size, again));
            // Read here and now, and where the runtime blocks.
            let started = Body::chain(make()).start(&FakeRt::runtime()).unwrap();
            for body in [&mut body, &mut { started }] {
                match (now(body.collect(1 << 20)), expected) {
                    (Ok(()), Ok(text)) => assert_eq!(body.as_bytes().unwrap(), text),
                    (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
                    (got, _) => panic!("{got:?} {expected:?}"),
                }
            }
        }
        check(Vec::new, Some(0), true, Ok(""));
        check(
            || vec!["ab".into(), Body::empty(), "c".into()],
            Some(3),
            true,
            Ok("abc"),
        );
        check(
            || vec!["ab".into(), Body::factory(|| Ok("c".into())), "d".into()],
            None,
            true,
            Ok("abcd"),
        );
        check(
            || vec![pieces(&["a", "b"]).with_size(2), "c".into()],
            Some(3),
            false,
            Ok("abc"),
        );
        check(
            || vec!["a".into(), pieces(&["b", "!"]), "c".into()],
            None,
            false,
            Err("a body of yours failed"),
        );
        check(
            || {
                vec![
                    "a".into(),
                    Body::factory(|| Err(Error::invalid("none"))),
                    "c".into(),
                ]
            },
            None,
            true,
            Err("none"),
        );
        let large = Body::chain([Body::from(vec![7; 70_000]), "b".into()]);
        assert!(large.as_bytes().is_none() && large.replay().is_some());
        assert_eq!(
            format!("{large:?}"),
            "Body([Body(70000 bytes), Body(1 bytes)])"
        );
        // A part that is longer or shorter than it says is found out, and so is what went before.
        let wrong = Body::chain([pieces(&["abc"]).with_size(2), "c".into()]);
        let mut wrong = wrong.start(&FakeRt::runtime()).unwrap();
        let error = now(wrong.collect(9)).unwrap_err();
        assert!(
            error.to_string().contains("longer than its :length"),
            "{error}"
        );
    }

    #[test]
    fn files() {
        let dir = std::env::temp_dir().join(format!("courser-core-body-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("a.txt");
        std::fs::write(&path, "contents").unwrap();
        let mut body = Body::file(&path);
        body.check_file().unwrap();
        assert_eq!(body.size(), Some(8));
        let mut started = body
            .replay()
            .unwrap()
            .body()
            .start(&FakeRt::runtime())
            .unwrap();
        now(started.collect(99)).unwrap();
        assert_eq!(started.as_bytes().unwrap(), "contents");
        assert_eq!(Body::from(File::open(&path).unwrap()).size(), Some(8));
        for missing in [dir.join("none"), dir.clone()] {
            let error = Body::file(&missing).check_file().unwrap_err();
            assert!(
                error.to_string().contains(missing.to_str().unwrap()),
                "{error}"
            );
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
