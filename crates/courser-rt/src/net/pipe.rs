//! What ends a `poll(2)` from another thread.

use std::io::{self, Read, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(not(unix))]
type End = std::net::TcpStream;
#[cfg(unix)]
type End = std::os::unix::net::UnixStream;

/// Two ends of a stream, made when a thread first waits for sockets. A byte is written only to a
/// thread that waits for them at the moment.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    listening: AtomicBool,
    /// `None` if the system had none to give.
    ends: OnceLock<Option<(End, End)>>,
}

impl Pipe {
    /// From here on [`ring`](Pipe::ring) is heard. The end to wait for; without one, the caller
    /// has to look after itself from time to time.
    pub(crate) fn listen(&self) -> Option<&End> {
        let ends = self.ends.get_or_init(|| pair().ok());
        self.listening.store(true, Ordering::SeqCst);
        ends.as_ref().map(|(near, _)| near)
    }

    /// From here on it is not heard, nor what was sent before.
    pub(crate) fn ignore(&self, heard: bool) {
        self.listening.store(false, Ordering::SeqCst);
        if let (true, Some(Some((near, _)))) = (heard, self.ends.get()) {
            let mut near = near;
            // What does not fit is read the next time, at the cost of a turn.
            let _ = near.read(&mut [0; 64]);
        }
    }

    pub(crate) fn ring(&self) {
        if self.listening.load(Ordering::SeqCst)
            && let Some(Some((_, far))) = self.ends.get()
        {
            let mut far = far;
            // If it is full, the other end has enough to read.
            let _ = far.write(&[0]);
        }
    }
}

#[cfg(unix)]
fn pair() -> io::Result<(End, End)> {
    let ends = End::pair()?;
    ends.0.set_nonblocking(true)?;
    ends.1.set_nonblocking(true)?;
    Ok(ends)
}

#[cfg(not(unix))]
fn pair() -> io::Result<(End, End)> {
    use std::net::{Ipv4Addr, TcpListener};
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let far = End::connect(listener.local_addr()?)?;
    let (near, from) = listener.accept()?;
    if from != far.local_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    far.set_nodelay(true)?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    Ok((near, far))
}
