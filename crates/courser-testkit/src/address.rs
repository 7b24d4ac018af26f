//! Addresses on loopback at which nobody answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A loopback address that refuses connections for as long as this lives.
///
/// The port stays bound without listening, so that no other process can take it meanwhile.
#[derive(Debug)]
pub struct DeadPort {
    addr: SocketAddr,
    _bound: Socket,
}

/// An address that refuses connections while the guard lives.
pub fn dead_port() -> DeadPort {
    let (socket, addr) = bind().expect("binding a loopback port");
    DeadPort {
        addr,
        _bound: socket,
    }
}

impl DeadPort {
    /// The address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// `http://127.0.0.1:port` and `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

/// A loopback address at which connecting neither succeeds nor fails, for as long as this lives: a listener whose queue is full.
#[derive(Debug)]
pub struct BlackHole {
    addr: SocketAddr,
    _listener: Socket,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    /// Opens one; `None` where the system does not let a full queue hang connections.
    pub fn open() -> Option<Self> {
        // Linux queues one more than asked for; others round the number up.
        const MOST: usize = 64;
        const HANGS: Duration = Duration::from_millis(100);
        let (listener, addr) = bind().ok()?;
        listener.listen(0).ok()?;
        let mut queue = Vec::new();
        for _ in 0..MOST {
            match TcpStream::connect_timeout(&addr, HANGS) {
                Ok(stream) => queue.push(stream),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Some(Self {
                        addr,
                        _listener: listener,
                        _queue: queue,
                    });
                }
                Err(_) => return None,
            }
        }
        None
    }

    /// The address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:port` and `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

fn bind() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let addr = socket
        .local_addr()?
        .as_socket()
        .expect("an IPv4 socket has such an address");
    Ok((socket, addr))
}

/// Whether this machine has an IPv6 loopback address.
pub fn ipv6_available() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_port_refuses() {
        let dead = dead_port();
        let error = TcpStream::connect(dead.addr()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(
            dead.url("/x"),
            format!("http://127.0.0.1:{}/x", dead.port())
        );
    }

    #[test]
    fn a_black_hole_hangs() {
        let Some(hole) = BlackHole::open() else {
            return; // Not every system hangs connections to a full queue.
        };
        let error =
            TcpStream::connect_timeout(&hole.addr(), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(hole.url("/").starts_with("http://127.0.0.1:"));
    }
}
