//! Sockets on tokio.

use std::future::poll_fn;
use std::io::{self, IoSlice, Read as _};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use courser_core::rt::{Close, Dial, Io};
use courser_core::{BoxFuture, SocketOptions};
use socket2::{SockRef, Socket};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::fd::Fd;
use super::{is_under_way, lookup, onto, open, send};
use crate::Tokio;

impl Dial for Tokio {
    fn dial(
        &self,
        to: SocketAddr,
        options: &SocketOptions,
    ) -> BoxFuture<'static, io::Result<Box<dyn Io>>> {
        let handle = self.handle().clone();
        let socket = open::open(to, options);
        Box::pin(async move {
            let io = on(&handle, async { connect(socket?, to).await }).await?;
            Ok(Box::new(io) as Box<dyn Io>)
        })
    }

    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        if let Some(address) = lookup::literal(host) {
            return Box::pin(std::future::ready(Ok(address)));
        }
        let host = host.to_owned();
        let lookup = self.handle().spawn_blocking(move || lookup::system(&host));
        Box::pin(async move { lookup.await.unwrap_or_else(|_| Err(lookup::lost())) })
    }
}

/// Connects. On the way to the same machine that is done at once, which the system says only if
/// asked: then tokio's word is not waited for, which takes a turn of its driver.
async fn connect(socket: Socket, to: SocketAddr) -> io::Result<TokioIo> {
    match socket.connect(&to.into()) {
        Ok(()) => {}
        Err(error) if is_under_way(&error) => {}
        Err(error) => return Err(error),
    }
    // Elsewhere the question may be answered before it is so.
    let is_there = cfg!(unix) && socket.peer_addr().is_ok();
    let stream = TcpStream::from_std(socket.into())?;
    if !is_there {
        stream.writable().await?;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
    }
    Ok(TokioIo {
        stream: Arc::new(Fd(stream)),
        peer: to,
        untold: is_there,
    })
}

/// Polls a future within a runtime, from whichever thread.
async fn on<T>(handle: &Handle, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = handle.enter();
        future.as_mut().poll(cx)
    })
    .await
}

struct TokioIo {
    /// Shared with those who may close it, so that all is done by reference.
    stream: Arc<Fd<TcpStream>>,
    peer: SocketAddr,
    /// Tokio has not been told yet that it can be written to.
    untold: bool,
}

/// Where readiness is told once for each change, a read that did not fill its buffer has taken
/// all there was.
const EDGES: bool = cfg!(not(windows));

impl TokioIo {
    /// Reads in some way, into so much room.
    fn poll_by(
        &self,
        cx: &mut Context<'_>,
        room: usize,
        mut read: impl FnMut(&Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if room == 0 {
            return Poll::Ready(Ok(0));
        }
        let stream = &self.stream.0;
        loop {
            ready!(stream.poll_read_ready(cx))?;
            let mut some = None;
            let read = stream.try_io(Interest::READABLE, || {
                let n = read(&SockRef::from(stream))?;
                if EDGES && n > 0 && n < room {
                    // As tokio's own read does: who reads next waits, and does not ask first.
                    some = Some(n);
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(n)
            });
            match (some, read) {
                (Some(n), _) => return Poll::Ready(Ok(n)),
                (None, Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                (None, read) => return Poll::Ready(read),
            }
        }
    }
}

impl Io for TokioIo {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let room = buf.len();
        self.poll_by(cx, room, |socket| (&*socket).read(buf))
    }

    fn poll_read_onto(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let room = onto::room(buf, most);
        self.poll_by(cx, room, |socket| onto::read(socket, buf, room, false))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = &self.stream.0;
        if std::mem::take(&mut self.untold) {
            match send::write(&SockRef::from(stream), bufs) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let written = match bufs {
                [buf] => stream.try_write(buf),
                bufs => stream.try_write_vectored(bufs),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = SockRef::from(&self.stream.0).shutdown(Shutdown::Write);
        Poll::Ready(match done {
            // The peer was first.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        })
    }

    fn is_open(&self) -> bool {
        // The system is asked, not tokio, which may not have heard yet. The socket does not block.
        let peeked = SockRef::from(&self.stream.0).peek(&mut [MaybeUninit::uninit()]);
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        let closer: Weak<Fd<TcpStream>> = Arc::downgrade(&self.stream);
        Some(closer)
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.stream.0.local_addr().ok()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.peer)
    }
}
