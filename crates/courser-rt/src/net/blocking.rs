//! Sockets under the blocking driver.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use courser_core::rt::{Close, Dial, Io};
use courser_core::{BoxFuture, SocketOptions, oneshot};
use rustix::io::ioctl_fionbio;
use socket2::Socket;

use super::fd::Fd;
use super::registry::{Direction, Standing};
use super::{is_under_way, lookup, onto, open, send, sys};
use crate::Blocking;
use crate::executor::{Driver, current};

impl Dial for Blocking {
    fn dial(
        &self,
        to: SocketAddr,
        options: &SocketOptions,
    ) -> BoxFuture<'static, io::Result<Box<dyn Io>>> {
        let socket = open::open(to, options);
        Box::pin(async move {
            let io = connect(socket?, to).await?;
            Ok(Box::new(io) as Box<dyn Io>)
        })
    }

    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        if let Some(address) = lookup::literal(host) {
            return Box::pin(std::future::ready(Ok(address)));
        }
        let host = host.to_owned();
        Box::pin(async move {
            let (answer, answered) = oneshot();
            let work = move || drop(answer.send(lookup::system(&host)));
            let thread = thread::Builder::new().name("courser-lookup".into());
            drop(thread.spawn(work)?); // dropping the handle detaches
            answered.await.unwrap_or_else(|| Err(lookup::lost()))
        })
    }
}

/// The executor of this thread, without which there is nothing to wait with.
fn here() -> io::Result<Arc<Driver>> {
    current().ok_or_else(|| {
        io::Error::other(
            "a socket of the blocking driver was polled outside of its executor: \
             use `.send()` in async code, or poll it within `courser_rt::block_on`",
        )
    })
}

async fn connect(socket: Socket, to: SocketAddr) -> io::Result<BlockingIo> {
    here()?;
    match socket.connect(&to.into()) {
        Ok(()) => {}
        Err(error) if is_under_way(&error) => {}
        Err(error) => return Err(error),
    }
    let mut io = BlockingIo {
        socket: Arc::new(Fd(socket)),
        peer: to,
        reading: Interest::default(),
        writing: Interest::default(),
        timeout: None,
        more: false,
    };
    poll_fn(|cx| io.poll_connected(cx)).await?;
    if sys::LONE_READS {
        ioctl_fionbio(&io.socket.0, false)?;
    }
    Ok(io)
}

/// One direction of a socket, registered with an executor or not.
#[derive(Debug, Default)]
struct Interest(Option<(Arc<Driver>, u64)>);

impl Interest {
    /// Whether it still waits, with this executor.
    fn renew(&self, driver: &Arc<Driver>, waker: &Waker) -> bool {
        matches!(&self.0, Some((at, key))
            if Arc::ptr_eq(at, driver) && driver.sockets.renew(*key, waker))
    }

    /// How it stands with it, which it ends unless it waits; nothing if it is not this
    /// executor's.
    fn ask(&mut self, driver: &Arc<Driver>, waker: &Waker) -> Option<Standing> {
        let (at, key) = self.0.take()?;
        if !Arc::ptr_eq(&at, driver) {
            at.leave(key);
            return None;
        }
        let standing = driver.sockets.ask(key, waker);
        if matches!(standing, Standing::Waits) {
            self.0 = Some((at, key));
        }
        Some(standing)
    }

