//! From and to the types of the crate `http`.

use std::sync::Arc;

use courser_core::{Body, Headers, HttpVersion, Options, Version};

use crate::{Request, Response};

/// An `http::Request`: method, URL, version (where it is not the usual one), headers and body. Its
/// extensions, as `http::Extensions`, are one of the request's.
///
/// ```
/// let request = http::Request::post("http://h/x").header("A", "b").body("text").unwrap();
/// let request = courser::Request::from(request);
/// assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "http://h/x"));
/// ```
impl<B: Into<Body>> From<http::Request<B>> for Request {
    fn from(request: http::Request<B>) -> Self {
        let (parts, body) = request.into_parts();
        let mut headers = Headers::from(parts.headers);
        // Of bytes it is known anyway; of a stream it is the option that tells it.
        let length = headers
            .get_str("content-length")
            .and_then(|text| text.parse().ok());
        headers.remove("content-length");
        let mut extensions = Options::new();
        if !parts.extensions.is_empty() {
            extensions.set(parts.extensions);
        }
        Request {
            length,
            method: parts.method,
            url: parts.uri.to_string(),
            headers,
            body: body.into(),
            protocol_version: match parts.version {
                Version::HTTP_10 => Some(HttpVersion::Http10),
                Version::HTTP_2 => Some(HttpVersion::Http2),
                _ => None,
            },
            extensions,
            ..Default::default()
        }
    }
}

/// To an `http::Response`, whose body is bytes or, if it was asked for, a stream.
impl From<Response> for http::Response<Body> {
    fn from(response: Response) -> Self {
        let mut response = courser_core::Response::from(response);
        let mut out = http::Response::new(response.body);
        *out.status_mut() = response.status;
        *out.version_mut() = response.version;
        *out.headers_mut() = response.headers.into();
        if let Some(extensions) = response.info.remove::<http::Extensions>() {
            *out.extensions_mut() = Arc::unwrap_or_clone(extensions);
        }
        out
    }
}
