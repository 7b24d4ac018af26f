//! Bodies that come bit by bit, read part after part.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use multer::bytes::Bytes;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::read::{ReadError, ReadOptions};

/// The head of a part that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartHead {
    /// The name of the field, if it has one.
    pub name: Option<String>,
    /// The name of the file, if it has one: what the sender says, never a path to write to.
    pub file_name: Option<String>,
    /// The media type, if one is said.
    pub mime_type: Option<String>,
    /// All header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
}

/// The parts of a body, as they come. It holds no more than a head and a piece of the stream.
///
/// The tokenizer is multer's, which by itself takes in whatever the stream has. So the stream
/// stands behind a gate here, which lets a piece through only when nothing else goes on.
pub struct Reader {
    multipart: Multipart<'static>,
    /// The part that is being read.
    field: Option<Field<'static>>,
    gate: Arc<Mutex<Gate>>,
    options: ReadOptions,
    /// How many parts were begun.
    parts: usize,
    ended: bool,
}

#[derive(Debug, Default)]
struct Gate {
    open: bool,
    /// The stream has nothing yet, and will wake us.
    waiting: bool,
    ended: bool,
    /// The bytes that came through.
    taken: usize,
}

struct Gated<S> {
    stream: Pin<Box<S>>,
    gate: Arc<Mutex<Gate>>,
}

impl<S: Stream<Item = Result<Bytes, E>>, E> Stream for Gated<S> {
    type Item = Result<Bytes, E>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let gate = self.gate.clone();
        let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        if !gate.open {
            return Poll::Pending;
        }
        let polled = self.stream.as_mut().poll_next(cx);
        match &polled {
            Poll::Pending => gate.waiting = true,
            Poll::Ready(piece) => {
                gate.open = false;
                gate.ended = piece.is_none();
                if let Some(Ok(piece)) = piece {
                    gate.taken += piece.len();
                }
            }
        }
        polled
    }
}

impl Reader {
    /// Reads a stream whose parts stand between that boundary.
    ///
    /// # Errors
    /// A boundary that is none.
    pub fn new<S, E>(stream: S, boundary: &str, options: ReadOptions) -> Result<Self, ReadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        if boundary.is_empty() || boundary.len() > 70 {
            return Err(ReadError::Boundary(boundary.len()));
        }
        let gate = Arc::new(Mutex::new(Gate::default()));
        let gated = Gated {
            stream: Box::pin(stream),
            gate: gate.clone(),
        };
        let limit = SizeLimit::new().per_field(options.max_part_size);
        let constraints = Constraints::new().size_limit(limit);
        Ok(Reader {
            multipart: Multipart::with_constraints(gated, boundary, constraints),
            field: None,
            gate,
            options,
            parts: 0,
            ended: false,
        })
    }

    /// The next part; what is left of the last one is skipped. `None` at the end.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn next_part(&mut self) -> Result<Option<PartHead>, ReadError> {
        std::future::poll_fn(|cx| self.poll_part(cx)).await
    }

    /// The next bytes of the part, never empty; `None` at its end.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// As [`next_part`](Reader::next_part).
    pub fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<PartHead>, ReadError>> {
        if self.ended {
            return Poll::Ready(Ok(None));
        }
        while self.field.is_some() {
            if let Err(error) = ready!(self.poll_chunk(cx)) {
                return Poll::Ready(Err(error));
            }
        }
        let most = Some(self.options.max_head);
        let polled = ready!(self.gated(cx, most, |it, cx| it.multipart.poll_next_field(cx)));
        let Some(field) = polled.inspect_err(|_| self.ended = true)? else {
            self.ended = true;
            return Poll::Ready(Ok(None));
        };
        if self.parts >= self.options.max_parts {
            self.ended = true;
            return Poll::Ready(Err(ReadError::Parts(self.options.max_parts)));
        }
        self.parts += 1;
        let head = head_of(&field);
        self.field = Some(field);
        Poll::Ready(Ok(Some(head)))
    }

    /// As [`next_chunk`](Reader::next_chunk).
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, ReadError>> {
        loop {
            if self.field.is_none() {
                return Poll::Ready(Ok(None));
            }
            let polled = ready!(self.gated(cx, None, |it, cx| match &mut it.field {
                Some(field) => Pin::new(field).poll_next(cx).map(Option::transpose),
                None => Poll::Ready(Ok(None)),
            }));
            match polled {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return Poll::Ready(Ok(Some(chunk))),
                Ok(None) => self.field = None,
                Err(error) => {
                    self.field = None;
                    self.ended = true;
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    /// Goes on with what is there, and lets pieces through one by one while that is not enough:
    /// at most so many bytes.
    fn gated<T>(
        &mut self,
        cx: &mut Context<'_>,
        most: Option<usize>,
        mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<Result<T, multer::Error>>,
    ) -> Poll<Result<T, ReadError>> {
        let part = self.parts + usize::from(self.field.is_none());
        let mut after_end = false;
        loop {
            if let Poll::Ready(polled) = poll(self, cx) {
                self.gate().taken = 0;
                return Poll::Ready(polled.map_err(|source| wrong(part, source)));
            }
            let mut gate = self.gate();
            if gate.waiting {
                gate.waiting = false;
                return Poll::Pending;
            }
            if gate.ended {
                if after_end {
                    return Poll::Ready(Err(ReadError::Incomplete { part }));
                }
                after_end = true;
            }
            if let Some(limit) = most.filter(|most| gate.taken > *most) {
                return Poll::Ready(Err(ReadError::Head { part, limit }));
            }
            gate.open = true;
        }
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wrong(part: usize, source: multer::Error) -> ReadError {
    match source {
        multer::Error::StreamReadFailed(source) => ReadError::Stream(source),
        multer::Error::FieldSizeExceeded { limit, .. } => ReadError::Size { part, limit },
        multer::Error::IncompleteFieldData { .. } | multer::Error::IncompleteStream => {
            ReadError::Incomplete { part }
        }
        source => ReadError::Malformed { part, source },
    }
}

fn head_of(field: &Field<'_>) -> PartHead {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = field.headers();
    PartHead {
        name: field.name().map(unescaped),
        file_name: field.file_name().map(unescaped),
        mime_type: headers
            .get("content-type")
            .map(|value| text(value.as_bytes())),
        headers: headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
            .collect(),
    }
}

/// As the WHATWG has it for reading forms: these three and no others.
fn unescaped(name: &str) -> String {
    name.replace("%0A", "\n")
        .replace("%0D", "\r")
        .replace("%22", "\"")
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("options", &self.options)
            .field("parts", &self.parts)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
