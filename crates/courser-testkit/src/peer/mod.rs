//! A peer that speaks in raw bytes.

pub mod http2;
mod step;
mod wire;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;

pub use step::Step;
pub use wire::Wire;

use crate::gate::Gate;
use crate::panics::Panics;
use crate::tls::{Ca, Tls};
use crate::watched::Watched;

/// A listener on loopback that runs a script on each connection, in a thread of its own, and notes all it received.
///
/// Dropping it closes every connection, joins the threads, and goes on with the panic of a script, if there was one.
///
/// ```
/// use courser_testkit::{RawPeer, Step};
/// use std::io::{Read, Write};
///
/// let peer = RawPeer::script(vec![Step::ReadHead, Step::send_slowly("HTTP/1.1 204 No"), Step::Reset]);
/// let mut socket = std::net::TcpStream::connect(peer.addr()).unwrap();
/// socket.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
/// assert!(socket.read_to_end(&mut Vec::new()).is_err());
/// assert_eq!(peer.received_text(0), "GET / HTTP/1.1\r\n\r\n");
/// ```
#[derive(Debug)]
pub struct RawPeer {
    addr: SocketAddr,
    ca: Option<Ca>,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What the peer's threads and the test share.
#[derive(Debug, Default)]
struct Shared {
    log: Watched<Vec<Entry>>,
    stop: Gate,
    panics: Panics,
}

/// One connection, as noted.
#[derive(Debug, Default)]
struct Entry {
    received: Vec<u8>,
    /// Kept for as long as the script runs, so that dropping the peer can end its reads.
    stream: Option<Arc<TcpStream>>,
    ended: Option<Result<(), String>>,
}

/// What a peer is to be like, until a script starts it.
#[derive(Clone, Debug, Default)]
pub struct RawPeerBuilder {
    tls: Option<Tls>,
    ipv6: bool,
}

impl RawPeerBuilder {
    /// Speaks TLS; the bytes of the script are the plain ones. ALPN is `http/1.1` unless `tls` says otherwise.
    pub fn tls_with(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// On `[::1]` in place of `127.0.0.1`.
    pub fn ipv6(mut self) -> Self {
        self.ipv6 = true;
        self
    }

    /// See [`RawPeer::answer`].
    pub fn answer(self, bytes: impl Into<Bytes>) -> RawPeer {
        self.answers([bytes])
    }

    /// See [`RawPeer::answers`].
    #[track_caller]
    pub fn answers<B: Into<Bytes>>(self, answers: impl IntoIterator<Item = B>) -> RawPeer {
        let answers: Vec<Bytes> = answers.into_iter().map(Into::into).collect();
        assert!(!answers.is_empty(), "a peer needs an answer to give");
        let next = AtomicUsize::new(0);
        self.serve(move |wire| {
            while !wire.at_end()? {
                wire.read_request()?;
                let turn = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                wire.send(&answers[turn])?;
            }
            Ok(())
        })
    }

    /// See [`RawPeer::script`].
    pub fn script(self, steps: Vec<Step>) -> RawPeer {
        self.scripts(vec![steps])
    }

    /// See [`RawPeer::scripts`].
    #[track_caller]
    pub fn scripts(self, scripts: Vec<Vec<Step>>) -> RawPeer {
        assert!(!scripts.is_empty(), "a peer needs a script to follow");
        self.serve(move |wire| {
            let turn = wire.id().min(scripts.len() - 1);
            scripts[turn].iter().try_for_each(|step| step.run(wire))
        })
    }

    /// See [`RawPeer::serve`].
    pub fn serve(
        self,
        script: impl Fn(&mut Wire) -> io::Result<()> + Send + Sync + 'static,
    ) -> RawPeer {
        let ip = if self.ipv6 {
            Ipv6Addr::LOCALHOST.into()
        } else {
            Ipv4Addr::LOCALHOST.into()
        };
        let listener = TcpListener::bind(SocketAddr::new(ip, 0)).expect("binding a loopback port");
        let addr = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let config = self.tls.as_ref().map(|tls| tls.config(&[b"http/1.1"]));
        let accept = {
            let (shared, script) = (Arc::clone(&shared), Arc::new(script));
            move || {
                let mut threads = Vec::new();
                while let Ok((stream, _)) = listener.accept() {
                    if shared.stop.is_open() {
                        break;
                    }
                    let mut wire = Wire::new(stream, config.clone(), Arc::clone(&shared));
                    let script = Arc::clone(&script);
                    threads.push(std::thread::spawn(move || {
                        let ended = script(&mut wire).map_err(|error| error.to_string());
                        wire.end(ended);
                    }));
                }
                for thread in threads {
                    if let Err(payload) = thread.join() {
                        shared.panics.keep(payload);
                    }
                }
            }
        };
        let acceptor = std::thread::Builder::new()
            .name("testkit peer".into())
            .spawn(accept)
            .expect("starting the peer's thread");
        RawPeer {
            addr,
            ca: self.tls.map(|tls| tls.ca().clone()),
            shared,
            acceptor: Some(acceptor),
        }
    }
}

impl RawPeer {
    /// A peer with TLS or on IPv6.
    pub fn builder() -> RawPeerBuilder {
        RawPeerBuilder::default()
    }

