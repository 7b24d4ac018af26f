//! One exchange over HTTP/1: the request goes out, the head of the response comes in.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use courser_core::{
    Body, BoxFuture, Call, Error, ErrorKind, Exchanged, HeadLimits, HeaderValue, Headers, Lease,
    Limits, Method, Options, Phase, Reading, Replay, Request, Response, Result, Timings, Wait,
};
use courser_h1::{Exchange, Fate, RequestBody, RequestWriter, ResponseHead};

use crate::connection::{Connection, Origin};
use crate::errors::Failure;
use crate::reply;
use crate::upload::{Moved, Stopped, Upload};
use crate::wire::{self, Way};

/// A body in memory of at most so many bytes goes out in one write with the head.
const SMALL: usize = 16 * 1024;

/// How long `100 Continue` is waited for before the body is sent all the same (RFC 9110, 10.1.1);
/// half the idle limit, if that is less: a server that never says it is not idle for that.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is sent, but for the body.
struct Parts {
    /// The method and the URL.
    failure: Failure,
    headers: Headers,
    /// What is added as `Connection`.
    connection: Option<&'static str>,
    options: Options,
    call: Arc<Call>,
}

/// An exchange on its connection.
pub(crate) struct Active {
    pub(crate) conn: Box<Connection>,
    /// While there is more of the request to send. It may go on beside the response.
    pub(crate) upload: Option<Box<Upload>>,
    /// What writing failed with. An answer may be there all the same.
    broken: Option<io::Error>,
}

/// No head came.
struct Failed {
    error: Error,
    /// How a connection is made in place of one that may have been closed before the request
    /// reached it.
    stale: Option<Arc<Origin>>,
}

impl Failed {
    #[cold]
    fn during(self, failure: &Failure, answered: bool) -> Self {
        let error = failure.during(self.error);
        let error = if answered { error.answered() } else { error };
        Failed { error, ..self }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed { error, stale: None }
    }
}

/// Sends a request. If a connection that was used before turns out to be closed, it is sent once
/// more on a new one, once a call: as RFC 9112, 9.3.1 has it, without asking, where twice does no
/// harm. Where it does, the system is asked about the connection before.
///
/// The future is kept small, since it is allocated for each exchange: what is rare is in boxes.
pub(crate) fn send(
    conn: Box<Connection>,
    lease: Lease,
    req: Request,
) -> BoxFuture<'static, Result<Response>> {
    let connection = req.connection();
    let Request {
        method,
        url,
        headers,
        body,
        options,
        call,
        keep_alive: _,
    } = req;
    let mut parts = Parts {
        failure: Failure {
            method,
            url,
            address: None,
        },
        headers,
        connection,
        options,
        call,
    };
    let (mut lease, mut body) = (Some(lease), Some(body));
    let may = parts.call.has_resend() && is_idempotent(&parts.failure.method);
    let again = if conn.used && may {
        body.as_ref().and_then(Body::replay)
    } else {
        None
    };
    Box::pin(async move {
        let conn = if conn.used && again.is_none() && !conn.io.is_open() {
            let origin = conn.origin.clone();
            drop(conn);
            Box::pin(replace(&origin, &mut lease, &parts.call)).await?
        } else {
            conn
        };
        let failed = match attempt(conn, &mut lease, &mut parts, &mut body).await {
            Ok(response) => return Ok(response),
            Err(failed) => failed,
        };
        match (again, failed.stale) {
            (Some(replay), Some(origin)) if parts.call.take_resend() => {
                Box::pin(resend(&origin, &mut lease, &mut parts, &replay)).await
            }
            _ => Err(failed.error),
        }
    })
}

/// Sends a request anew, on a new connection.
async fn resend(
    origin: &Origin,
    lease: &mut Option<Lease>,
    parts: &mut Parts,
    replay: &Replay,
) -> Result<Response> {
    tracing::debug!("a connection that rested was closed: sending again on a new one");
    let made = replace(origin, lease, &parts.call).await?;
    let again = attempt(made, lease, parts, &mut Some(replay.body())).await;
    again.map_err(|failed| failed.error)
}

/// A new connection in place of one that was closed.
async fn replace(
    origin: &Origin,
    lease: &mut Option<Lease>,
    call: &Arc<Call>,
) -> Result<Box<Connection>> {
    let made = origin.shared.connect_http1(&origin.to, call).await?;
    if let Some(lease) = lease {
        lease.replaced(&*made)?;
    }
    Ok(made)
}

