//! From hyper's response to Courser's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use courser_core::{
    Body, Error, Headers, Lease, Method, Phase, Response, Result, Wait, never_has_body,
};
use futures_core::Stream;
use http_body::Body as _;

use super::Part;
use super::failure::Failure;

/// The head as Courser has it, with the body as a stream that holds the lease.
pub(super) fn response(
    answer: hyper::Response<hyper::body::Incoming>,
    part: Box<Part>,
    lease: Lease,
    wait: Wait,
    idle: Option<Duration>,
    failure: Failure,
) -> Response {
    let (head, body) = answer.into_parts();
    let mut res = Response::new(failure.url.clone());
    res.status = head.status;
    res.version = head.version;
    let bodiless = failure.method == Method::HEAD || never_has_body(head.status);
    res.length = if bodiless {
        Some(0)
    } else {
        let length = head.headers.get(http::header::CONTENT_LENGTH);
        length.and_then(|value| value.to_str().ok()?.parse().ok())
    };
    res.headers = Headers::from(head.headers);
    if bodiless || body.is_end_stream() {
        lease.give_back(part);
        if !bodiless {
            res.body = Body::from(Bytes::new());
        }
        return res;
    }
    let stream = Body::incoming(Box::pin(Incoming {
        body,
        wait,
        idle,
        expected: res.length,
        received: 0,
        held: Some((lease, part)),
        failure,
    }));
    res.body = match res.length {
        Some(size) => stream.with_size(size),
        None => stream,
    };
    res
}

/// The body of a response, read from hyper as it comes.
struct Incoming {
    body: hyper::body::Incoming,
    wait: Wait,
    idle: Option<Duration>,
    expected: Option<u64>,
    received: u64,
    /// Until the end; dropped with the body before that.
    held: Option<(Lease, Box<Part>)>,
    failure: Failure,
}

impl Incoming {
    fn finish(&mut self) {
        if let Some((lease, part)) = self.held.take() {
            lease.give_back(part);
        }
    }

    fn fail(&mut self, error: Error) -> Error {
        self.held = None;
        self.failure.named(error)
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = &mut *self;
        if this.held.is_none() {
            return Poll::Ready(None);
        }
        loop {
            let body = &mut this.body;
            let polled = this.wait.poll(cx, Phase::Body, this.idle, |cx| {
                Pin::new(body).poll_frame(cx)
            });
            return Poll::Ready(match ready!(polled) {
                Ok(Some(Ok(frame))) => {
                    // Trailers are left out, as in clj-http.
                    let Ok(bytes) = frame.into_data() else {
                        continue;
                    };
                    this.received += bytes.len() as u64;
                    if this.body.is_end_stream() {
                        this.finish();
                    }
                    Some(Ok(bytes))
                }
                Ok(None) => {
                    this.finish();
                    None
                }
                Ok(Some(Err(error))) => {
                    let error = this.failure.of_body(error, this.received, this.expected);
                    Some(Err(this.fail(error)))
                }
                Err(error) => {
                    let error = error.with("received", format_args!("{} bytes", this.received));
                    Some(Err(this.fail(error)))
                }
            });
        }
    }
}
