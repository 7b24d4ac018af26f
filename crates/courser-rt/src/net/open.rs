//! A socket with its options, not connected yet.

use std::io;
use std::net::SocketAddr;

use courser_core::SocketOptions;
use socket2::{Domain, Protocol, Socket, Type};

/// Opens a socket that does not block.
pub(crate) fn open(to: SocketAddr, options: &SocketOptions) -> io::Result<Socket> {
    let SocketOptions {
        local_address,
        no_delay,
        keep_alive,
        linger,
        receive_buffer,
        send_buffer,
        ..
    } = options;
    let socket = not_blocking(Domain::for_address(to))?;
    if *no_delay {
        socket.set_tcp_nodelay(true)?;
    }
    if *keep_alive {
        socket.set_keepalive(true)?;
    }
    if linger.is_some() {
        socket.set_linger(*linger)?;
    }
    if let Some(size) = receive_buffer {
        socket.set_recv_buffer_size(*size)?;
    }
    if let Some(size) = send_buffer {
        socket.set_send_buffer_size(*size)?;
    }
    if let Some(local) = *local_address {
        if local.is_ipv4() != to.is_ipv4() {
            return Err(io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                format!("{local} is of another family than {}", to.ip()),
            ));
        }
        socket.bind(&SocketAddr::new(local, 0).into())?;
    }
    Ok(socket)
}

/// Where the system can, it is told so as it opens the socket.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn not_blocking(domain: Domain) -> io::Result<Socket> {
    Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn not_blocking(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn options_are_set() {
        let to = SocketAddr::from(([127, 0, 0, 1], 80));
        let plain = open(to, &SocketOptions::default()).unwrap();
        assert!(plain.tcp_nodelay().unwrap());
        assert!(!plain.keepalive().unwrap());
        assert_eq!(plain.linger().unwrap(), None);

        let mut options = SocketOptions::default();
        options.local_address = Some([127, 0, 0, 1].into());
        options.no_delay = false;
        options.keep_alive = true;
        options.linger = Some(Duration::from_secs(3));
        options.receive_buffer = Some(96 << 10);
        options.send_buffer = Some(32 << 10);
        let socket = open(to, &options).unwrap();
        assert!(!socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.linger().unwrap(), options.linger);
        // Some systems give more than was asked for.
        assert!(socket.recv_buffer_size().unwrap() >= 96 << 10);
        assert!(socket.send_buffer_size().unwrap() >= 32 << 10);
        assert_ne!(
            socket.recv_buffer_size().unwrap(),
            plain.recv_buffer_size().unwrap()
        );
        let local = socket.local_addr().unwrap().as_socket().unwrap();
        assert_eq!(local.ip(), to.ip());
        assert_ne!(local.port(), 0);
    }

    #[test]
    fn a_local_address_of_the_other_family_is_an_error() {
        let mut options = SocketOptions::default();
        options.local_address = Some([127, 0, 0, 1].into());
        let error = open("[::1]:80".parse().unwrap(), &options).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("127.0.0.1 is of another family than ::1")
        );
    }
}
