//! Writing without waiting, and without a signal if nobody reads.

use std::io::{self, IoSlice};

use socket2::Socket;

#[cfg(unix)]
#[allow(clippy::cast_possible_wrap)] // flags, not a number
pub(crate) fn write(socket: &Socket, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    use rustix::net::SendFlags;

    #[cfg(target_vendor = "apple")]
    const SEND: SendFlags = SendFlags::DONTWAIT; // the socket is told SO_NOSIGPIPE
    #[cfg(not(target_vendor = "apple"))]
    const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

    let flags = SEND.bits() as i32;
    match bufs {
        [buf] => socket.send_with_flags(buf, flags),
        bufs => socket.send_vectored_with_flags(bufs, flags),
    }
}

/// The socket is in non-blocking mode there.
#[cfg(not(unix))]
pub(crate) fn write(socket: &Socket, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    socket.send_vectored(bufs)
}
