//! Bodies that a handler answers with, and the one it is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use tokio::sync::mpsc;

use crate::BoxError;

/// The body of an answer: bytes, or chunks that are made while they are sent.
#[derive(Debug)]
pub struct Body {
    frames: UnsyncBoxBody<Bytes, BoxError>,
    /// An error that is due at the next poll.
    broken: Option<BoxError>,
}

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self::from(Bytes::new())
    }

    /// Chunks of unknown number: sent chunked, each taken from the iterator when the client has room for it.
    pub fn chunks<I>(chunks: I) -> Self
    where
        I: IntoIterator<Item: Into<Bytes>, IntoIter: Send + 'static>,
    {
        let frames = chunks
            .into_iter()
            .map(|chunk| Ok(Frame::data(chunk.into())));
        Self::frames(frames, SizeHint::default())
    }

    /// Chunks of `length` bytes in all, which is announced as the content length.
    pub fn sized<I>(length: u64, chunks: I) -> Self
    where
        I: IntoIterator<Item: Into<Bytes>, IntoIter: Send + 'static>,
    {
        let frames = chunks
            .into_iter()
            .map(|chunk| Ok(Frame::data(chunk.into())));
        Self::frames(frames, SizeHint::with_exact(length))
    }

    /// So many zeros, with their content length, of which only a few are in memory.
    pub fn zeros(length: u64) -> Self {
        const CHUNK: &[u8] = &[0; 64 * 1024];
        let mut left = length;
        Self::sized(
            length,
            std::iter::from_fn(move || {
                let size = usize::try_from(left).map_or(CHUNK.len(), |left| left.min(CHUNK.len()));
                left -= size as u64;
                (size > 0).then(|| Bytes::from_static(&CHUNK[..size]))
            }),
        )
    }

    /// Chunks of unknown number after which the connection (HTTP/2: the stream) breaks. What fits into the socket's buffer
    /// before the break arrives; to cut a longer answer at an exact byte, take a [`RawPeer`](crate::RawPeer).
    pub fn broken<I>(chunks: I) -> Self
    where
        I: IntoIterator<Item: Into<Bytes>, IntoIter: Send + 'static>,
    {
        let frames = chunks
            .into_iter()
            .map(|chunk| Ok(Frame::data(chunk.into())));
        let end = std::iter::once_with(|| Err("the body was to break".into()));
        Self::frames(frames.chain(end), SizeHint::default())
    }

    /// A body and the hand that feeds it. It ends when the sender is dropped.
    pub fn channel() -> (BodySender, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (BodySender(sender), Self::new(Fed(receiver)))
    }

    /// With these trailers after the last chunk.
    pub fn with_trailers(self, trailers: HeaderMap) -> Self {
        let trailers = std::future::ready(Some(Ok(trailers)));
        Self::new(BodyExt::with_trailers(self, trailers))
    }

    fn new(frames: impl http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static) -> Self {
        Self {
            frames: UnsyncBoxBody::new(frames),
            broken: None,
        }
    }

    fn frames<I>(frames: I, size: SizeHint) -> Self
    where
        I: Iterator<Item = Result<Frame<Bytes>, BoxError>> + Send + 'static,
    {
        Self::new(Frames { frames, size })
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self::new(Full::new(bytes.into()).map_err(|never: Infallible| match never {}))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let poll = Pin::new(&mut self.frames).poll_frame(cx);
        let Poll::Ready(Some(Err(error))) = poll else {
            return poll;
        };
        // hyper drops what it has not flushed when a body fails, and flushes when a body is pending.
        self.broken = Some(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.frames.size_hint()
    }
}

/// Feeds a [`Body::channel`], from any thread or task.
#[derive(Clone, Debug)]
pub struct BodySender(mpsc::UnboundedSender<Result<Frame<Bytes>, BoxError>>);

impl BodySender {
    /// Queues a chunk; says whether the body is still wanted. Never waits.
    pub fn send(&self, chunk: impl Into<Bytes>) -> bool {
        self.0.send(Ok(Frame::data(chunk.into()))).is_ok()
    }

    /// Ends the body with trailers.
    pub fn trailers(self, trailers: HeaderMap) {
        let _ = self.0.send(Ok(Frame::trailers(trailers)));
    }

    /// Breaks the connection (HTTP/2: the stream) in the middle of the body.
    pub fn abort(self) {
        let _ = self.0.send(Err("the body was to break".into()));
    }

    /// Resolves when the client wants no more of the body.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

struct Frames<I> {
    frames: I,
    size: SizeHint,
}

// An iterator is never pinned.
impl<I> Unpin for Frames<I> {}

impl<I: Iterator<Item = Result<Frame<Bytes>, BoxError>>> http_body::Body for Frames<I> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.frames.next())
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

struct Fed(mpsc::UnboundedReceiver<Result<Frame<Bytes>, BoxError>>);

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(cx)
    }
}

/// The body of a request, read by the handler as it comes ([`start_streaming`](crate::ServerBuilder::start_streaming)).
#[derive(Debug)]
pub struct Upload {
    body: Incoming,
    trailers: Option<HeaderMap>,
}

impl Upload {
    pub(crate) fn new(body: Incoming) -> Self {
        Self {
            body,
            trailers: None,
        }
    }

    /// The next chunk, or `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, BoxError>> {
        while let Some(frame) = self.body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Some(Ok(data)),
                Ok(Err(other)) => self.trailers = other.into_trailers().ok(),
                Err(error) => return Some(Err(error.into())),
            }
        }
        None
    }

    /// Reads to the end, keeping nothing, and says how many bytes there were.
    pub async fn count(&mut self) -> Result<u64, BoxError> {
        let mut total = 0;
        while let Some(chunk) = self.chunk().await {
            total += chunk?.len() as u64;
        }
        Ok(total)
    }

    /// Reads to the end, keeping everything.
    pub async fn collect(&mut self) -> Result<Bytes, BoxError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.into())
    }

    /// The trailers, once the end was reached.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }
}