/// RFC 9110, 9.2.2.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

async fn attempt(
    conn: Box<Connection>,
    lease: &mut Option<Lease>,
    parts: &mut Parts,
    body: &mut Option<Body>,
) -> Result<Response, Failed> {
    let started = parts.call.rt().now();
    let idle = Limits::of(&parts.options).idle;
    let mut active = begin(conn, parts, body.take().unwrap_or_default())?;
    let alarm = std::mem::take(&mut active.conn.alarm);
    let mut wait = Wait::with(parts.call.clone(), alarm);
    let mut timings = Timings::begin(started);
    parts.failure.address = active.conn.info.remote_addr;
    let Parts {
        failure, options, ..
    } = parts;
    let head = active
        .head(&mut wait, idle, failure, &mut timings)
        .await
        .map_err(|failed| failed.during(failure, timings.first_byte.is_some()))?;

    let lease = lease.take().unwrap_or_default();
    let reused = std::mem::replace(&mut active.conn.used, true);
    timings.pool = lease.waited();
    if let Some(made) = active.conn.made.take() {
        (timings.dns, timings.connect, timings.tls) = (made.dns, made.connect, made.tls);
    }
    let mut res = Response::new(failure.url.clone());
    reply::head(&head, &mut res).map_err(|error| failure.during(error))?;
    res.remote_addr = active.conn.info.remote_addr;
    let exchanged = Exchanged::new(active.conn.info.clone(), reused, timings);
    res.exchanged = Some(Arc::new(exchanged));
    let reading = Reading::of(options);
    let streams = reading.stream || reading.piecewise;
    reply::body(&mut res, active, lease, wait, idle, streams, failure)?;
    Ok(res)
}

/// Writes the head, and the body if it is small, and gets the rest of the body ready.
fn begin(mut conn: Box<Connection>, parts: &Parts, body: Body) -> Result<Active> {
    let Parts {
        failure: Failure { method, .. },
        headers,
        options,
        call,
        ..
    } = parts;
    if *method == Method::CONNECT {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "CONNECT opens a tunnel, which is no exchange",
        ));
    }
    let (body, size) = if body.is_empty() {
        let said = expects_body(method);
        let size = if said {
            RequestBody::Length(0)
        } else {
            RequestBody::None
        };
        (body, size)
    } else {
        started(body, headers, call)?
    };
    if conn.is_tunnel && headers.contains("proxy-authorization") {
        return Err(Error::invalid(
            "Proxy-Authorization would go through the proxy's tunnel to the server",
        )
        .help("give :proxy-user and :proxy-pass"));
    }
    conn.exchange = write_head(&mut conn, parts, size).map_err(Failure::of_request)?;
    wire::head(conn.id, Way::Out, &conn.out.bytes, |name| {
        parts.headers.get_all(name).any(HeaderValue::is_sensitive)
    });

    let mut active = Active {
        conn,
        upload: None,
        broken: None,
    };
    let small = body.as_bytes().filter(|bytes| bytes.len() <= SMALL);
    match small {
        _ if active.conn.exchange.request_is_finished() => {}
        Some(bytes) if !active.conn.exchange.awaits_continue() => {
            let Connection { exchange, out, .. } = &mut *active.conn;
            exchange
                .write_body(bytes, &mut out.bytes)
                .and_then(|()| exchange.end_body(&mut out.bytes))
                .map_err(Failure::of_request)?;
            wire::body(active.conn.id, Way::Out, bytes);
        }
        _ => {
            let mut upload = Upload::new(body, active.conn.id);
            if active.conn.exchange.awaits_continue() {
                let idle = Limits::of(options).idle;
                let patience = idle.map_or(PATIENCE, |idle| PATIENCE.min(idle / 2));
                let until = call.rt().now().checked_add(patience);
                upload.patience = until.map(|until| call.rt().sleep_until(until));
            }
            active.upload = Some(Box::new(upload));
        }
    }
    Ok(active)
}

