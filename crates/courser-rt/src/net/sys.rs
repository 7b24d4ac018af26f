//! Calls that never wait, and one that may.

use std::io;

use socket2::Socket;

#[cfg(test)]
thread_local! {
    /// The calls to the system that this thread has made for its sockets, in order.
    pub(crate) static CALLS: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Notes a call, for tests.
#[inline]
pub(crate) fn note(call: &'static str) {
    #[cfg(test)]
    CALLS.with_borrow_mut(|calls| calls.push(call));
    #[cfg(not(test))]
    let _ = call;
}

#[cfg(unix)]
pub(crate) use unix::{LONE_READS, peek, read, read_waiting};

/// With `MSG_DONTWAIT`, so that the sockets themselves can stay in blocking mode.
#[cfg(unix)]
mod unix {
    use super::{Socket, io, note};
    use rustix::net::{RecvFlags, recv};

    /// Whether a read that is waited for alone may block.
    pub(crate) const LONE_READS: bool = true;

    pub(crate) fn read(socket: &Socket, buf: &mut [u8]) -> io::Result<usize> {
        note("read");
        Ok(recv(socket, buf, RecvFlags::DONTWAIT)?.1)
    }

    /// Blocks for as long as the socket's timeout says.
    pub(crate) fn read_waiting(socket: &Socket, buf: &mut [u8]) -> io::Result<usize> {
        note("lone read");
        Ok(recv(socket, buf, RecvFlags::empty())?.1)
    }

    pub(crate) fn peek(socket: &Socket) -> io::Result<usize> {
        let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
        Ok(recv(socket, &mut [0; 1], flags)?.1)
    }
}

#[cfg(not(unix))]
pub(crate) use other::{LONE_READS, peek, read, read_waiting};

/// Without `MSG_DONTWAIT`: sockets are in non-blocking mode, and no read blocks.
#[cfg(not(unix))]
mod other {
    use super::{Socket, io, note};
    use std::io::Read;
    use std::mem::MaybeUninit;

    pub(crate) const LONE_READS: bool = false;

    pub(crate) fn read(socket: &Socket, buf: &mut [u8]) -> io::Result<usize> {
        note("read");
        let mut socket = socket;
        socket.read(buf)
    }

    pub(crate) use read as read_waiting;

    pub(crate) fn peek(socket: &Socket) -> io::Result<usize> {
        socket.peek(&mut [MaybeUninit::uninit()])
    }
}
