//! One exchange: the request goes out, the head of the response comes in.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use courser_core::{
    Alarm, BoxFuture, Conn, Error, ErrorKind, HeadLimits, HttpVersion, Lease, Limits, Phase,
    Reading, Request, Response, Result, Wait,
};
use http::HeaderValue;
use http::header::PROXY_AUTHORIZATION;
use tokio::task::JoinHandle;

use crate::background::Background;
use crate::errors::Failure;
use crate::incoming::response;
use crate::outgoing::{Outgoing, outgoing};
use crate::target::LastUrl;
use courser_core::upload::Upload;

/// A reqwest client that stands for one of its connections.
pub(crate) struct ReqwestConn {
    client: reqwest::Client,
    /// Where exchanges of blocking calls run; kept alive until the last body is read.
    background: Option<Arc<Background>>,
    version: HttpVersion,
    /// For messages; none for a client that was given.
    connect_timeout: Option<Duration>,
    /// Requests go to a proxy, which forwards them, or through its tunnel.
    proxied: bool,
    last_url: LastUrl,
    /// Of the exchange before, for the next.
    alarm: Alarm,
}

impl ReqwestConn {
    pub(crate) fn new(
        client: reqwest::Client,
        background: Option<Arc<Background>>,
        version: HttpVersion,
        connect_timeout: Option<Duration>,
        proxied: bool,
    ) -> Self {
        ReqwestConn {
            client,
            background,
            version,
            connect_timeout,
            proxied,
            last_url: LastUrl::default(),
            alarm: Alarm::default(),
        }
    }
}

impl ReqwestConn {
    /// The exchange is over, and this can be used for another.
    pub(crate) fn give_back(mut self: Box<Self>, lease: Lease, wait: &mut Wait) {
        self.alarm = wait.take_alarm();
        lease.give_back(self);
    }
}

impl Conn for ReqwestConn {
    fn send(self: Box<Self>, lease: Lease, req: Request) -> BoxFuture<'static, Result<Response>> {
        Box::pin(exchange(self, lease, req))
    }
}

async fn exchange(mut conn: Box<ReqwestConn>, lease: Lease, req: Request) -> Result<Response> {
    let Request {
        method,
        url,
        headers,
        body,
        options,
        call,
    } = req;
    if options.get::<HeadLimits>().is_some() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "limits of a response's head cannot be had over reqwest",
        )
        .help(
            "leave :max-header-size, :max-header-count and :max-interim-responses out, \
             or use the native transport",
        ));
    }
    let idle = Limits::of(&options).idle;
    let stream = Reading::of(&options).stream;
    let target = conn.last_url.read(&url)?;
    let rt = match &conn.background {
        Some(background) => background.rt(),
        None => call.rt(),
    };
    let Outgoing {
        mut request,
        upload,
    } = outgoing(method.clone(), target, headers, body, conn.version, rt)?;
    if conn.proxied && url.is_https() && request.headers().contains_key(PROXY_AUTHORIZATION) {
        return Err(Error::invalid(
            "Proxy-Authorization would go through the proxy's tunnel to the server",
        )
        .help("give :proxy-user and :proxy-pass"));
    }
    if conn.proxied && !url.is_https() {
        // Not in any RFC, but what Apache's client says, and old proxies listen to.
        let headers = request.headers_mut().entry("proxy-connection");
        headers.or_insert(HeaderValue::from_static("Keep-Alive"));
    }

    let mut wait = Wait::with(call, std::mem::take(&mut conn.alarm));
    let answer = match &conn.background {
        None => {
            head(
                conn.client.execute(request),
                &mut wait,
                idle,
                upload.as_deref(),
            )
            .await?
        }
        Some(background) => {
            // The future is made over there too: it may look for its runtime at once.
            let client = conn.client.clone();
            let task = background
                .handle()
                .spawn(async move { client.execute(request).await });
            let task = AbortOnDrop(task);
            match head(task, &mut wait, idle, upload.as_deref()).await? {
                Some(answer) => answer,
                None => return Err(stopped()),
            }
        }
    };
    let failure = Failure {
        method,
        url,
        address: answer
            .as_ref()
            .ok()
            .and_then(reqwest::Response::remote_addr),
        upload,
        call: wait.call().clone(),
        connect_timeout: conn.connect_timeout,
    };
    match answer {
        Ok(answer) => response(answer, conn, lease, wait, idle, stream, failure),
        Err(error) => Err(failure.of_head(error)),
    }
}

