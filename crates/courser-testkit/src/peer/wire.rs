//! One connection of a raw peer, as its script sees it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio_rustls::rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

use super::{Entry, Shared};
use crate::PATIENCE;
use crate::gate::Gate;

/// The most that a head, or a line of a chunked body, may have.
const MAX_HEAD: usize = 4 << 20;

/// A connection in the hands of a [`RawPeer`](crate::RawPeer)'s script. Each read waits at most [`PATIENCE`].
pub struct Wire {
    id: usize,
    shared: Arc<Shared>,
    stream: Option<Stream>,
    /// Read from the socket, but not yet by the script.
    ahead: Vec<u8>,
}

enum Stream {
    Plain(Handle),
    Tls(Box<StreamOwned<ServerConnection, Handle>>),
}

/// A socket that the peer can shut down while its script reads.
#[derive(Clone)]
struct Handle(Arc<TcpStream>);

impl Wire {
    pub(super) fn new(
        stream: TcpStream,
        tls: Option<Arc<ServerConfig>>,
        shared: Arc<Shared>,
    ) -> Self {
        // A client that has gone already makes these fail; the script will see it.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.set_write_timeout(Some(PATIENCE));
        let stream = Arc::new(stream);
        let id = shared.log.update(|log| {
            log.push(Entry {
                stream: Some(Arc::clone(&stream)),
                ..Entry::default()
            });
            log.len() - 1
        });
        let stream = match tls {
            None => Stream::Plain(Handle(stream)),
            Some(config) => {
                let session =
                    ServerConnection::new(config).expect("a session of a good configuration");
                Stream::Tls(Box::new(StreamOwned::new(session, Handle(stream))))
            }
        };
        Self {
            id,
            shared,
            stream: Some(stream),
            ahead: Vec::new(),
        }
    }

    /// The connection's number, from 0.
    pub fn id(&self) -> usize {
        self.id
    }

    /// The client's address.
    pub fn remote(&self) -> io::Result<SocketAddr> {
        self.handle()?.0.peer_addr()
    }

    /// Whether the client has closed its side, and everything was read. Waits for a byte or the end.
    pub fn at_end(&mut self) -> io::Result<bool> {
        Ok(self.ahead.is_empty() && self.fill()? == 0)
    }

    /// Whether the client went on with a TLS session of an earlier connection; known once something was read.
    pub fn is_resumed(&self) -> bool {
        match &self.stream {
            Some(Stream::Tls(tls)) => tls.conn.handshake_kind() == Some(HandshakeKind::Resumed),
            _ => false,
        }
    }

    /// Reads to the end of a request's head, and returns it with its empty line.
    pub fn read_head(&mut self) -> io::Result<Vec<u8>> {
        self.read_past(b"\r\n\r\n")
    }

