//! Whole exchanges, with hyper as the other opinion: the same is accepted and refused, and the
//! bytes are the same, but for the differences that are listed here.

#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use courser_h1::{Error, Options};
use courser_h1_fuzz::{Answer, Head, Line, asked, read};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use libfuzzer_sys::fuzz_target;

/// What we refuse and hyper takes: a part of our error, and the sentence that lets us.
const STRICTER: &[(&str, &str)] = &[
    (
        "it ends in LF without CR",
        "a recipient MAY recognize a single LF as a line terminator (RFC 9112, 2.2)",
    ),
    (
        "the answer is not HTTP/1",
        // hyper passes over empty lines before the status line of an answer too.
        "a server that is expecting to receive and parse a request-line SHOULD ignore at least \
         one empty line (RFC 9112, 2.2)",
    ),
    (
        "it is said twice",
        "the recipient MUST either reject the message as invalid or replace the duplicated field \
         values with a single valid Content-Length (RFC 9110, 8.6)",
    ),
    (
        "Content-Length beside it says otherwise",
        "such a message might indicate an attempt to perform request smuggling or response \
         splitting and ought to be handled as an error (RFC 9112, 6.3)",
    ),
    (
        "only chunked was asked for",
        "a server MUST NOT send a transfer coding that the client did not say it accepts: those \
         of TE (RFC 9112, 7.4; RFC 9110, 10.1.4)",
    ),
    (
        "no coding can follow chunked",
        "a sender MUST NOT apply the chunked transfer coding more than once to a message body \
         (RFC 9112, 6.1)",
    ),
    (
        "it names no coding",
        "Transfer-Encoding = #transfer-coding, which lists the codings that have been applied \
         (RFC 9112, 6.1)",
    ),
    (
        "is followed by neither ; nor CR LF",
        "chunk-ext = *( BWS \";\" BWS chunk-ext-name …): whitespace only before an extension \
         (RFC 9112, 7.1.1)",
    ),
    (
        "its extension has a control character",
        "chunk-ext-val = token / quoted-string, neither of which has any (RFC 9112, 7.1.1)",
    ),
    (
        "101 to a request without an Upgrade field",
        "A server MUST NOT switch to a protocol that was not indicated by the client in the \
         corresponding request's Upgrade header field (RFC 9110, 7.8)",
    ),
];

/// "A user agent that receives an obs-fold in a response message … MUST replace each received
/// obs-fold with one or more SP octets" (RFC 9112, 5.2). We put one, hyper sometimes more; and
/// hyper refuses them in trailers, which the sentence does not leave out.
fn has_fold(input: &[u8]) -> bool {
    let folds = |three: &[u8]| three == b"\r\n " || three == b"\r\n\t";
    input.windows(3).any(folds)
}

/// "A recipient MUST parse and ignore a reasonable number of empty list elements" (RFC 9110,
/// 5.6.1.2): `chunked,` is chunked. hyper looks behind the last comma, sees no coding, and reads
/// until the connection ends.
fn has_empty_coding(head: &Head) -> bool {
    let empty = |element: &[u8]| element.trim_ascii().is_empty();
    let mut codings = head
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
    codings.any(|(_, value)| value.split(|byte| *byte == b',').any(empty))
}

fuzz_target!(|data: &[u8]| {
    let [size, input @ ..] = data else {
        return;
    };
    let method = ["GET", "HEAD", "CONNECT"][usize::from(*size) % 3];
    let piece = usize::from(*size).max(1);
    // The limits are our own, and out of reach here.
    let input = &input[..input.len().min(1000)];
    let mut options = Options::default();
    options.limits.informational = 100;
    let ours = read(asked(method, &options), input, piece).map(|(answer, _)| answer);
    let theirs = hyper_reads(method, input, piece);
    match (ours, theirs) {
        (Ok(ours), Ok(mut theirs)) => {
            theirs.length = ours.length;
            // hyper shows no reason phrase that is not ASCII.
            if !ours.head.reason.is_ascii() {
                theirs.head.reason.clone_from(&ours.head.reason);
            }
            if has_empty_coding(&ours.head) {
                theirs.body.clone_from(&ours.body);
                theirs.trailers.clone_from(&ours.trailers);
            }
            let folded = has_fold(input);
            assert_eq!(normal(ours, folded), normal(theirs, folded));
        }
        (Err(_), Err(_)) => {}
        (Err(error), Ok(theirs)) => {
            let known = listed(&error) || has_empty_coding(&theirs.head);
            assert!(known, "{error}, but hyper: {theirs:?}");
        }
        (Ok(ours), Err(theirs)) => {
            let fold = !ours.trailers.is_empty() && has_fold(input);
            let known = fold || has_empty_coding(&ours.head);
            assert!(known, "{ours:?}, but hyper: {theirs}");
        }
    }
});

