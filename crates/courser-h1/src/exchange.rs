//! One exchange: a request and its answer, and what becomes of the connection.

use crate::body::{BodyReader, Part};
use crate::error::{Error, Result, Section};
use crate::fields::Fields;
use crate::framing::{self, Framing, Method, Told};
use crate::head::{self, ResponseHead, Version};
use crate::options::Options;
use crate::request::Said;
use crate::section::Scanner;
use crate::upload::{Frame, Upload};

/// One exchange, from the end of the request's head on. [`RequestWriter`](crate::RequestWriter)
/// makes it; the states are drawn in the documentation of the [crate](crate).
///
/// The two directions are independent of each other: an answer may come while the body of the
/// request is still written.
#[derive(Clone, Debug)]
pub struct Exchange {
    method: Method,
    /// Whether the client leaves the connection open, and whether it offered another protocol.
    lasts: bool,
    upgrades: bool,
    upload: Upload,
    waits: bool,
    options: Options,
    answer: Answer,
    informational: usize,
    fate: Fate,
}

#[derive(Clone, Debug)]
enum Answer {
    Head(Scanner),
    Body(Framing, BodyReader),
    Failed,
}

/// What can become of the connection after the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It can be used for another exchange.
    KeepAlive,
    /// It is another protocol's: the answer was 101, or 2xx to CONNECT. Bytes that were read
    /// beyond the head are that protocol's first.
    Switched,
    /// It has to be closed.
    Close(CloseReason),
}

/// Why a connection cannot be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The body of the request was not sent to its end.
    RequestUnfinished,
    /// The response did not end yet.
    ResponseUnfinished,
    /// The response could not be read.
    Failed,
    /// The request said so: `Connection: close`, or HTTP/1.0 without `keep-alive`.
    Client,
    /// The response said so, in the same words.
    Server,
    /// The body ended with the connection.
    UntilClose,
    /// The server closed it after the end of the response.
    Closed,
    /// A framing that was forgiven, but is not to be trusted further: see
    /// [`Leniency`](crate::Leniency).
    Doubtful,
    /// There are bytes after the end of the response: they belong to no request, and the next
    /// answer on the connection could be anybody's.
    Leftover,
}

impl Exchange {
    pub(crate) fn new(said: &Said, upload: Upload, options: &Options) -> Self {
        // A server of HTTP/1.0 does not know of it (RFC 9110, 10.1.1).
        let waits = said.expects && said.version == Version::Http11 && !upload.is_done();
        let answer = Answer::Head(Scanner::new(Section::Head));
        Exchange {
            method: said.method,
            lasts: said.persistence.lasts(said.version),
            upgrades: said.upgrade,
            upload,
            waits,
            options: *options,
            answer,
            informational: 0,
            fate: Fate::KeepAlive,
        }
    }

    /// One that is over, for the place of one to come: nothing can be read of it.
    ///
    /// ```
    /// let mut none = courser_h1::Exchange::over();
    /// assert!(none.request_is_finished() && none.framing().is_none());
    /// assert!(none.read_head(b"HTTP/1.1 204 No Content\r\n\r\n").is_err());
    /// ```
    #[must_use]
    pub fn over() -> Self {
        let said = Said::begin(Version::Http11, "GET");
        let mut over = Exchange::new(&said, Upload::Done, &Options::default());
        over.answer = Answer::Failed;
        over
    }

    /// Whether `Expect: 100-continue` was said, and neither a 100 nor a final answer came yet:
    /// the body had better not be sent. A server may never say it, so wait for a limited time
    /// (RFC 9110, 10.1.1), then send the body all the same.
    #[must_use]
    pub fn awaits_continue(&self) -> bool {
        self.waits
    }

    /// Frames a piece of the request's body and copies it to `out`. Empty pieces are fine.
    ///
    /// # Errors
    /// [`Error::BodyLength`]: more than Content-Length says; `out` is left as it was.
    /// [`Error::Misuse`]: the body has ended.
    pub fn write_body(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let frame = self.frame_body(piece.len())?;
        out.reserve(piece.len() + 20);
        out.extend_from_slice(frame.prefix());
        out.extend_from_slice(piece);
        out.extend_from_slice(frame.suffix());
        Ok(())
    }

