//! A proxy that harms what goes through it.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::SockRef;

use crate::watched::Watched;

/// What is done to an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both sides are closed.
    Cut,
    /// The connection to the client is reset.
    Reset,
    /// Nothing more goes this way, and its receiver is told that it ended; the other way is open.
    Truncate,
    /// Nothing more goes this way, and nobody is told.
    Stall,
    /// The byte comes a moment after those before it.
    Delay,
    /// The byte is another: these of its bits are turned.
    Corrupt(u8),
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
}

/// A TCP proxy on loopback between a client and one server, which does nothing until it is
/// [armed](FaultProxy::arm), and then harms what goes through it at a given byte.
///
/// ```
/// use courser_testkit::{Direction, Fault, FaultProxy, RawPeer};
/// use std::io::{Read, Write};
///
/// let peer = RawPeer::answer("HTTP/1.1 204 No Content\r\n\r\n");
/// let proxy = FaultProxy::before(peer.addr());
/// proxy.arm(Direction::Response, 12, Fault::Cut, true);
/// let mut socket = std::net::TcpStream::connect(proxy.addr()).unwrap();
/// socket.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
/// let mut text = String::new();
/// socket.read_to_string(&mut text).unwrap();
/// assert_eq!(text, "HTTP/1.1 204");
/// assert!(proxy.has_struck());
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared(Watched<State>);

#[derive(Debug, Default)]
struct State {
    armed: Option<Armed>,
    /// Grows with each arming: bytes are counted from there.
    generation: u64,
    struck: bool,
    stop: bool,
    /// Connections that are open, to be closed with the proxy.
    open: Vec<(u64, [Arc<TcpStream>; 2])>,
    connections: u64,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    direction: Direction,
    at: usize,
    fault: Fault,
    once: bool,
}

