//! HTTP/2, by hyper: one connection for many exchanges at once.

mod failure;
mod incoming;
mod io;
mod outgoing;
mod resend;
mod ways;

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use courser_core::failure::place;
use courser_core::rt::Close;
use courser_core::upload::{Upload, UploadBody};
use courser_core::{
    BoxFuture, Call, Conn, Connect, ConnectionInfo, Error, Exchanged, HeadLimits, Lease, Limits,
    Phase, Request, Response, Result, Timings, Wait,
};
use hyper::client::conn::http2::{Builder, SendRequest};

use crate::connection::{Made, Origin};
use crate::connector::Opened;
use crate::errors::limits as too_much;
use failure::{Failure, Fate, broken};
use io::{HyperIo, Tasks};
use outgoing::{Outgoing, outgoing};
use ways::Turn;

pub(crate) use ways::{First, Ways};

/// What is read of a head at all (RFC 9113, 6.5.2): for a connection, not for a request, whose
/// limit is looked at afterwards.
const MAX_HEADERS: u32 = 1 << 20;

/// How much of a body may be under way unread, for a stream and for the connection.
const WINDOW: u32 = 2 << 20;

/// A connection that several exchanges share.
pub(crate) struct Shared {
    sender: SendRequest<UploadBody>,
    info: Arc<ConnectionInfo>,
    /// Closes it under all who have a part in it.
    closer: Option<Weak<dyn Close>>,
    /// It was seen to take no more requests, which hyper may not have noticed yet.
    gone: AtomicBool,
    origin: Arc<Origin>,
}

impl Shared {
    fn is_open(&self) -> bool {
        !self.gone.load(Ordering::Relaxed) && !self.sender.is_closed()
    }
}

/// What came of asking for a connection that others have too.
pub(crate) enum Joined {
    Part(Box<dyn Conn>),
    /// To connect; to be kept until that has ended.
    Connect(Option<First>),
}

impl Ways {
    /// A part in a connection that is there, or that somebody else is about to make.
    pub(crate) async fn part(&self, to: &Connect, call: &Arc<Call>) -> Result<Joined> {
        let driver = call.rt().driver();
        let joined = match self.turn(to, driver) {
            Turn::Join(shared) => Some(shared),
            Turn::First(first) => return Ok(Joined::Connect(Some(first))),
            Turn::Wait(attempt) => {
                attempt.wait(call, to.settings.connect_timeout).await?;
                self.join(to, driver)
            }
            Turn::Alone => None,
        };
        Ok(match joined {
            Some(shared) => Joined::Part(Box::new(Part {
                shared,
                made: None,
                used: true,
            })),
            None => Joined::Connect(None),
        })
    }

    /// Begins to speak HTTP/2 on a connection. Others may join it, if connections are kept at
    /// all.
    pub(crate) async fn begin(
        &self,
        opened: Opened,
        origin: Arc<Origin>,
        call: &Arc<Call>,
    ) -> Result<Box<dyn Conn>> {
        let Opened { io, info, made, .. } = opened;
        let to = &origin.to;
        let rt = call.rt();
        let closer = io.closer();
        let (sender, connection) = Builder::new(Tasks(rt.clone()))
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(2 * WINDOW)
            .handshake(HyperIo::new(io))
            .await
            .map_err(|error| broken(error, &place(&to.host, to.port)))?;
        rt.spawn(Box::pin(async {
            if let Err(error) = connection.await {
                tracing::debug!("an HTTP/2 connection ended: {error}");
            }
        }));
        let shared = Arc::new(Shared {
            sender,
            info: Arc::new(info),
            closer,
            gone: AtomicBool::new(false),
            origin,
        });
        let to = &shared.origin.to;
        if to.settings.keep_idle.is_some() {
            self.opened(to, rt.driver(), &shared);
        }
        Ok(Box::new(Part {
            shared,
            made: Some(made),
            used: false,
        }))
    }
}

/// A part in a connection: room for one exchange.
pub(crate) struct Part {
    shared: Arc<Shared>,
    made: Option<Made>,
    used: bool,
}

impl Conn for Part {
    fn send(self: Box<Self>, lease: Lease, req: Request) -> BoxFuture<'static, Result<Response>> {
        Box::pin(resend::send(self, lease, req))
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        self.shared.closer.clone()
    }

    fn is_open(&self, _: Duration) -> bool {
        self.shared.is_open()
    }
}

/// No head came.
struct Failed {
    error: Error,
    fate: Fate,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let fate = Fate::Unknown;
        Failed { error, fate }
    }
}

async fn exchange(
    mut part: Box<Part>,
    lease: &mut Option<Lease>,
    req: Request,
) -> Result<Response, Failed> {
    let Request {
        method,
        url,
        headers,
        body,
        options,
        call,
        keep_alive: _, // of HTTP/1
    } = req;
    let idle = Limits::of(&options).idle;
    let mut timings = Timings::begin(call.rt().now());
    let Outgoing { request, upload } = outgoing(method.clone(), &url, headers, body, call.rt())?;
    let failure = Failure {
        method,
        url,
        address: part.shared.info.remote_addr,
        upload: upload.clone(),
    };

    let mut sender = part.shared.sender.clone();
    let mut wait = Wait::new(call);
    let answer = sender.send_request(request);
    let answer = match head(answer, &mut wait, idle, &upload).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let fate = Fate::of(&error);
            if fate.ends_connection() {
                part.shared.gone.store(true, Ordering::Relaxed);
            }
            let error = failure.of_head(error);
            return Err(Failed { error, fate });
        }
        Err(error) => return Err(failure.named(error).into()),
    };
    let lease = lease.take().unwrap_or_default();
    within(HeadLimits::of(&options), answer.headers()).map_err(|error| failure.named(error))?;
    let now = wait.call().rt().now();
    timings.first_byte = Some(now.saturating_duration_since(timings.started));
    timings.head = Some(wait.call().elapsed());
    timings.pool = lease.waited();
    if let Some(made) = part.made.take() {
        (timings.dns, timings.connect, timings.tls) = (made.dns, made.connect, made.tls);
    }
    let reused = std::mem::replace(&mut part.used, true);
    let exchanged = Exchanged::new(part.shared.info.clone(), reused, timings);
    let mut res = incoming::response(answer, part, lease, wait, idle, failure);
    res.remote_addr = exchanged.connection.remote_addr;
    res.exchanged = Some(Arc::new(exchanged));
    Ok(res)
}

/// That the head is not too large for the request.
fn within(limits: HeadLimits, headers: &http::HeaderMap) -> Result<()> {
    if headers.len() as u64 > limits.fields {
        return Err(too_much("head_lines", limits.fields));
    }
    let lengths = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32);
    if lengths.sum::<usize>() as u64 > limits.bytes {
        return Err(too_much("head_bytes", limits.bytes));
    }
    Ok(())
}

/// Waits for the head. Pieces of the request's body that go out begin the idle limit anew.
async fn head<F: Future>(
    answer: F,
    wait: &mut Wait,
    idle: Option<Duration>,
    upload: &Upload,
) -> Result<F::Output, Error> {
    let mut answer = std::pin::pin!(answer);
    let mut poll = |cx: &mut Context<'_>| {
        let phase = if upload.is_done() {
            Phase::Head
        } else {
            Phase::Send
        };
        wait.poll(cx, phase, idle, |cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if upload.has_moved(cx.waker()) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
    };
    loop {
        if let Some(answer) = poll_fn(&mut poll).await? {
            return Ok(answer);
        }
    }
}