fn write_head(
    conn: &mut Connection,
    parts: &Parts,
    body: RequestBody,
) -> courser_h1::Result<Exchange> {
    let Parts {
        failure: Failure { method, url, .. },
        headers,
        ..
    } = parts;
    let target = match &conn.forward {
        Some(_) => url.as_str(),
        None => url.target(),
    };
    let mut writer = RequestWriter::new(conn.out.reset(), conn.version, method.as_str(), target)?;
    if !headers.contains("host") {
        writer.field("Host", url.authority().as_bytes())?;
    }
    for (name, value) in headers.iter() {
        writer.field(name, value.as_bytes())?;
    }
    if let Some(connection) = parts.connection {
        writer.field("Connection", connection.as_bytes())?;
    }
    if let Some(forward) = &conn.forward {
        if let Some(value) = &forward.authorization
            && !headers.contains("proxy-authorization")
        {
            writer.field("Proxy-Authorization", value.as_bytes())?;
        }
        // Not in any RFC, but what Apache's client says, and old proxies listen to.
        if !headers.contains("proxy-connection") {
            writer.field("Proxy-Connection", b"Keep-Alive")?;
        }
    } else if parts.connection.is_none() && conn.is_kept && !headers.contains("connection") {
        // Nobody has said it, as in a pool without a stack above it.
        writer.field("Connection", b"Keep-Alive")?;
    }
    writer.finish(body, &reading(&parts.options))
}

/// How the answer is read.
fn reading(options: &Options) -> courser_h1::Options {
    /// More is never meant, and is what the protocol can count.
    const MOST: u64 = 1 << 30;
    let mut reading = courser_h1::Options::default();
    if let Some(head) = options.get::<HeadLimits>() {
        let limits = &mut reading.limits;
        limits.head_bytes = head.bytes.min(MOST) as usize;
        limits.head_lines = head.fields.min(MOST) as usize;
        limits.informational = head.interim.min(MOST) as usize;
    }
    reading
}

/// A body that is about to be sent, and how.
fn started(body: Body, headers: &Headers, call: &Call) -> Result<(Body, RequestBody)> {
    // The length of a stream may be told by a header.
    let told = headers.get_str("content-length");
    let body = match (told.and_then(|told| told.parse().ok()), body.size()) {
        (Some(told), None) => body.with_size(told),
        _ => body,
    };
    let body = body.start(call.rt())?;
    let size = match body.size() {
        Some(size) => RequestBody::Length(size),
        None => RequestBody::Chunked,
    };
    Ok((body, size))
}

/// The methods that say `Content-Length: 0` when they have no body (RFC 9110, 8.6): those of
/// clj-http.
fn expects_body(method: &Method) -> bool {
    match *method {
        Method::POST | Method::PUT | Method::PATCH => true,
        Method::GET => false,
        _ => matches!(method.as_str(), "COPY" | "MOVE"),
    }
}

/// What happened on the connection.
enum Event {
    /// Something of the request went out.
    Moved,
    Read(io::Result<usize>),
    /// The user's own body failed.
    Body(Error),
}

impl Active {
    /// Sends, and reads until the head of the final response is there.
    async fn head(
        &mut self,
        wait: &mut Wait,
        idle: Option<Duration>,
        failure: &Failure,
        timings: &mut Timings,
    ) -> Result<ResponseHead, Failed> {
        let mut sent: Option<Instant> = None;
        let mut received = false;
        let alone = wait.call().take_alone();
        let mut now = timings.started;
        loop {
            let sending = self.is_sending();
            let phase = if sending { Phase::Send } else { Phase::Head };
            if !sending && sent.is_none() {
                now = wait.call().rt().now();
                timings.send = Some(now.saturating_duration_since(timings.started));
                sent = Some(now);
            }
            let read = if alone && !self.is_busy() {
                wait.block(idle, now, |until| self.conn.fill_waiting(now, until))
            } else {
                None
            };
            let event = match read {
                Some(read) => Event::Read(read),
                None => poll_fn(|cx| wait.poll(cx, phase, idle, |cx| self.poll(cx))).await?,
            };
            match event {
                Event::Moved => continue,
                Event::Read(Ok(1..)) => {}
                Event::Body(error) => return Err(error.into()),
                Event::Read(ended) => return Err(self.failed(ended, received, failure)),
            }
            now = wait.call().rt().now();
            if !received {
                received = true;
                let since = now.saturating_duration_since(sent.unwrap_or(timings.started));
                timings.first_byte = Some(since);
            }
            if let Some(head) = self.parse(failure)? {
                timings.head = Some(now.saturating_duration_since(wait.call().started()));
                return Ok(head);
            }
        }
    }