impl FaultProxy {
    /// A proxy before a server.
    pub fn before(server: SocketAddr) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("binding a loopback port");
        let addr = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let accept = {
            let shared = shared.clone();
            move || {
                let mut threads: Vec<JoinHandle<()>> = Vec::new();
                while let Ok((client, _)) = listener.accept() {
                    if shared.0.read(|state| state.stop) {
                        break;
                    }
                    threads.retain(|thread| !thread.is_finished());
                    let shared = shared.clone();
                    threads.push(std::thread::spawn(move || {
                        // A server that is gone is seen by the client as a connection that ends.
                        let _ = pass(&shared, client, server);
                    }));
                }
                for thread in threads {
                    let _ = thread.join();
                }
            }
        };
        let acceptor = std::thread::Builder::new()
            .name("testkit faults".into())
            .spawn(accept)
            .expect("starting the proxy's thread");
        FaultProxy {
            addr,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// Its address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of `path` (from its `/`) through it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Harms what goes that way at the byte number `at` (from 0) of each connection, counted from
    /// now on where it is open already; `once` for the first connection that comes so far.
    pub fn arm(&self, direction: Direction, at: usize, fault: Fault, once: bool) {
        self.shared.0.update(|state| {
            state.generation += 1;
            state.struck = false;
            state.armed = Some(Armed {
                direction,
                at,
                fault,
                once,
            });
        });
    }

    /// Lets everything pass from now on.
    pub fn disarm(&self) {
        self.shared.0.update(|state| state.armed = None);
    }

    /// Whether anything was harmed since it was armed.
    pub fn has_struck(&self) -> bool {
        self.shared.0.read(|state| state.struck)
    }

    /// Waits until no connection is open any more.
    #[track_caller]
    pub fn wait_closed(&self) {
        self.shared
            .0
            .wait_until("the connections to end", |state| state.open.is_empty());
    }

    /// The number of connections so far.
    pub fn connections(&self) -> u64 {
        self.shared.0.read(|state| state.connections)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.0.update(|state| {
            state.stop = true;
            for (_, sides) in &state.open {
                close(sides);
            }
        });
        // Wakes the accepting thread, which then sees that it is to stop.
        let _ = TcpStream::connect_timeout(&self.addr, crate::PATIENCE);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn close(sides: &[Arc<TcpStream>; 2]) {
    for side in sides {
        let _ = side.shutdown(Shutdown::Both);
    }
}

fn pass(shared: &Shared, client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect_timeout(&server, crate::PATIENCE)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let sides = [Arc::new(client), Arc::new(server)];
    let id = shared.0.update(|state| {
        state.connections += 1;
        state.open.push((state.connections, sides.clone()));
        if state.stop {
            close(&sides);
        }
        state.connections
    });
    let [client, server] = &sides;
    std::thread::scope(|scope| {
        scope.spawn(|| pump(shared, Direction::Request, client, server));
        pump(shared, Direction::Response, server, client);
    });
    shared
        .0
        .update(|state| state.open.retain(|(other, _)| *other != id));
    Ok(())
}

/// Passes bytes one way until they end, or a fault ends them.
fn pump(shared: &Shared, direction: Direction, from: &Arc<TcpStream>, to: &Arc<TcpStream>) {
    let mut buffer = [0; 8192];
    let (mut count, mut generation) = (0, 0);
    loop {
        let read = match (&**from).read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        let piece = &mut buffer[..read];
        let armed = shared.0.read(|state| {
            if state.generation != generation {
                generation = state.generation;
                count = 0;
            }
            state.armed.filter(|armed| armed.direction == direction)
        });
        let within = armed.and_then(|armed| {
            let at = armed.at.checked_sub(count)?;
            // What closes a connection also does so behind the last byte.
            let ends = matches!(armed.fault, Fault::Cut | Fault::Reset | Fault::Truncate);
            (at < read || (ends && at == read)).then_some((at, armed))
        });
        count += read;
        let Some((at, armed)) = within else {
            if (&**to).write_all(piece).is_err() {
                break;
            }
            continue;
        };
        let strikes = shared.0.update(|state| {
            let strikes = !(armed.once && state.struck);
            state.struck = true;
            strikes
        });
        if !strikes {
            if (&**to).write_all(piece).is_err() {
                break;
            }
            continue;
        }
        match armed.fault {
            Fault::Corrupt(bits) => {
                piece[at] ^= bits;
                if (&**to).write_all(piece).is_err() {
                    break;
                }
            }
            Fault::Delay => {
                let (before, after) = piece.split_at(at);
                let sent = (&**to).write_all(before);
                // Not to wait for anything: that it comes apart is what is wanted.
                std::thread::sleep(Duration::from_millis(1));
                if sent.and_then(|()| (&**to).write_all(after)).is_err() {
                    break;
                }
            }
            Fault::Cut | Fault::Reset | Fault::Truncate | Fault::Stall => {
                let _ = (&**to).write_all(&piece[..at]);
                end(armed.fault, direction, from, to);
                return;
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Ends the bytes of one way.
fn end(fault: Fault, direction: Direction, from: &TcpStream, to: &TcpStream) {
    let client = match direction {
        Direction::Request => from,
        Direction::Response => to,
    };
    match fault {
        Fault::Reset => {
            let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
            // Wakes the other way, so that the socket is closed, which resets it.
            let _ = client.shutdown(Shutdown::Read);
            let other = if std::ptr::eq(client, from) { to } else { from };
            let _ = other.shutdown(Shutdown::Both);
        }
        Fault::Truncate | Fault::Stall => {
            if fault == Fault::Truncate {
                let _ = to.shutdown(Shutdown::Write);
            }
            // What still comes is taken, until its sender ends.
            let _ = io::copy(&mut &*from, &mut io::sink());
            let _ = to.shutdown(Shutdown::Write);
        }
        _ => {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawPeer;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// What a client reads to the end, and how many requests came through.
    fn ask(proxy: &FaultProxy, close_first: bool) -> io::Result<Vec<u8>> {
        let mut socket = TcpStream::connect(proxy.addr()).unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
        if close_first {
            socket.shutdown(Shutdown::Write)?;
        }
        let mut all = Vec::new();
        socket.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn each_fault_at_its_byte() {
        let peer = RawPeer::answer(ANSWER);
        let proxy = FaultProxy::before(peer.addr());
        let arm = |at, fault| proxy.arm(Direction::Response, at, fault, false);
        assert_eq!(ask(&proxy, true).unwrap(), ANSWER.as_bytes());
        for at in [0, 1, 20, ANSWER.len()] {
            arm(at, Fault::Cut);
            assert_eq!(ask(&proxy, false).unwrap(), &ANSWER.as_bytes()[..at]);
            arm(at, Fault::Truncate);
            assert_eq!(ask(&proxy, false).unwrap(), &ANSWER.as_bytes()[..at]);
            arm(at, Fault::Reset);
            assert!(ask(&proxy, false).is_err());
        }
        arm(13, Fault::Delay);
        assert_eq!(ask(&proxy, true).unwrap(), ANSWER.as_bytes());
        assert!(proxy.has_struck());
        arm(9, Fault::Corrupt(1));
        let came = String::from_utf8(ask(&proxy, true).unwrap()).unwrap();
        assert_eq!(came, ANSWER.replace("200", "300"));
        arm(ANSWER.len(), Fault::Corrupt(1));
        assert_eq!(ask(&proxy, true).unwrap(), ANSWER.as_bytes());
        assert!(!proxy.has_struck());
        proxy.arm(Direction::Request, 3, Fault::Cut, true);
        assert!(ask(&proxy, false).unwrap_or_default().is_empty());
        assert_eq!(ask(&proxy, true).unwrap(), ANSWER.as_bytes());
        proxy.disarm();
        assert_eq!(ask(&proxy, true).unwrap(), ANSWER.as_bytes());
        proxy.wait_closed();
    }
}
