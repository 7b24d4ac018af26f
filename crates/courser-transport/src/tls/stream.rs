//! A TLS connection as a byte stream.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker, ready};

use courser_core::rt::{Close, Io};
use courser_core::{Bytes, TlsInfo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

/// TLS over a socket.
///
/// It reads from the socket only when it has nothing left to give: reading ahead, as others do,
/// would wait for bytes that nobody asked for.
pub(crate) struct TlsStream {
    io: Box<dyn Io>,
    session: ClientConnection,
    /// Bytes that were decrypted and not read yet.
    plain: usize,
    /// The other side has said goodbye (RFC 8446, 6.1): nothing more comes of it.
    ended: bool,
}

/// How often in a row the socket is read for records that carry nothing for the reader, as tickets
/// for other sessions are. A server may send them without end.
const IN_VAIN: usize = 8;

impl TlsStream {
    /// A connection whose handshake is still to come.
    pub(crate) fn new(
        io: Box<dyn Io>,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<Self> {
        let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(TlsStream {
            io,
            session,
            plain: 0,
            ended: false,
        })
    }

    /// Shakes hands.
    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_write_out(cx))?;
            if !self.session.is_handshaking() {
                return self.io.poll_flush(cx);
            }
            if ready!(self.poll_read_in(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// What was agreed on, once hands are shaken.
    pub(crate) fn info(&self) -> TlsInfo {
        let mut info = TlsInfo::default();
        info.version = self.session.protocol_version().map(|version| {
            let name = format!("{version:?}");
            name.replace("TLSv1_", "TLSv1.")
        });
        info.cipher = self
            .session
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()));
        info.protocol = self
            .session
            .alpn_protocol()
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let certificates = self.session.peer_certificates().unwrap_or_default();
        info.peer_certificates = certificates
            .iter()
            .map(|der| Bytes::copy_from_slice(der))
            .collect();
        info
    }

    /// Reads from the socket once, and deals with what came. `0` at its end.
    fn poll_read_in(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut socket = Socket {
            io: &mut *self.io,
            cx,
        };
        let n = match self.session.read_tls(&mut socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            other => other?,
        };
        match self.session.process_new_packets() {
            Ok(state) => {
                self.plain = state.plaintext_bytes_to_read();
                self.ended |= state.peer_has_closed();
            }
            Err(error) => {
                // The alert that tells the other side; whether it arrives is not waited for.
                let _ = self.poll_write_out(cx);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
            }
        }
        Poll::Ready(Ok(n))
    }

    /// Writes what is ready to go out.
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.session.wants_write() {
            let mut socket = Socket {
                io: &mut *self.io,
                cx,
            };
            match self.session.write_tls(&mut socket) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Io for TlsStream {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        for _ in 0..IN_VAIN {
            match self.session.reader().read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // `UnexpectedEof` where the end came without a word (RFC 8446, 6.1).
                result => {
                    let read = result.as_ref().map_or(0, |n| *n);
                    self.plain = self.plain.saturating_sub(read);
                    return Poll::Ready(result);
                }
            }
            // An answer to a key update, say. Where nothing can be written any more, there may
            // still be something to read, such as why; and if not, reading fails too.
            let _ = self.poll_write_out(cx);
            ready!(self.poll_read_in(cx))?;
        }
        // Limits of time get their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let n = self.session.writer().write(buf)?;
            // What is buffered goes out with the next write or flush, if not now.
            match self.poll_write_out(cx) {
                Poll::Ready(done) => done?,
                Poll::Pending if n == 0 => return Poll::Pending,
                Poll::Pending => {}
            }
            if n > 0 || buf.is_empty() {
                return Poll::Ready(Ok(n));
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        self.io.poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.send_close_notify();
        ready!(self.poll_write_out(cx))?;
        self.io.poll_shutdown(cx)
    }

    fn is_open(&self) -> bool {
        self.plain == 0 && !self.ended && self.io.is_open()
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        self.io.closer()
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.io.local_addr()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.io.peer_addr()
    }
}

impl Drop for TlsStream {
    /// Says goodbye (RFC 8446, 6.1), as far as that goes without waiting.
    fn drop(&mut self) {
        self.session.send_close_notify();
        let _ = self.poll_write_out(&mut Context::from_waker(Waker::noop()));
    }
}

/// A socket as rustls wants it: what is pending would block.
struct Socket<'a, 'b> {
    io: &'a mut dyn Io,
    cx: &'a mut Context<'b>,
}

fn ready_or_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Read for Socket<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        ready_or_block(self.io.poll_read(self.cx, buf))
    }
}