    /// The end of the connection before that of the head, or what reading failed with.
    #[cold]
    fn failed(&mut self, ended: io::Result<usize>, received: bool, failure: &Failure) -> Failed {
        match ended {
            Ok(_) => {
                let error = match (self.broken.take(), self.conn.exchange.close()) {
                    (Some(broken), _) => failure.of_head(broken, true),
                    (None, Err(error)) => failure.of_answer(error),
                    (None, Ok(())) => failure.of_answer(courser_h1::Error::Closed),
                };
                let stale = self.stale(!received);
                Failed { error, stale }
            }
            Err(error) => {
                let stale = self.stale(!received && is_closing(error.kind()));
                let error = failure.of_head(error, self.is_sending());
                Failed { error, stale }
            }
        }
    }

    /// For a failure that is one of a connection which rested, if it is.
    fn stale(&self, may_be: bool) -> Option<Arc<Origin>> {
        (may_be && self.conn.used).then(|| self.conn.origin.clone())
    }

    /// The final head, if it is in the buffer.
    fn parse(&mut self, failure: &Failure) -> Result<Option<ResponseHead>> {
        loop {
            let awaited = self.conn.exchange.awaits_continue();
            let filled = self.conn.buffer.filled();
            if filled.is_empty() {
                return Ok(None);
            }
            let read = self.conn.exchange.read_head(filled);
            let Some((head, length)) = read.map_err(|error| failure.of_answer(error))? else {
                return Ok(None);
            };
            wire::head(
                self.conn.id,
                Way::In,
                filled.get(..length).unwrap_or_default(),
                |_| false,
            );
            self.conn.buffer.consume(length);
            if head.is_informational() {
                continue;
            }
            // Who answers without reading the body does not want it (RFC 9110, 10.1.1); and one
            // who refuses it will not read on (RFC 9112, 9.5).
            if awaited || head.status() >= 300 {
                self.upload = None;
            }
            return Ok(Some(head));
        }
    }

    /// Whether the connection can serve another exchange.
    pub(crate) fn can_be_kept(&self) -> bool {
        let leftover = self.conn.buffer.filled().len();
        !self.is_busy() && self.conn.exchange.fate(leftover) == Fate::KeepAlive
    }

    /// Whether some of the request is not out.
    pub(crate) fn is_busy(&self) -> bool {
        self.broken.is_some() || self.upload.is_some() || !self.conn.out.is_empty()
    }

    fn is_sending(&self) -> bool {
        self.broken.is_none() && (self.upload.is_some() || !self.conn.out.is_empty())
    }

    /// Sends what can be sent, and else reads.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.upload.is_none() && self.is_sending() {
            match self.poll_out(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(Event::Moved),
                Poll::Ready(Err(error)) => self.broken = Some(error),
                Poll::Pending => {}
            }
        }
        let moved = match self.poll_upload(cx) {
            Ok(moved) => moved,
            Err(error) => return Poll::Ready(Event::Body(error)),
        };
        // Beside an upload too: the answer may come early, and tell to stop.
        match self.conn.poll_fill(cx) {
            Poll::Ready(read) => Poll::Ready(Event::Read(read)),
            Poll::Pending if moved => Poll::Ready(Event::Moved),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Sends a request that is whole in the buffer, or the next part of it.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Connection { io, out, .. } = &mut *self.conn;
        match out.poll_write(cx, &mut **io, [b"", b""]) {
            Poll::Ready(Ok(_)) if out.is_empty() => io.poll_flush(cx),
            other => other.map_ok(|_| ()),
        }
    }

    /// Sends the next bytes of the body, if there are any and they can go out. Tells whether
    /// some did.
    pub(crate) fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<bool> {
        let Some(upload) = &mut self.upload else {
            return Ok(false);
        };
        let Connection {
            io, out, exchange, ..
        } = &mut *self.conn;
        match upload.poll(cx, &mut **io, out, exchange) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(Moved::Some)) => Ok(true),
            Poll::Ready(Ok(Moved::All)) => {
                self.upload = None;
                Ok(true)
            }
            Poll::Ready(Err(Stopped::Io(error))) => {
                self.broken = Some(error);
                self.upload = None;
                Ok(true)
            }
            Poll::Ready(Err(Stopped::Body(error))) => {
                self.upload = None;
                Err(error)
            }
        }
    }
}

/// How it looks when the other side has closed a connection.
pub(crate) fn is_closing(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}
