//! From Courser's request to reqwest's.

use std::sync::Arc;

use bytes::Bytes;
use courser_core::rt::Runtime;
use courser_core::{Body, Error, ErrorKind, Headers, HttpVersion, Method, Result, Version};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING};

use courser_core::upload::{PIECE, Upload, UploadBody};

/// What is sent, and how it can be watched; bytes in memory are not worth watching when few.
pub(crate) struct Outgoing {
    pub(crate) request: reqwest::Request,
    pub(crate) upload: Option<Arc<Upload>>,
}

/// Makes the request. `rt` is where the body will be polled.
pub(crate) fn outgoing(
    method: Method,
    url: reqwest::Url,
    headers: Headers,
    body: Body,
    version: HttpVersion,
    rt: &Arc<dyn Runtime>,
) -> Result<Outgoing> {
    if method == Method::CONNECT {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "CONNECT opens a tunnel, which is no exchange",
        ));
    }
    let mut request = reqwest::Request::new(method, url);
    let mut headers = HeaderMap::from(headers);
    if headers.get_all(HOST).iter().nth(1).is_some() {
        return Err(Error::invalid("the header \"Host\" is given twice"));
    }
    match version {
        HttpVersion::Http10 => *request.version_mut() = Version::HTTP_10,
        HttpVersion::Http2 => {
            headers.remove(CONNECTION);
            *request.version_mut() = Version::HTTP_2;
        }
        _ => {}
    }
    let told = told_length(&headers)?;
    let body = match (told, body.size()) {
        (Some(told), None) => body.with_size(told),
        _ => body,
    };
    let absent = body.is_empty();
    let body = if absent { body } else { body.start(rt)? };
    let size = if absent { None } else { body.size().or(told) };
    frame(request.method(), &mut headers, absent, size, told, version)?;
    *request.headers_mut() = headers;

    let mut upload = None;
    match small(&body) {
        _ if absent => {}
        Some(bytes) => *request.body_mut() = Some(bytes.into()),
        None => {
            let (body, watched) = UploadBody::new(body, size);
            *request.body_mut() = Some(reqwest::Body::wrap(body));
            upload = Some(watched);
        }
    }
    Ok(Outgoing { request, upload })
}

fn small(body: &Body) -> Option<Bytes> {
    body.as_bytes().filter(|b| b.len() <= PIECE).cloned()
}

/// The length that the user gave by a header.
fn told_length(headers: &HeaderMap) -> Result<Option<u64>> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let number = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    match (number, values.next()) {
        (Some(number), None) => Ok(Some(number)),
        _ => Err(
            Error::invalid("the header \"Content-Length\" is not one number")
                .help("leave it out: it is set by the length of the body"),
        ),
    }
}

/// Sets the header fields that tell where the body ends. hyper sets `Content-Length` for a body
/// of known length; what it would get wrong is set here.
fn frame(
    method: &Method,
    headers: &mut HeaderMap,
    absent: bool,
    size: Option<u64>,
    told: Option<u64>,
    version: HttpVersion,
) -> Result<()> {
    let actual = if absent { Some(0) } else { size };
    if told.is_some() && told != actual {
        return Err(
            Error::invalid("the header \"Content-Length\" contradicts the body")
                .with("header", told.unwrap_or_default())
                .with("body", actual.unwrap_or_default())
                .help("leave it out: it is set by the length of the body"),
        );
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        let chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !chunked || codings.next().is_some() || actual.is_some() {
            return Err(
                Error::invalid("the header \"Transfer-Encoding\" contradicts the body")
                    .help("leave it out: a stream of unknown length is sent in chunks"),
            );
        }
    }
    match actual {
        None if version == HttpVersion::Http10 => {
            return Err(
                Error::invalid("a body of unknown length cannot be sent over HTTP/1.0")
                    .help("give its :length, or use HTTP/1.1"),
            );
        }
        // hyper takes a GET of unknown length for one without a body.
        None if version != HttpVersion::Http2 => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        // RFC 9110, 8.6: where a body is expected, its absence is told.
        Some(0) if !absent || expects_body(method) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        _ => {}
    }
    Ok(())
}

/// The methods that say `Content-Length: 0` when they have no body: those of clj-http.
fn expects_body(method: &Method) -> bool {
    matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "COPY" | "MOVE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Sent {
        Nothing,
        Bytes(u64),
        Stream,
    }

    #[test]
    fn framing() {
        fn check(
            method: &str,
            body: Sent,
            header: Option<(&'static str, &'static str)>,
            expected: Result<Option<&str>, &str>,
        ) {
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = header {
                headers.append(name, HeaderValue::from_static(value));
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let (absent, size) = match body {
                Sent::Nothing => (true, None),
                Sent::Bytes(n) => (false, Some(n)),
                Sent::Stream => (false, None),
            };
            let got = told_length(&headers).and_then(|told| {
                frame(
                    &method,
                    &mut headers,
                    absent,
                    size,
                    told,
                    HttpVersion::Http11,
                )
            });
            match (got, expected) {
                (Ok(()), Ok(expected)) => {
                    let mut lines = headers
                        .iter()
                        .map(|(n, v)| format!("{n}: {}", v.to_str().unwrap()));
                    assert_eq!(lines.next().as_deref(), expected, "{method}");
                    assert_eq!(lines.next(), None);
                }
                (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
                (got, expected) => panic!("{method}: {got:?}, {expected:?}"),
            }
        }
        let (length, chunked) = (
            Some("content-length: 0"),
            Some("transfer-encoding: chunked"),
        );
        check("GET", Sent::Nothing, None, Ok(None));
        check("OPTIONS", Sent::Nothing, None, Ok(None));
        check("PROPFIND", Sent::Nothing, None, Ok(None));
        check("POST", Sent::Nothing, None, Ok(length));
        check("MOVE", Sent::Nothing, None, Ok(length));
        check("GET", Sent::Bytes(0), None, Ok(length));
        check("POST", Sent::Bytes(3), None, Ok(None));
        check("POST", Sent::Stream, None, Ok(chunked));
        check("GET", Sent::Stream, None, Ok(chunked));
        let told = |n| Some(("content-length", n));
        check(
            "POST",
            Sent::Bytes(3),
            told("3"),
            Ok(Some("content-length: 3")),
        );
        check("POST", Sent::Bytes(3), told("4"), Err("contradicts"));
        check("GET", Sent::Nothing, told("4"), Err("contradicts"));
        check("POST", Sent::Bytes(3), told("+3"), Err("not one number"));
        let coding = |c| Some(("transfer-encoding", c));
        check("POST", Sent::Stream, coding("chunked"), Ok(chunked));
        check(
            "POST",
            Sent::Bytes(3),
            coding("chunked"),
            Err("contradicts"),
        );
        check("POST", Sent::Stream, coding("gzip"), Err("contradicts"));
    }
}