impl Write for Socket<'_, '_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        ready_or_block(self.io.poll_write(self.cx, buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        ready_or_block(self.io.poll_flush(self.cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::Versions;
    use crate::testing::Memory;
    use crate::tls::Configs;
    use courser_core::Tls;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection};

    /// Moves what either side has to say.
    fn pass(server: &mut ServerConnection, wire: &Memory) {
        let said = wire.take_written();
        let mut said = &said[..];
        while !said.is_empty() {
            server.read_tls(&mut said).unwrap();
            server.process_new_packets().unwrap();
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        wire.push(&answer);
    }

    /// Both ends of a connection, and what is between them; hands are shaken. The server is about
    /// to send so many tickets for other sessions.
    fn connected(tickets: usize) -> (TlsStream, ServerConnection, Memory) {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = courser_testkit::Tls::new().identity();
        let chain = vec![CertificateDer::from(identity.cert_der)];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key_der));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut config = config
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.send_tls13_tickets = tickets;
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();

        let mut tls = Tls::default();
        tls.insecure = true;
        let config = Configs::default().get(&tls, Versions::Http1).unwrap();
        let wire = Memory::open();
        let name = ServerName::try_from("localhost").unwrap();
        let mut client = TlsStream::new(Box::new(wire.clone()), config, name).unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..10 {
            if client.poll_handshake(&mut cx).is_ready() {
                pass(&mut server, &wire);
                return (client, server, wire);
            }
            pass(&mut server, &wire);
        }
        panic!("no end of the handshake");
    }

    fn read(client: &mut TlsStream) -> Poll<String> {
        let mut buf = [0; 64];
        let mut cx = Context::from_waker(Waker::noop());
        let read = client.poll_read(&mut cx, &mut buf);
        read.map(|n| String::from_utf8(buf[..n.unwrap()].to_vec()).unwrap())
    }

    #[test]
    fn what_carries_nothing_does_not_keep_others_from_their_turn() {
        let (mut client, mut server, wire) = connected(700);
        assert_eq!(read(&mut client), Poll::Pending);
        assert!(wire.left() > 0, "all of it was read at once");
        server.writer().write_all(b"after it").unwrap();
        pass(&mut server, &wire);
        let mut turns = (0..1000).map(|_| read(&mut client));
        let came = turns.find(Poll::is_ready);
        assert_eq!(came, Some(Poll::Ready("after it".to_owned())));
    }

    #[test]
    fn a_goodbye_ends_it_also_before_the_socket_is_closed() {
        let (mut client, mut server, wire) = connected(0);
        server.writer().write_all(b"last").unwrap();
        pass(&mut server, &wire);
        assert_eq!(read(&mut client), Poll::Ready("last".to_owned()));
        assert!(client.is_open());

        server.writer().write_all(b"words").unwrap();
        server.send_close_notify();
        pass(&mut server, &wire);
        assert_eq!(read(&mut client), Poll::Ready("words".to_owned()));
        assert!(!client.is_open());
    }

    #[test]
    fn what_came_is_read_also_where_nothing_can_be_written() {
        let (mut client, mut server, wire) = connected(0);
        wire.break_writes();
        server.writer().write_all(b"413").unwrap();
        pass(&mut server, &wire);
        let mut cx = Context::from_waker(Waker::noop());
        let written = client.poll_write(&mut cx, b"more and more");
        assert!(matches!(written, Poll::Ready(Err(_))));
        assert_eq!(read(&mut client), Poll::Ready("413".to_owned()));
    }
}