    /// The same without a copy: what stands before and after a piece of that length, which is
    /// taken as sent.
    ///
    /// # Errors
    /// As [`write_body`](Exchange::write_body).
    pub fn frame_body(&mut self, length: usize) -> Result<Frame> {
        // Who sends has waited long enough.
        self.waits &= length == 0;
        self.upload.frame(length)
    }

    /// Ends the request's body. Not needed without a body, and harmless.
    ///
    /// # Errors
    /// [`Error::BodyLength`]: less than Content-Length says. The connection has to be closed
    /// then, since the server waits for the rest.
    pub fn end_body(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.end_body_with([], out)
    }

    /// Ends the request's body with trailers; only a chunked body has them.
    ///
    /// # Errors
    /// As [`end_body`](Exchange::end_body); [`Error::Framing`]: not chunked;
    /// [`Error::BadRequest`]: a trailer that is malformed or frames, routes or authenticates
    /// (RFC 9110, 6.5.1). `out` is left as it was.
    pub fn end_body_with<'t>(
        &mut self,
        trailers: impl IntoIterator<Item = (&'t str, &'t [u8])>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        self.upload.end(trailers, out)?;
        self.waits = false;
        Ok(())
    }

    /// Whether the request's body was given to its end.
    #[must_use]
    pub fn request_is_finished(&self) -> bool {
        self.upload.is_done()
    }

    /// Reads the next head of the answer. `input` is all that came and was not consumed yet;
    /// as long as the answer is `None`, nothing is consumed, and it is asked again with more
    /// after it. The number is that of the bytes to drop from the input.
    ///
    /// An informational head (1xx) is followed by another: ask again. 101 is final.
    ///
    /// # Errors
    /// What is malformed, contradicts itself or exceeds a limit. The connection is to be closed.
    pub fn read_head(&mut self, input: &[u8]) -> Result<Option<(ResponseHead, usize)>> {
        let read = self.head(input);
        self.failing(read)
    }

    fn head(&mut self, input: &[u8]) -> Result<Option<(ResponseHead, usize)>> {
        let Answer::Head(scanner) = &mut self.answer else {
            return Err(Error::Misuse("the head of the response was read before"));
        };
        let Some(length) = head::find(scanner, input, &self.options)? else {
            return Ok(None);
        };
        let section = input.get(..length).unwrap_or_default();
        let head = head::parse(scanner, section, self.options.lenient)?;
        if head.is_informational() {
            self.informational += 1;
            let allowed = self.options.limits.informational;
            if self.informational > allowed {
                let limit = "informational";
                return Err(Error::Limit { limit, allowed });
            }
            self.waits &= head.status() != 100;
            self.answer = Answer::Head(Scanner::new(Section::Head));
            return Ok(Some((head, length)));
        }
        if head.status() == 101 && !self.upgrades {
            return Err(Error::UnaskedUpgrade);
        }
        let told = Told::by(head.fields());
        let (framing, trusted) = framing::of(&head, &told, self.method, self.options.lenient)?;
        self.waits = false;
        self.fate = self.fate_by(framing, trusted, told.persistence.lasts(head.version()));
        self.answer = Answer::Body(framing, BodyReader::new(framing));
        Ok(Some((head, length)))
    }

    /// How the body of the response ends, once its head is known.
    #[must_use]
    pub fn framing(&self) -> Option<Framing> {
        match &self.answer {
            Answer::Body(framing, _) => Some(*framing),
            _ => None,
        }
    }

    /// Takes the next piece of the response's body from `input`, which begins where the last
    /// call left off. Nothing is copied.
    ///
    /// # Errors
    /// What is malformed or exceeds a limit. The connection is to be closed.
    pub fn read_body(&mut self, input: &[u8]) -> Result<Part> {
        let read = match &mut self.answer {
            Answer::Body(_, body) => body.read(input, &self.options),
            _ => Err(NO_BODY),
        };
        self.failing(read)
    }

    /// How many bytes of body come next on the wire, with no framing between them: once all
    /// input was consumed, so many may be read from the connection straight into the place
    /// where they are wanted. `u64::MAX` if the body ends with the connection; 0 if framing
    /// comes next, or nothing.
    #[must_use]
    pub fn body_room(&self) -> u64 {
        match &self.answer {
            Answer::Body(_, body) => body.room(),
            _ => 0,
        }
    }

    /// That so many bytes of body were read past [`read_body`](Exchange::read_body).
    ///
    /// # Errors
    /// [`Error::Misuse`]: more than [`body_room`](Exchange::body_room).
    pub fn advance_body(&mut self, read: usize) -> Result<()> {
        match &mut self.answer {
            Answer::Body(_, body) => body.advance(read as u64),
            _ => Err(NO_BODY),
        }
    }

    /// The bytes of body that came, without their framing.
    #[must_use]
    pub fn body_received(&self) -> u64 {
        match &self.answer {
            Answer::Body(_, body) => body.received(),
            _ => 0,
        }
    }

    /// Whether the response came to its end.
    #[must_use]
    pub fn response_is_finished(&self) -> bool {
        matches!(&self.answer, Answer::Body(_, body) if body.is_ended())
    }

    /// The trailers of a chunked body, after its end. They are not mixed with the fields of the
    /// head, whose meaning they must not change (RFC 9110, 6.5.1).
    #[must_use]
    pub fn trailers(&self) -> Option<&Fields> {
        match &self.answer {
            Answer::Body(_, body) => body.trailers(),
            _ => None,
        }
    }

    /// That the server closed its side, after all input was given to
    /// [`read_head`](Exchange::read_head) or [`read_body`](Exchange::read_body). A body that
    /// lasts until then ends by it.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::TruncatedHead`], [`Error::TruncatedBody`]: the response is not
    /// whole.
    pub fn close(&mut self) -> Result<()> {
        let closed = match &mut self.answer {
            Answer::Head(scanner) => match scanner.scanned() {
                0 if self.informational == 0 => Err(Error::Closed),
                received => Err(Error::TruncatedHead { received }),
            },
            Answer::Body(_, body) => body.close(),
            Answer::Failed => Err(NO_BODY),
        };
        if self.fate == Fate::KeepAlive {
            self.fate = Fate::Close(CloseReason::Closed);
        }
        self.failing(closed)
    }

    /// What can become of the connection as things stand, with so many bytes of input left.
    #[must_use]
    pub fn fate(&self, leftover: usize) -> Fate {
        match &self.answer {
            Answer::Failed => Fate::Close(CloseReason::Failed),
            _ if self.fate == Fate::Switched => Fate::Switched,
            _ if !self.response_is_finished() => Fate::Close(CloseReason::ResponseUnfinished),
            _ if !self.request_is_finished() => Fate::Close(CloseReason::RequestUnfinished),
            _ if self.fate == Fate::KeepAlive && leftover > 0 => Fate::Close(CloseReason::Leftover),
            _ => self.fate,
        }
    }

    /// RFC 9112, 9.3; whether the connection lasts is what the server says.
    fn fate_by(&self, framing: Framing, trusted: bool, lasts: bool) -> Fate {
        let reason = if framing == Framing::Switched {
            return Fate::Switched;
        } else if !trusted {
            CloseReason::Doubtful
        } else if !self.lasts {
            CloseReason::Client
        } else if framing == Framing::UntilClose {
            CloseReason::UntilClose
        } else if !lasts {
            CloseReason::Server
        } else {
            return Fate::KeepAlive;
        };
        Fate::Close(reason)
    }

    /// After a fault of the server nothing more is read.
    fn failing<T>(&mut self, read: Result<T>) -> Result<T> {
        if read
            .as_ref()
            .is_err_and(|error| !matches!(error, Error::Misuse(_)))
        {
            self.answer = Answer::Failed;
        }
        read
    }
}

const NO_BODY: Error = Error::Misuse("the head of the response was not read, or reading failed");