    /// Reads a request's head, and its body by `Content-Length` or chunks; returns all of it as sent.
    pub fn read_request(&mut self) -> io::Result<Vec<u8>> {
        let mut request = self.read_head()?;
        let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let field = |name| {
            head.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| *key == name)
        };
        if field("transfer-encoding").is_some_and(|(_, value)| value.contains("chunked")) {
            self.read_chunks(&mut request)?;
        } else if let Some((_, length)) = field("content-length") {
            let length = length
                .trim()
                .parse()
                .map_err(|_| invalid("the request's length is no number"))?;
            request.extend(self.read_bytes(length)?);
        }
        Ok(request)
    }

    fn read_chunks(&mut self, request: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let line = self.read_past(b"\r\n")?;
            let text = String::from_utf8_lossy(&line).into_owned();
            let digits = text.split([';', '\r']).next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16)
                .map_err(|_| invalid("a chunk's size is no number"))?;
            request.extend(line);
            if size == 0 {
                break;
            }
            request.extend(self.read_bytes(size + 2)?);
        }
        // Trailers, up to the empty line.
        loop {
            let line = self.read_past(b"\r\n")?;
            request.extend_from_slice(&line);
            if line.len() == 2 {
                return Ok(());
            }
        }
    }

    /// Reads so many bytes.
    pub fn read_bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() < count {
            self.fill_or_fail()?;
        }
        Ok(self.take(count))
    }

    /// Reads until the client closes its side; an error beyond `limit` bytes.
    pub fn read_to_end(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        while self.fill()? > 0 {
            if self.ahead.len() > limit {
                return Err(invalid("the client sent more than the script allows"));
            }
        }
        Ok(self.take(self.ahead.len()))
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let stream = self.stream()?;
        stream.write_all(bytes.as_ref())?;
        stream.flush()
    }

    /// Sends bytes one at a time, each in a packet of its own as far as the system allows.
    pub fn send_slowly(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        bytes
            .as_ref()
            .chunks(1)
            .try_for_each(|byte| self.send(byte))
    }

    /// Waits until the test opens the gate; an error if the peer is dropped before.
    pub fn wait(&self, gate: &Gate) -> io::Result<()> {
        if gate.wait_unless(&self.shared.stop) {
            Ok(())
        } else {
            Err(dropped())
        }
    }

    /// Closes the sending side only.
    pub fn half_close(&mut self) -> io::Result<()> {
        if let Stream::Tls(tls) = self.stream()? {
            tls.conn.send_close_notify();
            tls.flush()?;
        }
        self.handle()?.0.shutdown(Shutdown::Write)
    }

    /// Closes the connection, under TLS without saying so.
    pub fn close(&mut self) {
        self.stream = None;
        self.shared.log.update(|log| log[self.id].stream = None);
    }

    /// Closes the connection with a reset.
    pub fn reset(&mut self) -> io::Result<()> {
        SockRef::from(&*self.handle()?.0).set_linger(Some(Duration::ZERO))?;
        self.close();
        Ok(())
    }

    /// Does nothing until the peer is dropped.
    pub fn hang(&mut self) -> io::Result<()> {
        self.shared.stop.wait_for_ever();
        Err(dropped())
    }

    /// Passes bytes both ways between the client and `to` until both have ended, as a proxy does after its answer.
    /// What the client sends is noted; what it is sent is not. The client's side must be plain.
    pub fn tunnel(&mut self, to: SocketAddr) -> io::Result<()> {
        let target = TcpStream::connect_timeout(&to, PATIENCE)?;
        target.set_read_timeout(Some(PATIENCE))?;
        target.set_nodelay(true)?;
        if let Stream::Tls(_) = self.stream()? {
            return Err(invalid("a tunnel's client side must be plain"));
        }
        let mut client = self.handle()?.clone();
        std::thread::scope(|scope| {
            let back = scope.spawn(|| {
                let copied = io::copy(&mut &target, &mut client);
                let _ = client.0.shutdown(Shutdown::Write);
                copied
            });
            let forth = self.forward(&target);
            // A peer that is dropped, or a client that failed, does not wait for the target's last words.
            let cut = forth.is_err() || self.shared.stop.is_open();
            let _ = target.shutdown(if cut { Shutdown::Both } else { Shutdown::Write });
            let back = back
                .join()
                .unwrap_or_else(|payload| std::panic::resume_unwind(payload));
            forth.and(back.map(drop))
        })
    }

    fn forward(&mut self, mut target: &TcpStream) -> io::Result<()> {
        loop {
            let ahead = self.take(self.ahead.len());
            target.write_all(&ahead)?;
            if self.fill()? == 0 {
                return Ok(());
            }
        }
    }

    pub(super) fn end(&mut self, how: Result<(), String>) {
        self.close();
        self.shared.log.update(|log| log[self.id].ended = Some(how));
    }

    fn read_past(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            if let Some(at) = find(&self.ahead[searched..], mark) {
                return Ok(self.take(searched + at + mark.len()));
            }
            if self.ahead.len() > MAX_HEAD {
                return Err(invalid("the client's head never ends"));
            }
            searched = self.ahead.len().saturating_sub(mark.len());
            self.fill_or_fail()?;
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.ahead.split_off(count);
        std::mem::replace(&mut self.ahead, rest)
    }

    fn fill_or_fail(&mut self) -> io::Result<()> {
        if self.fill()? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream()?.read(&mut buffer)?;
        let new = &buffer[..count];
        self.ahead.extend_from_slice(new);
        let id = self.id;
        self.shared
            .log
            .update(|log| log[id].received.extend_from_slice(new));
        Ok(count)
    }

    fn stream(&mut self) -> io::Result<&mut Stream> {
        self.stream
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn handle(&self) -> io::Result<&Handle> {
        match &self.stream {
            Some(Stream::Plain(handle)) => Ok(handle),
            Some(Stream::Tls(tls)) => Ok(&tls.sock),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Only a script that panicked has not ended its wire itself.
        if self.shared.log.read(|log| log[self.id].ended.is_none()) {
            self.end(Err("the script panicked".into()));
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buf),
            Self::Tls(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Read for Handle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buf)
    }
}

impl Write for Handle {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self.0).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn find(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len().max(1))
        .position(|window| window == part)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn dropped() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the peer was dropped")
}
