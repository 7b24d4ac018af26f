//! From Courser's request to hyper's.

use std::sync::Arc;

use courser_core::rt::Runtime;
use courser_core::upload::{Upload, UploadBody};
use courser_core::{Body, Error, ErrorKind, Headers, Method, Result, Url};
use http::header::{CONNECTION, HOST, HeaderMap, TE, TRANSFER_ENCODING, UPGRADE};
use http::uri::Authority;

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
    let authority = authority(&headers, url)?;
    // What a connection of HTTP/1 is told has no place here (RFC 9113, 8.2.2).
    for name in [CONNECTION, HOST, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
    if headers.get(TE).is_some_and(|te| te != "trailers") {
        headers.remove(TE);
    }
    let uri = http::Uri::builder()
        .scheme(url.scheme())
        .authority(authority)
        .path_and_query(url.target())
        .build()
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
/// ways. It is a host and a port at the most: nothing of it may be taken for a part of the path.
fn authority(headers: &HeaderMap, url: &Url) -> Result<Authority> {
    let mut all = headers.get_all(HOST).iter();
    let host = match (all.next(), all.next()) {
        (None, _) => url.authority().as_bytes(),
        (Some(host), None) => host.as_bytes(),
        (Some(_), Some(_)) => return Err(Error::invalid("the header \"Host\" is given twice")),
    };
    let authority = Authority::try_from(host).ok();
    authority
        .filter(|authority| !authority.as_str().contains('@'))
        .ok_or_else(|| {
            Error::invalid("the header \"Host\" is not a host").help("give host or host:port")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::FakeRt;

    #[test]
    fn a_host_is_nothing_else() {
        fn check(hosts: &[&str], expected: Result<&str, &str>) {
            let url = Url::parse("https://h.example:8443/p?q").unwrap();
            let mut headers = Headers::new();
            for host in hosts {
                headers.append("Host", *host).unwrap();
            }
            let made = outgoing(
                Method::GET,
                &url,
                headers,
                Body::empty(),
                &FakeRt::runtime(),
            );
            let made = made.map(|made| made.request.uri().to_string());
            let made = made.map_err(|error| error.to_string());
            match (&made, expected) {
                (Ok(uri), Ok(expected)) => assert_eq!(uri, expected),
                (Err(error), Err(says)) => assert!(error.contains(says), "{error}"),
                _ => panic!("{hosts:?}: {made:?}"),
            }
        }
        check(&[], Ok("https://h.example:8443/p?q"));
        check(&["other"], Ok("https://other/p?q"));
        check(&["[::1]:9"], Ok("https://[::1]:9/p?q"));
        check(&["a", "b"], Err("given twice"));
        for host in [
            "",
            "a/b",
            "a?b",
            "a#b",
            "u:p@a",
            "a b",
            "a/x?y=",
            "http://a",
            "caf\u{e9}",
        ] {
            check(&[host], Err("is not a host"));
        }
    }
}