fn listed(error: &Error) -> bool {
    let text = error.to_string();
    STRICTER.iter().any(|(part, _)| text.contains(part))
}

/// hyper keeps neither the case of names nor the order between them.
fn normal(mut answer: Answer, folded: bool) -> (Answer, [BTreeMap<String, Vec<Vec<u8>>>; 2]) {
    let grouped = |lines: Vec<Line>| {
        let mut map = BTreeMap::<_, Vec<_>>::new();
        for (name, mut value) in lines {
            if folded {
                let words = value.split(|byte| matches!(byte, b' ' | b'\t'));
                let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
                value = words.join(&b' ');
            }
            map.entry(name.to_ascii_lowercase())
                .or_default()
                .push(value);
        }
        map
    };
    let fields = std::mem::take(&mut answer.head.fields);
    let trailers = std::mem::take(&mut answer.trailers);
    (answer, [grouped(fields), grouped(trailers)])
}

/// The answer as hyper's client reads it.
fn hyper_reads(method: &str, input: &[u8], piece: usize) -> Result<Answer, String> {
    let exchange = async {
        let wire = Wire {
            asked: false,
            input: input.to_vec(),
            at: 0,
            piece,
        };
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .allow_obsolete_multiline_headers_in_responses(true)
            .max_headers(256)
            .handshake::<_, Empty<Bytes>>(wire)
            .await?;
        let request = http::Request::builder()
            .method(method)
            .uri("a:1")
            .header("host", "a");
        let request = request.body(Empty::new()).unwrap();
        let answer = async move {
            let response = sender.send_request(request).await?;
            // Kept, so that the connection does not end before the body.
            let _sender = sender;
            let status = response.status();
            let reason = response.extensions().get::<hyper::ext::ReasonPhrase>();
            let reason = match reason {
                Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
                None => status.canonical_reason().unwrap_or_default().to_owned(),
            };
            let head = Head {
                status: status.as_u16(),
                reason,
                fields: lines(response.headers()),
            };
            let switched = status == 101 || method == "CONNECT" && status.is_success();
            let mut answer = Answer {
                head,
                ..Answer::default()
            };
            if !switched {
                let body = response.into_body().collect().await?;
                answer.trailers = body.trailers().map(lines).unwrap_or_default();
                answer.body = body.to_bytes().to_vec();
            }
            Ok::<_, hyper::Error>(answer)
        };
        let mut answer = pin!(answer);
        let mut connection = pin!(connection.with_upgrades());
        let mut ended = false;
        std::future::poll_fn(|cx| {
            ended = ended || connection.as_mut().poll(cx).is_ready();
            answer.as_mut().poll(cx)
        })
        .await
    };
    let mut exchange = pin!(exchange);
    let cx = &mut Context::from_waker(Waker::noop());
    // Nothing ever waits: the wire is always ready.
    for _ in 0..10_000 {
        if let Poll::Ready(answer) = exchange.as_mut().poll(cx) {
            return answer.map_err(|error| format!("{error:?}"));
        }
    }
    panic!("hyper waits for ever");
}

fn lines(map: &http::HeaderMap) -> Vec<Line> {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.as_bytes().to_vec())
    };
    map.iter().map(line).collect()
}

/// A server that answers the first request in pieces, and hangs up.
struct Wire {
    asked: bool,
    input: Vec<u8>,
    at: usize,
    piece: usize,
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked {
            return Poll::Pending;
        }
        let rest = &self.input[self.at..];
        let length = rest.len().min(self.piece).min(buf.remaining());
        buf.put_slice(&rest[..length]);
        self.at += length;
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.asked = true;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
