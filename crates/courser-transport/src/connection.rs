//! A connection that speaks HTTP/1.

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use courser_core::rt::{Close, Io};
use courser_core::{
    Alarm, BoxFuture, Conn, Connect, ConnectionInfo, HeaderValue, HttpVersion, Lease, Request,
    Response, Result,
};
use courser_h1::{Exchange, ReadBuffer, Version};

use crate::connector::Shared;
use crate::exchange;

/// What is read at a time, where it is not known how much there is.
pub(crate) const READ: usize = 8 * 1024;

/// A connection that has rested for less is not looked at, which would be a system call. What the
/// server does with it at that moment could be missed by looking, too: a request that finds it
/// closed is sent again on a new one, and before one that must not be, it is looked at in any case
/// (`exchange.rs`).
const FRESH: Duration = Duration::from_millis(1);

/// A connection, ready for one exchange or in the middle of it.
#[allow(clippy::struct_excessive_bools)] // facts, any of which may hold beside the others
pub(crate) struct Connection {
    pub(crate) io: Box<dyn Io>,
    /// What came and was not consumed.
    pub(crate) buffer: ReadBuffer,
    pub(crate) out: Out,
    /// What is under way. It has its place here, since it is large and would be moved often.
    pub(crate) exchange: Exchange,
    pub(crate) info: Arc<ConnectionInfo>,
    /// For the wire log.
    pub(crate) id: u64,
    /// The timer of the exchange before.
    pub(crate) alarm: Alarm,
    /// How it was made, for the first exchange to tell.
    pub(crate) made: Option<Made>,
    /// Whether it has served an exchange.
    pub(crate) used: bool,
    /// The last read took no more than was wanted, so that there may be more, which nobody asked
    /// for: then it is looked at before it is used again, however short it rested.
    pub(crate) unseen: bool,
    /// Requests go to a proxy that forwards them, with these credentials if any.
    pub(crate) forward: Option<Forward>,
    pub(crate) origin: Arc<Origin>,
    /// Of `origin`, and looked at for each request.
    pub(crate) version: Version,
    /// Whether it leads through a proxy to the server.
    pub(crate) is_tunnel: bool,
    /// Whether it is kept when nobody says anything of it.
    pub(crate) is_kept: bool,
}

/// How another connection like it is made.
pub(crate) struct Origin {
    pub(crate) shared: Arc<Shared>,
    pub(crate) to: Connect,
}

/// A proxy that is sent whole URLs.
pub(crate) struct Forward {
    pub(crate) authorization: Option<HeaderValue>,
}

/// The times that making a connection took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Made {
    pub(crate) dns: Option<Duration>,
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(
        io: Box<dyn Io>,
        info: ConnectionInfo,
        made: Made,
        forward: Option<Forward>,
        origin: Arc<Origin>,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Connection {
            io,
            buffer: ReadBuffer::with_capacity(READ),
            out: Out::default(),
            exchange: Exchange::over(),
            info: Arc::new(info),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            alarm: Alarm::default(),
            made: Some(made),
            used: false,
            unseen: false,
            version: match origin.to.settings.version {
                HttpVersion::Http10 => Version::Http10,
                _ => Version::Http11,
            },
            is_tunnel: forward.is_none() && origin.to.proxy().is_some(),
            is_kept: origin.to.settings.keep_idle.is_some(),
            forward,
            origin,
        }
    }

    /// Reads into the buffer.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let room = self.buffer.room();
        let length = room.len();
        let read = self.io.poll_read(cx, room);
        if let Poll::Ready(Ok(n)) = read {
            self.buffer.add(n);
            self.unseen = n == length;
        }
        read
    }
}

impl Connection {
    /// Reads into the buffer, and holds up the thread meanwhile, if that can be done.
    pub(crate) fn fill_waiting(
        &mut self,
        now: Instant,
        until: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        let room = self.buffer.room();
        let length = room.len();
        let read = self.io.read_waiting(room, now, until)?;
        if let Ok(n) = read {
            self.buffer.add(n);
            self.unseen = n == length;
        }
        Some(read)
    }
}

impl Conn for Connection {
    fn send(self: Box<Self>, lease: Lease, req: Request) -> BoxFuture<'static, Result<Response>> {
        exchange::send(self, lease, req)
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        self.io.closer()
    }

    fn is_open(&self, rested: Duration) -> bool {
        self.buffer.is_empty() && ((rested < FRESH && !self.unseen) || self.io.is_open())
    }
}

/// Bytes on their way out.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(crate) bytes: Vec<u8>,
    sent: usize,
}

impl Out {
    /// Empties it, and makes room for the head of a usual request. A buffer that has grown large
    /// is let go.
    pub(crate) fn reset(&mut self) -> &mut Vec<u8> {
        self.sent = 0;
        self.bytes.clear();
        self.bytes.shrink_to(64 * 1024);
        self.bytes.reserve(512);
        &mut self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent >= self.bytes.len()
    }

    fn left(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// Writes once, these bytes and then those after them. Tells how many of the latter went
    /// out.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut dyn Io,
        then: [&[u8]; 2],
    ) -> Poll<io::Result<usize>> {
        let own = self.left().len();
        let written = if then.iter().all(|more| more.is_empty()) {
            io.poll_write(cx, self.left())
        } else {
            let [piece, tail] = then;
            let all = [self.left(), piece, tail].map(IoSlice::new);
            io.poll_write_vectored(cx, &all)
        };
        written.map(|written| match written? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            n => {
                self.sent += n.min(own);
                Ok(n.saturating_sub(own))
            }
        })
    }
}
