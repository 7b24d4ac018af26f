//! Layers over the types of the crate `http`.

use std::any::TypeId;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use courser_core::{
    Body, BoxError, BoxFuture, Call, ConnectSettings, Error, Headers, HttpVersion, Middleware,
    Options, Request, Response, Result, Url, Version,
};
use courser_rt::Beside;
use http::{Extensions, HeaderMap};
use http_body::{Frame, SizeHint};
use tower_layer::Layer;
use tower_service::Service;

use super::{Rest, lost};

/// A middleware of a tower layer over `http::Request` and `http::Response`.
///
/// ```
/// use std::time::Duration;
/// use courser::{Client, tower::http_layer};
/// use http::{HeaderName, HeaderValue};
/// use tower_http::set_header::SetRequestHeaderLayer;
///
/// let header = HeaderName::from_static("x-tenant");
/// let tenant = SetRequestHeaderLayer::overriding(header, HeaderValue::from_static("7"));
/// let client = Client::builder().middleware(http_layer("tenant", tenant)).build()?;
/// # Ok::<(), courser::Error>(())
/// ```
pub fn http_layer<L, B>(name: &'static str, layer: L) -> impl Middleware + 'static
where
    L: Layer<HttpRest>,
    L::Service: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
    <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<http::Request<Body>>>::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    super::layer(name, OverHttp(layer))
}

/// The layer, between our types and those of `http`.
struct OverHttp<L>(L);

impl<L: Layer<HttpRest>> Layer<Rest> for OverHttp<L> {
    type Service = Outside<L::Service>;

    fn layer(&self, rest: Rest) -> Self::Service {
        Outside(self.0.layer(HttpRest(rest)))
    }
}

/// The layer's service, as it is called from outside.
#[derive(Clone)]
struct Outside<S>(S);

impl<S, B> Service<Request> for Outside<S>
where
    S: Service<http::Request<Body>, Response = http::Response<B>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, req: Request) -> Self::Future {
        let url = req.url.clone();
        match to_http(req) {
            Ok(request) => {
                let done = self.0.call(request);
                Box::pin(async move {
                    let response = done.await.map_err(Into::into)?;
                    Ok(came_back(response, url)?)
                })
            }
            Err(error) => Box::pin(std::future::ready(Err(error.into()))),
        }
    }
}

/// The rest of the stack, as a service over the types of `http`: what such a layer is put around.
/// It takes requests with bodies of any kind, and is always ready.
#[derive(Clone, Debug)]
pub struct HttpRest(Rest);

