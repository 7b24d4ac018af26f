//! Sockets against raw peers.

mod blocking;
mod both;

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use courser_core::SocketOptions;
use courser_core::rt::{Io, Runtime};
use courser_testkit::RawPeer;

use crate::executor::current;
use crate::{Blocking, Tokio, block_on};

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Runs a test on tokio and on the calling thread.
fn on_both<F: Future<Output = ()>>(test: impl Fn(Arc<dyn Runtime>) -> F) {
    block_on(test(Blocking::runtime()));
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio.block_on(async { test(Tokio::current().unwrap()).await });
}

async fn dial(rt: &Arc<dyn Runtime>, to: SocketAddr) -> io::Result<Box<dyn Io>> {
    let dialled = rt.dial().unwrap().dial(to, &SocketOptions::default());
    dialled.await
}

async fn read(io: &mut Box<dyn Io>, buf: &mut [u8]) -> io::Result<usize> {
    poll_fn(|cx| io.poll_read(cx, buf)).await
}

async fn read_exactly(io: &mut Box<dyn Io>, count: usize) -> Vec<u8> {
    let mut all = vec![0; count];
    let mut done = 0;
    while done < count {
        let n = read(io, &mut all[done..]).await.unwrap();
        assert_ne!(n, 0, "the end after {done} bytes");
        done += n;
    }
    all
}

async fn write_all(io: &mut Box<dyn Io>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let n = poll_fn(|cx| io.poll_write(cx, bytes)).await.unwrap();
        bytes = &bytes[n..];
    }
    poll_fn(|cx| io.poll_flush(cx)).await.unwrap();
}

/// Answers every four bytes with four others.
fn ping() -> RawPeer {
    RawPeer::serve(|wire| {
        while !wire.at_end()? {
            wire.read_bytes(4)?;
            wire.send("pong")?;
        }
        Ok(())
    })
}

async fn pong(io: &mut Box<dyn Io>) {
    write_all(io, b"ping").await;
    assert_eq!(read_exactly(io, 4).await, b"pong");
}

/// The first of two that is ready.
async fn either<T>(
    mut a: Pin<&mut dyn Future<Output = T>>,
    mut b: Pin<&mut dyn Future<Output = T>>,
) -> T {
    poll_fn(|cx| match a.as_mut().poll(cx) {
        Poll::Pending => b.as_mut().poll(cx),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}

fn registered() -> usize {
    current().map_or(0, |driver| driver.sockets.len())
}