    /// Sends the same bytes after each request (its head, and its body by length or chunks), and keeps connections open.
    pub fn answer(bytes: impl Into<Bytes>) -> Self {
        Self::builder().answer(bytes)
    }

    /// Sends the first of these after the first request, whatever its connection, and so on; the last goes on for ever.
    #[track_caller]
    pub fn answers<B: Into<Bytes>>(answers: impl IntoIterator<Item = B>) -> Self {
        Self::builder().answers(answers)
    }

    /// Follows these steps on every connection.
    pub fn script(steps: Vec<Step>) -> Self {
        Self::builder().script(steps)
    }

    /// Follows the first script on the first connection, and so on; the last is for all that come after.
    #[track_caller]
    pub fn scripts(scripts: Vec<Vec<Step>>) -> Self {
        Self::builder().scripts(scripts)
    }

    /// Runs a closure on every connection. An error ends the connection, and shows in [`wait_ended`](Self::wait_ended);
    /// a panic fails the test.
    pub fn serve(script: impl Fn(&mut Wire) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::builder().serve(script)
    }

    /// Its address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// `127.0.0.1:port`, or `[::1]:port`.
    pub fn authority(&self) -> String {
        self.addr.to_string()
    }

    /// The URL of `path` (from its `/`) on this peer.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.addr)
    }

    /// The authority that signed its certificate.
    #[track_caller]
    pub fn ca(&self) -> &Ca {
        self.ca.as_ref().expect("this peer has no TLS")
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.shared.log.read(Vec::len)
    }

    /// What came over a connection (from 0) so far, as far as the script has read.
    pub fn received(&self, connection: usize) -> Vec<u8> {
        let find = |log: &Vec<Entry>| log.get(connection).map(|entry| entry.received.clone());
        self.shared.log.read(find).unwrap_or_default()
    }

    /// The same as text.
    pub fn received_text(&self, connection: usize) -> String {
        String::from_utf8_lossy(&self.received(connection)).into_owned()
    }

    /// Waits for so many connections.
    #[track_caller]
    pub fn wait_connections(&self, count: usize) {
        self.wait(&format!("{count} connections"), |log| log.len() >= count);
    }

    /// Waits until what came over a connection contains `part`.
    #[track_caller]
    pub fn wait_received(&self, connection: usize, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        let what = format!(
            "{:?} on connection {connection}",
            String::from_utf8_lossy(part)
        );
        self.wait(&what, |log| {
            log.get(connection)
                .is_some_and(|entry| wire::find(&entry.received, part).is_some())
        });
    }

    /// Waits until the script of a connection has ended, and says how.
    #[track_caller]
    pub fn wait_ended(&self, connection: usize) -> Result<(), String> {
        let ended = |log: &Vec<Entry>| log.get(connection).and_then(|entry| entry.ended.clone());
        self.wait(&format!("the end of connection {connection}"), |log| {
            ended(log).is_some()
        });
        self.shared.log.read(ended).expect("it has ended")
    }

    #[track_caller]
    fn wait(&self, what: &str, ready: impl Fn(&Vec<Entry>) -> bool) {
        self.shared.log.wait_until(what, ready);
    }
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.shared.stop.open();
        // Wakes the accepting thread, which then sees that it is to stop.
        let _ = TcpStream::connect_timeout(&self.addr, crate::PATIENCE);
        self.shared.log.read(|log| {
            for stream in log.iter().filter_map(|entry| entry.stream.as_ref()) {
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
        });
        if let Some(acceptor) = self.acceptor.take()
            && let Err(payload) = acceptor.join()
        {
            self.shared.panics.keep(payload);
        }
        self.shared.panics.resume();
    }
}