/// Waits for the head. Pieces of the request's body that go out begin the idle limit anew.
async fn head<F: Future>(
    answer: F,
    wait: &mut Wait,
    idle: Option<Duration>,
    upload: Option<&Upload>,
) -> Result<F::Output> {
    let mut answer = std::pin::pin!(answer);
    let mut poll = |cx: &mut Context<'_>| {
        let phase = match upload {
            Some(upload) if !upload.is_done() => Phase::Send,
            _ => Phase::Head,
        };
        wait.poll(cx, phase, idle, |cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if upload.is_some_and(|u| u.has_moved(cx.waker())) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
    };
    loop {
        if let Some(answer) = std::future::poll_fn(&mut poll).await? {
            return Ok(answer);
        }
    }
}

/// Ends the exchange, and so its connection, when nobody waits for it any more.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Option<T>;
    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        std::pin::Pin::new(&mut self.0).poll(cx).map(Result::ok)
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Closed, "the exchange was stopped from outside")
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::rt::{Clock, DriverId, Runtime, Spawn, Timer};
    use courser_core::upload::UploadBody;
    use courser_core::{Body, Call, Timeout};
    use http_body::Body as _;
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Waker;
    use std::time::Instant;

    const MS: Duration = Duration::from_millis(1);

    /// Time that passes only when it is told to.
    #[derive(Clone)]
    struct Still {
        time: Arc<Mutex<Instant>>,
        timers: Arc<AtomicUsize>,
    }

    impl Still {
        fn new() -> Self {
            Still {
                time: Arc::new(Mutex::new(Instant::now())),
                timers: Arc::default(),
            }
        }
        fn advance(&self, by: Duration) {
            *self.time.lock().unwrap() += by;
        }
        fn call(&self) -> Arc<Call> {
            Arc::new(Call::new(Arc::new(self.clone())))
        }
    }

    impl Clock for Still {
        fn now(&self) -> Instant {
            *self.time.lock().unwrap()
        }
    }
    impl Timer for Still {
        fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
            let clock = self.clone();
            clock.timers.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::poll_fn(move |_| {
                if clock.now() >= at {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }))
        }
    }
    impl Spawn for Still {
        fn spawn(&self, _: BoxFuture<'static, ()>) {}
        fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {}
    }
    impl Runtime for Still {
        fn driver(&self) -> DriverId {
            DriverId(1)
        }
    }

    #[test]
    fn an_upload_that_moves_begins_the_idle_limit_anew() {
        let clock = Still::new();
        let mut wait = Wait::new(clock.call());
        let stream = futures_util::stream::iter(["a"; 20].map(Ok::<_, std::io::Error>));
        let (mut body, upload) = UploadBody::new(Body::stream(stream), None);
        let mut cx = Context::from_waker(Waker::noop());

        let answer = std::future::pending::<()>();
        let mut head = std::pin::pin!(head(answer, &mut wait, Some(50 * MS), Some(&upload)));
        for _ in 0..20 {
            assert!(head.as_mut().poll(&mut cx).is_pending());
            clock.advance(40 * MS);
            assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        }
        assert!(head.as_mut().poll(&mut cx).is_pending());
        clock.advance(49 * MS);
        assert!(head.as_mut().poll(&mut cx).is_pending());
        clock.advance(MS);
        let Poll::Ready(Err(error)) = head.as_mut().poll(&mut cx) else {
            panic!("still waits")
        };
        let kind = ErrorKind::Timeout(Timeout::Idle(Phase::Send));
        assert_eq!(error.kind(), kind);
    }

    #[test]
    fn a_timer_serves_one_exchange_after_the_other() {
        let clock = Still::new();
        let mut cx = Context::from_waker(Waker::noop());
        let mut poll =
            |wait: &mut Wait, answer| wait.poll(&mut cx, Phase::Head, Some(50 * MS), |_| answer);
        let mut alarm = Alarm::default();
        for _ in 0..5 {
            let mut wait = Wait::with(clock.call(), alarm);
            assert!(poll(&mut wait, Poll::Pending).is_pending());
            clock.advance(9 * MS);
            assert!(poll(&mut wait, Poll::Ready(())).is_ready());
            alarm = wait.take_alarm();
        }
        assert_eq!(clock.timers.load(Ordering::Relaxed), 1);

        // It was armed for the first, and does not cut the last short.
        let mut wait = Wait::with(clock.call(), alarm);
        assert!(poll(&mut wait, Poll::Pending).is_pending());
        clock.advance(49 * MS);
        assert!(poll(&mut wait, Poll::Pending).is_pending());
        clock.advance(MS);
        assert!(matches!(
            poll(&mut wait, Poll::Pending),
            Poll::Ready(Err(_))
        ));
    }
}
