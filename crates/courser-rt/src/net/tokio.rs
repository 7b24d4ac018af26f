//! Sockets on tokio.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use courser_core::rt::{Dial, Io};
use courser_core::{BoxFuture, SocketOptions};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Handle;

use super::{lookup, open};
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
            let stream = on(&handle, async {
                TcpSocket::from_std_stream(socket?.into()).connect(to).await
            });
            Ok(Box::new(TokioIo(stream.await?)) as Box<dyn Io>)
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

/// Polls a future within a runtime, from whichever thread.
async fn on<T>(handle: &Handle, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = handle.enter();
        future.as_mut().poll(cx)
    })
    .await
}

struct TokioIo(TcpStream);

impl TokioIo {
    fn stream(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.0)
    }
}

impl Io for TokioIo {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(buf);
        ready!(self.stream().poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn is_open(&self) -> bool {
        // The system is asked, not tokio, which may not have heard yet. The socket does not block.
        let peeked = SockRef::from(&self.0).peek(&mut [MaybeUninit::uninit()]);
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.0.local_addr().ok()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.peer_addr().ok()
    }
}
