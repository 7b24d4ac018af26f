//! From Courser's request to hyper's.

use std::sync::Arc;

use courser_core::rt::Runtime;
use courser_core::upload::{Upload, UploadBody};
use courser_core::{Body, Error, ErrorKind, Headers, Method, Result, Url};
use http::header::{CONNECTION, HOST, HeaderMap, TE, TRANSFER_ENCODING, UPGRADE};

/// What is sent, and how it can be watched.
pub(super) struct Outgoing {
    pub(super) request: http::Request<UploadBody>,
    pub(super) upload: Arc<Upload>,
}

pub(super) fn outgoing(
    method: Method,
    url: &Url,
    headers: Headers,
    body: Body,
    rt: &Arc<dyn Runtime>,
) -> Result<Outgoing> {
    if method == Method::CONNECT {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "CONNECT opens a tunnel, which is no exchange",
        ));
    }
    let mut headers = HeaderMap::from(headers);
    let host = host(&headers, url)?;
    // What a connection of HTTP/1 is told has no place here (RFC 9113, 8.2.2).
    for name in [CONNECTION, HOST, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
    if headers.get(TE).is_some_and(|te| te != "trailers") {
        headers.remove(TE);
    }
    let target = format!("{}://{host}{}", url.scheme(), url.target());
    let uri = http::Uri::try_from(target)
        .map_err(|error| Error::invalid("the URL cannot be sent over HTTP/2").because(error))?;
    let told = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let body = match (told, body.size()) {
        (Some(told), None) => body.with_size(told),
        (Some(told), Some(size)) if told != size => {
            return Err(
                Error::invalid("the header \"Content-Length\" contradicts the body")
                    .with("header", told)
                    .with("body", size)
                    .help("leave it out: it is set by the length of the body"),
            );
        }
        _ => body,
    };
    let absent = body.is_empty();
    let body = if absent { body } else { body.start(rt)? };
    let size = body.size();
    let (body, upload) = UploadBody::new(body, size);
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(Outgoing { request, upload })
}

/// A `Host` of the user's becomes the `:authority` (RFC 9113, 8.3.1): two could be read in two
/// ways.
fn host(headers: &HeaderMap, url: &Url) -> Result<String> {
    let mut all = headers.get_all(HOST).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(url.authority().to_owned()),
        (Some(host), None) => Ok(courser_core::value_text(host).into_owned()),
        (Some(_), Some(_)) => Err(Error::invalid("the header \"Host\" is given twice")),
    }
}
