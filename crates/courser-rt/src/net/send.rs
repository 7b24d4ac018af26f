//! Writing without waiting, and without a signal if nobody reads; and telling what came.

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

/// Acknowledges at once what came. Where that fails, it comes a little later, as it does by itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn acknowledge(socket: &Socket) {
    super::noted::note("acknowledge");
    let _ = rustix::net::sockopt::set_tcp_quickack(socket, true);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn acknowledge(_: &Socket) {}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use rustix::net::sockopt::{set_tcp_quickack, tcp_quickack};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_system_is_told_to_acknowledge() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = Socket::from(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        set_tcp_quickack(&socket, false).unwrap();
        assert!(!tcp_quickack(&socket).unwrap());
        acknowledge(&socket);
        assert!(tcp_quickack(&socket).unwrap());
    }
}
