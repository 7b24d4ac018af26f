//! From reqwest's response to Courser's.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use courser_core::{
    Body, Error, ErrorKind, Headers, Lease, Method, Phase, Response, Result, Version, Wait,
    never_has_body,
};
use futures_core::Stream;
use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use http_body::{Body as _, Frame};
use hyper::ext::ReasonPhrase;

use crate::conn::ReqwestConn;
use crate::errors::Failure;

/// The head as Courser has it, with the body as a stream that holds the lease.
pub(crate) fn response(
    answer: reqwest::Response,
    conn: Box<ReqwestConn>,
    lease: Lease,
    mut wait: Wait,
    idle: Option<Duration>,
    stream: bool,
    failure: Failure,
) -> Result<Response> {
    let remote_addr = answer.remote_addr();
    let (mut head, mut body) = http::Response::<reqwest::Body>::from(answer).into_parts();

    let mut res = Response::new(failure.url.clone());
    res.status = head.status;
    res.version = head.version;
    res.remote_addr = remote_addr;
    res.reason = head.extensions.remove::<ReasonPhrase>().map(|reason| {
        let text: String = reason.as_bytes().iter().map(|&b| char::from(b)).collect();
        Arc::from(text)
    });
    let bodiless = failure.method == Method::HEAD || never_has_body(head.status);
    if bodiless {
        res.length = Some(0);
    } else {
        (res.length, res.chunked) = framing(head.version, &head.headers)?;
    }
    let expected = res.length;
    res.headers = Headers::from(head.headers);

    // Often the body came with the head, and then costs no stream. And where no more can come, it
    // is asked all the same: with reqwest's decompression compiled in, it does not tell unasked.
    let mut ended = body.is_end_stream();
    let mut ahead = None;
    if !ended
        && (!stream || bodiless || expected == Some(0))
        && let Poll::Ready(frame) =
            Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()))
    {
        ended = frame.is_none();
        ahead = frame;
    }
    if !bodiless
        && let Some(Ok(frame)) = &ahead
        && let Some(bytes) = frame.data_ref()
        && (body.is_end_stream() || expected == Some(bytes.len() as u64))
    {
        res.body = Body::from(bytes.clone());
        conn.give_back(lease, &mut wait);
        return Ok(res);
    }
    res.body = match (bodiless, ended) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(Bytes::new()),
        (false, false) => {
            let body = Incoming {
                body,
                ahead,
                wait,
                idle,
                expected,
                received: 0,
                held: Some((lease, conn)),
                failure,
            };
            let stream = Body::incoming(Box::pin(body));
            res.body = match expected {
                Some(size) => stream.with_size(size),
                None => stream,
            };
            return Ok(res);
        }
    };
    // A body that came where there may be none is not waited for.
    if ended {
        conn.give_back(lease, &mut wait);
    }
    Ok(res)
}

/// The length that was told, and whether the body comes in chunks. A body that could be read in
/// two ways is refused (RFC 9112, 6.3).
fn framing(version: Version, headers: &HeaderMap) -> Result<(Option<u64>, bool)> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if version >= Version::HTTP_2 {
        return Ok((length, false));
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return Ok((length, false));
    };
    let trouble = if headers.contains_key(CONTENT_LENGTH) {
        "the response tells its length in two ways"
    } else if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") || codings.next().is_some() {
        "the response has a transfer coding that is not known"
    } else {
        return Ok((None, true));
    };
    let coding = courser_core::value_text(coding);
    Err(Error::new(ErrorKind::Protocol, trouble)
        .with("transfer-encoding", courser_core::excerpt(&coding, 40)))
}

/// The body of a response, read from reqwest as it comes.
struct Incoming {
    body: reqwest::Body,
    /// What it was asked for already.
    ahead: Option<std::result::Result<Frame<Bytes>, reqwest::Error>>,
    wait: Wait,
    idle: Option<Duration>,
    expected: Option<u64>,
    received: u64,
    /// Until the end; dropped with the body before that.
    held: Option<(Lease, Box<ReqwestConn>)>,
    failure: Failure,
}

impl Incoming {
    fn finish(&mut self) {
        if let Some((lease, conn)) = self.held.take() {
            conn.give_back(lease, &mut self.wait);
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
            let polled = match this.ahead.take() {
                Some(frame) => Poll::Ready(Ok(Some(frame))),
                None => this.wait.poll(cx, Phase::Body, this.idle, |cx| {
                    Pin::new(body).poll_frame(cx)
                }),
            };
            return Poll::Ready(match ready!(polled) {
                Ok(Some(Ok(frame))) => {
                    // Trailers are left out, as in clj-http.
                    let Ok(bytes) = frame.into_data() else {
                        continue;
                    };
                    this.received += bytes.len() as u64;
                    // Either may be the first to know.
                    if this.body.is_end_stream() || this.expected == Some(this.received) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn lengths_are_read_in_one_way_only() {
        fn check(
            lines: &[(&'static str, &'static str)],
            expected: Result<(Option<u64>, bool), &str>,
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            match (framing(Version::HTTP_11, &headers), expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected),
                (Err(error), Err(says)) => {
                    assert_eq!(error.kind(), ErrorKind::Protocol);
                    assert!(error.to_string().contains(says), "{error}");
                }
                (got, _) => panic!("{lines:?}: {got:?}"),
            }
        }
        let (length, coding) = ("content-length", "transfer-encoding");
        check(&[], Ok((None, false)));
        check(&[(length, "5")], Ok((Some(5), false)));
        check(&[(coding, "Chunked")], Ok((None, true)));
        check(&[(coding, "chunked"), (length, "5")], Err("two ways"));
        check(&[(coding, "gzip, chunked")], Err("not known"));
        check(
            &[(coding, "chunked"), (coding, "chunked")],
            Err("not known"),
        );
        check(&[(coding, "identity")], Err("identity"));
    }
}