    /// Ends it.
    fn leave(&mut self) {
        if let Some((at, key)) = self.0.take() {
            at.leave(key);
        }
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A socket that is in blocking mode, where the system has `MSG_DONTWAIT`.
///
/// All operations are told not to block, but for a read that is the only thing its thread waits
/// for: that is one call to the system in place of three.
struct BlockingIo {
    socket: Arc<Fd<Socket>>,
    peer: SocketAddr,
    reading: Interest,
    writing: Interest,
    /// `SO_RCVTIMEO` as it is set.
    timeout: Option<Duration>,
    /// The last read filled its buffer, so there may be more; unless an answer is to come first.
    more: bool,
}

/// A read that ends this much too late is well.
const SLACK: Duration = Duration::from_millis(1);

/// How long a read may block where so much time is left. The system may end it later by an eighth
/// (Linux counts long times in long steps); what remains then is waited for in `poll(2)`, which is
/// exact.
fn bound(left: Duration) -> Duration {
    left.saturating_sub(left / 8)
}

impl BlockingIo {
    fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let driver = here()?;
        if self.writing.renew(&driver, cx.waker()) {
            return Poll::Pending;
        }
        match self.socket.0.peer_addr() {
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                // Not yet, or not at all.
                if let Some(error) = self.socket.0.take_error()? {
                    return Poll::Ready(Err(error));
                }
                self.wait(&driver, Direction::Write, false, cx.waker());
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn wait(&mut self, driver: &Arc<Driver>, direction: Direction, lone: bool, waker: &Waker) {
        let key = driver.sockets.add(&self.socket, direction, lone, waker);
        let place = Interest(Some((driver.clone(), key)));
        match direction {
            Direction::Read => self.reading = place,
            Direction::Write => self.writing = place,
        }
    }

    /// Reads, and blocks until there is something, the next timer is due, or a time has come.
    /// `None` if there is something else to wait for.
    fn read_alone(
        &mut self,
        driver: &Driver,
        place: &mut Place<'_>,
        now: Instant,
        until: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        let alone = driver.is_alone(None)?;
        let until = alone.next.into_iter().chain(until).min();
        let left = until.map(|at| at.saturating_duration_since(now));
        if left.is_some_and(|left| left <= 16 * SLACK) {
            return None;
        }
        let left = left.map(bound);
        // Too early is harmless, since the read goes on, but must not come again and again.
        let right = match (left, self.timeout) {
            (None, None) => true,
            (Some(left), Some(timeout)) => timeout <= left + SLACK && timeout >= left / 2,
            _ => false,
        };
        if !right {
            sys::note("timeout");
            if let Err(error) = self.socket.0.set_read_timeout(left) {
                return Some(Err(error));
            }
            self.timeout = left;
        }
        Some(place.read_waiting(&self.socket.0))
    }

    fn poll_into(&mut self, cx: &mut Context<'_>, mut place: Place<'_>) -> Poll<io::Result<usize>> {
        let driver = here()?;
        let room = place.room();
        if room == 0 {
            return Poll::Ready(Ok(0));
        }
        let mut lone = sys::LONE_READS;
        let read = match self.reading.ask(&driver, cx.waker()) {
            Some(Standing::Waits) => return Poll::Pending,
            Some(Standing::Granted) => {
                let read = self.read_alone(&driver, &mut place, Instant::now(), None);
                lone = read.is_some();
                read
            }
            Some(Standing::Fired) => Some(place.read(&self.socket.0)),
            // Unless told that there is something, it is cheaper to wait than to ask first.
            None => self.more.then(|| place.read(&self.socket.0)),
        };
        match read {
            Some(Err(error)) if is_idle(&error) => {}
            Some(read) => {
                self.more = matches!(read, Ok(n) if n == room);
                return Poll::Ready(read);
            }
            None => {}
        }
        self.more = false;
        self.wait(&driver, Direction::Read, lone, cx.waker());
        Poll::Pending
    }
}

/// Where a read goes.
enum Place<'a> {
    Slice(&'a mut [u8]),
    /// The end of a buffer, and how much of its room.
    End(&'a mut Vec<u8>, usize),
}

impl Place<'_> {
    fn room(&self) -> usize {
        match self {
            Place::Slice(slice) => slice.len(),
            Place::End(_, room) => *room,
        }
    }

    fn read(&mut self, socket: &Socket) -> io::Result<usize> {
        match self {
            Place::Slice(slice) => sys::read(socket, slice),
            Place::End(buf, room) => {
                sys::note("read");
                onto::read(socket, buf, *room, false)
            }
        }
    }

    fn read_waiting(&mut self, socket: &Socket) -> io::Result<usize> {
        match self {
            Place::Slice(slice) => sys::read_waiting(socket, slice),
            Place::End(buf, room) => {
                sys::note("lone read");
                onto::read(socket, buf, *room, true)
            }
        }
    }
}

impl Io for BlockingIo {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.poll_into(cx, Place::Slice(buf))
    }

    fn poll_read_onto(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let room = (buf.capacity() - buf.len()).min(most);
        self.poll_into(cx, Place::End(buf, room))
    }

    fn read_waiting(
        &mut self,
        buf: &mut [u8],
        now: Instant,
        until: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        if !sys::LONE_READS || self.reading.0.is_some() || buf.is_empty() {
            return None;
        }
        let driver = current()?;
        let room = buf.len();
        let read = self.read_alone(&driver, &mut Place::Slice(buf), now, until)?;
        match read {
            Err(error) if is_idle(&error) => None,
            read => {
                self.more = matches!(read, Ok(n) if n == room);
                Some(read)
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let driver = here()?;
        if self.writing.renew(&driver, cx.waker()) {
            return Poll::Pending;
        }
        self.writing.leave();
        self.more = false;
        sys::note("write");
        match send::write(&self.socket.0, bufs) {
            Err(error) if is_idle(&error) => {
                self.wait(&driver, Direction::Write, false, cx.waker());
                Poll::Pending
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        here()?;
        Poll::Ready(match self.socket.0.shutdown(Shutdown::Write) {
            // The peer was first.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        })
    }

    fn is_open(&self) -> bool {
        sys::peek(&self.socket.0).is_err_and(|error| is_idle(&error))
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        let closer: Weak<Fd<Socket>> = Arc::downgrade(&self.socket);
        Some(closer)
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.socket.0.local_addr().ok()?.as_socket()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.peer)
    }
}

/// Whether nothing was done, and it is to be tried again.
fn is_idle(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_ends_late_by_an_eighth_is_still_in_time() {
        for left in [17, 30, 4_000, 60_000, 86_400_000].map(Duration::from_millis) {
            let within = bound(left);
            assert!(within + within / 8 <= left, "{within:?} of {left:?}");
            assert!(within >= left / 2, "so that few such reads are enough");
        }
    }
}
