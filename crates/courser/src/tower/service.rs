//! Clients as services.

use std::task::{Context, Poll};

use courser_core::{Body, BoxError, BoxFuture, Error, Result};
use tower_service::Service;

use crate::{As, Client, Request, Response};

/// [`Client::send`] as a service. It is always ready: what a call waits for, as a place in the
/// pool, it waits for when it is called.
///
/// ```no_run
/// # async fn f() -> Result<(), tower::BoxError> {
/// use courser::{Client, Request};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// let client = ServiceBuilder::new().concurrency_limit(4).service(Client::new());
/// let request = Request { url: "https://example.org".into(), ..Default::default() };
/// let response = client.clone().oneshot(request).await?;
/// println!("{}", response.status);
/// # Ok(())
/// # }
/// ```
impl Service<Request> for Client {
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (client, request) = (self.clone(), Box::new(request));
        Box::pin(async move { client.send_boxed(request).await })
    }
}

/// [`Client::send`] as a service over the types of `http`, as others have it: the body of the
/// response is a stream, and no status is an error, unless the client's defaults say something
/// by their [`as_`](Request::as_) and [`throw_exceptions`](Request::throw_exceptions).
///
/// ```no_run
/// # async fn f() -> Result<(), tower::BoxError> {
/// use courser::{Body, Client};
/// use tower::ServiceExt;
///
/// let request = http::Request::get("https://example.org").body(Body::empty())?;
/// let mut response = Client::new().oneshot(request).await?;
/// response.body_mut().collect(1 << 20).await?;
/// println!("{} {:?}", response.status(), response.body().as_bytes());
/// # Ok(())
/// # }
/// ```
impl<B> Service<http::Request<B>> for Client
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
        let client = self.clone();
        let mut request = Box::new(Request::from(request.map(Body::http)));
        let defaults = client.defaults();
        if defaults.is_none_or(|defaults| defaults.as_.is_none()) {
            request.as_ = Some(As::Stream);
        }
        if defaults.is_none_or(|defaults| defaults.throw_exceptions.is_none()) {
            request.throw_exceptions = Some(false);
        }
        Box::pin(async move { client.send_boxed(request).await.map(http::Response::from) })
    }
}