impl<B> Service<http::Request<B>> for HttpRest
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<http::Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        match went_on(self.0.name, request) {
            Ok(req) => {
                let done = self.0.call(req);
                Box::pin(async move { Ok(from_here(done.await?)) })
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

/// What `http::Request` has no place for, in its extensions.
#[derive(Clone)]
struct Beneath {
    url: Url,
    headers: Headers,
    options: Options,
    call: Arc<Call>,
}

/// What `http::Response` has no place for, in its extensions: the response without its body.
#[derive(Clone)]
struct Of(Arc<Response>);

fn to_http(req: Request) -> Result<http::Request<Body>> {
    let Request {
        method,
        url,
        headers,
        body,
        mut options,
        call,
        keep_alive: _, // is said below
    } = req;
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri(&url)?;
    *request.version_mut() = version(&options);
    *request.headers_mut() = headers.to_map();
    if let Some(extensions) = options.remove::<Extensions>() {
        *request.extensions_mut() = Arc::unwrap_or_clone(extensions);
    }
    request.extensions_mut().insert(Beneath {
        url,
        headers,
        options,
        call,
    });
    Ok(request)
}

fn went_on<B>(name: &'static str, request: http::Request<B>) -> Result<Request>
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = request.into_parts();
    let Some(Beneath {
        url,
        headers,
        mut options,
        call,
    }) = parts.extensions.remove()
    else {
        return Err(lost(name));
    };
    let url = if uri(&url)? == parts.uri {
        url
    } else {
        Url::try_from(&parts.uri).map_err(|error| {
            error
                .with("layer", name)
                .help("it must hand on an absolute URI")
        })?
    };
    if version(&options) != parts.version {
        let mut settings = options
            .get::<ConnectSettings>()
            .cloned()
            .unwrap_or_default();
        settings.version = match parts.version {
            Version::HTTP_10 => HttpVersion::Http10,
            Version::HTTP_2 => HttpVersion::Http2,
            _ => HttpVersion::Http11,
        };
        options.set(settings);
    }
    if !parts.extensions.is_empty() {
        options.set(parts.extensions);
    }
    Ok(Request {
        method: parts.method,
        url,
        headers: as_written(&headers, parts.headers)?,
        body: ours(body)?,
        options,
        call,
        keep_alive: None,
    })
}

fn from_here(mut res: Response) -> http::Response<Body> {
    let mut response = http::Response::new(std::mem::take(&mut res.body));
    *response.status_mut() = res.status;
    *response.version_mut() = res.version;
    *response.headers_mut() = res.headers.to_map();
    if let Some(extensions) = res.info.remove::<Extensions>() {
        *response.extensions_mut() = Arc::unwrap_or_clone(extensions);
    }
    response.extensions_mut().insert(Of(Arc::new(res)));
    response
}

fn came_back<B>(response: http::Response<B>, url: Url) -> Result<Response>
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = response.into_parts();
    // A response of the layer's own has nothing.
    let mut res = match parts.extensions.remove() {
        Some(Of(res)) => Arc::unwrap_or_clone(res),
        None => Response::new(url),
    };
    if res.status != parts.status {
        res.status = parts.status;
        res.reason = None;
    }
    res.version = parts.version;
    res.headers = as_written(&res.headers, parts.headers)?;
    if !parts.extensions.is_empty() {
        res.info.set(parts.extensions);
    }
    res.body = ours(body)?;
    Ok(res)
}

/// The URL without user-info and fragment: a layer may log it.
fn uri(url: &Url) -> Result<http::Uri> {
    http::Uri::try_from(url.as_str()).map_err(|error| {
        Error::invalid("the URL cannot be given to a layer over `http`").because(error)
    })
}

fn version(options: &Options) -> Version {
    match options
        .get::<ConnectSettings>()
        .map(|settings| settings.version)
    {
        Some(HttpVersion::Http10) => Version::HTTP_10,
        Some(HttpVersion::Http2) => Version::HTTP_2,
        _ => Version::HTTP_11,
    }
}

/// The fields of `map`, in the case and order in which they were `written`; others behind them.
fn as_written(written: &Headers, map: HeaderMap) -> Result<Headers> {
    let mut left = HeaderMap::<VecDeque<_>>::with_capacity(map.keys_len());
    let mut last = None;
    for (name, value) in map {
        // A `HeaderMap` gives the name with the first of several values only.
        last = name.or(last);
        if let Some(name) = &last {
            let values = left.entry(name).or_insert_with(VecDeque::new);
            values.push_back(value);
        }
    }
    let mut headers = Headers::with_capacity(written.len());
    for ((name, _), (key, _)) in written.iter().zip(written.iter_http()) {
        if let Some(value) = left.get_mut(key).and_then(VecDeque::pop_front) {
            headers.append(name, value)?;
        }
    }
    for (name, values) in &left {
        for value in values {
            headers.append(name, value)?;
        }
    }
    Ok(headers)
}

/// A body that a layer made, or ours as it is. A layer's may want tokio's timers.
fn ours<B>(body: B) -> Result<Body>
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    if TypeId::of::<B>() == TypeId::of::<Body>() {
        return Ok(Body::http(body));
    }
    let beside = Beside::get()?;
    let body = Box::pin(body);
    Ok(Body::http(Within { body, beside }))
}

struct Within<B> {
    body: Pin<Box<B>>,
    beside: Beside,
}

impl<B: http_body::Body> http_body::Body for Within<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let Within { body, beside } = self.get_mut();
        beside.lend(|| body.as_mut().poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_as_they_were_written() {
        fn check(change: fn(&mut HeaderMap), expected: &[&str]) {
            let mut written = Headers::new();
            for (name, value) in [("X-B", "1"), ("x-A", "2"), ("X-b", "3"), ("X-C", "4")] {
                written.append(name, value).unwrap();
            }
            let mut map = written.to_map();
            change(&mut map);
            let headers = as_written(&written, map).unwrap();
            let lines = headers.iter().map(|(name, value)| {
                let mark = if value.is_sensitive() { "!" } else { "" };
                format!("{name}: {}{mark}", value.to_str().unwrap())
            });
            assert_eq!(lines.collect::<Vec<_>>(), expected);
        }
        check(|_| {}, &["X-B: 1", "x-A: 2", "X-b: 3", "X-C: 4"]);
        check(
            |map| drop(map.remove("x-a")),
            &["X-B: 1", "X-b: 3", "X-C: 4"],
        );
        check(
            |map| drop(map.insert("x-b", http::HeaderValue::from_static("5"))),
            &["X-B: 5", "x-A: 2", "X-C: 4"],
        );
        check(
            |map| {
                map.append("x-d", http::HeaderValue::from_static("6"));
                map.append("x-a", http::HeaderValue::from_static("7"));
            },
            &["X-B: 1", "x-A: 2", "X-b: 3", "X-C: 4", "x-a: 7", "x-d: 6"],
        );
        check(
            |map| map.get_mut("x-c").unwrap().set_sensitive(true),
            &["X-B: 1", "x-A: 2", "X-b: 3", "X-C: 4!"],
        );
    }
}
