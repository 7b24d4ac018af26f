//! A server that plays a script, and records what it is sent.

mod exchange;
mod script;

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use exchange::{Exchange, Framing, latin1};
pub use script::{Answer, http_date, with_ports};

use crate::PATIENCE;
use crate::panics::Panics;
use crate::watched::Watched;
use script::Script;

/// A server on two loopback ports. It answers the requests, over whatever connections they come, with the script's
/// answers in turn, and hangs up after a request that says `Connection: close`, as the script says, and when the
/// script is at its end.
///
/// ```
/// use courser_testkit::{Answer, Recorder};
/// use std::io::{Read, Write};
///
/// let recorder = Recorder::start(vec![Answer::raw("HTTP/1.1 204 No Content\r\n\r\n")]);
/// let mut socket = std::net::TcpStream::connect(("127.0.0.1", recorder.port())).unwrap();
/// socket.write_all(b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
/// socket.read_to_string(&mut String::new()).unwrap();
/// let recording = recorder.finish();
/// assert_eq!(recording.connections, 1);
/// assert_eq!(recording.exchanges[0].target, "/a");
/// ```
#[derive(Debug)]
pub struct Recorder {
    addrs: [SocketAddr; 2],
    shared: Arc<Shared>,
    acceptors: Mutex<Vec<JoinHandle<()>>>,
}

/// What was sent to a recorder.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The requests, in the order in which they ended.
    pub exchanges: Vec<Exchange>,
    /// How many connections were opened.
    pub connections: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Watched<State>,
    panics: Panics,
}

#[derive(Debug, Default)]
struct State {
    recording: Recording,
    script: Option<Script>,
    /// Of each connection, while it is open: so that the end can cut it.
    streams: Vec<Option<TcpStream>>,
    /// The connections that the end makes, one to each port: they mark that all before them were accepted.
    last: Vec<(u16, SocketAddr)>,
    stopped: bool,
}

impl Recorder {
    /// Starts it.
    pub fn start(script: Vec<Answer>) -> Self {
        let shared = Arc::new(Shared::default());
        shared
            .state
            .update(|state| state.script = Some(Script::new(script)));
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("binding a loopback port");
        let listeners = [bind(), bind()];
        let addrs = [0, 1].map(|at| {
            let listener: &TcpListener = &listeners[at];
            listener
                .local_addr()
                .expect("a bound listener has an address")
        });
        let ports = addrs.map(|addr| addr.port());
        let acceptors = listeners.into_iter().map(|listener| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("testkit recorder".into())
                .spawn(move || accept(&listener, ports, &shared))
                .expect("starting the recorder's thread")
        });
        let acceptors = Mutex::new(acceptors.collect());
        Self {
            addrs,
            shared,
            acceptors,
        }
    }

    /// The first port.
    pub fn port(&self) -> u16 {
        self.addrs[0].port()
    }

    /// The second port.
    pub fn port2(&self) -> u16 {
        self.addrs[1].port()
    }

    /// The requests that have come so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared
            .state
            .read(|state| state.recording.exchanges.clone())
    }

    /// Ends it, and tells everything. What clients have sent by now is in it, and every connection they opened.
    pub fn finish(&self) -> Recording {
        self.stop();
        self.shared.panics.resume();
        self.shared.state.read(|state| state.recording.clone())
    }

    fn stop(&self) {
        let mut acceptors = self
            .acceptors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if acceptors.is_empty() {
            return;
        }
        self.shared.state.update(|state| state.stopped = true);
        // The backlog is a queue: when this connection is accepted, all that were opened before have been.
        let last = self.addrs.map(|addr| {
            let stream =
                TcpStream::connect_timeout(&addr, PATIENCE).expect("connecting to the recorder");
            let own = stream
                .local_addr()
                .expect("a connected socket has an address");
            self.shared
                .state
                .update(|state| state.last.push((addr.port(), own)));
            stream
        });
        for acceptor in acceptors.drain(..) {
            if let Err(payload) = acceptor.join() {
                self.shared.panics.keep(payload);
            }
        }
        drop(last);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
        self.shared.panics.resume();
    }
}

/// Accepts until the connection that marks the end, then cuts what is open, and waits for all of them.
fn accept(listener: &TcpListener, ports: [u16; 2], shared: &Arc<Shared>) {
    let own = listener.local_addr().map_or(0, |addr| addr.port());
    let mut threads = Vec::new();
    while let Ok((stream, peer)) = listener.accept() {
        if is_last(shared, own, peer) {
            break;
        }
        let number = shared.state.update(|state| {
            state.recording.connections += 1;
            state.streams.push(stream.try_clone().ok());
            state.recording.connections - 1
        });
        let shared = Arc::clone(shared);
        threads.push(std::thread::spawn(move || {
            serve(&stream, number, own, ports, &shared);
            let _ = stream.shutdown(Shutdown::Both);
            shared.state.update(|state| state.streams[number] = None);
        }));
    }
    shared.state.read(|state| {
        for stream in state.streams.iter().flatten() {
            // What has arrived is still read; then there is an end instead of a wait.
            let _ = stream.shutdown(Shutdown::Read);
        }
    });
    for thread in threads {
        if let Err(payload) = thread.join() {
            shared.panics.keep(payload);
        }
    }
}

/// Whether this connection marks the end. Its address is noted when it has been made, perhaps after it was accepted.
fn is_last(shared: &Shared, port: u16, peer: SocketAddr) -> bool {
    let noted = |state: &State| state.last.iter().find(|(to, _)| *to == port).copied();
    if !shared.state.read(|state| state.stopped) {
        return false;
    }
    shared
        .state
        .wait_until("the last connection", |state| noted(state).is_some());
    shared.state.read(noted) == Some((port, peer))
}

fn serve(stream: &TcpStream, number: usize, port: u16, ports: [u16; 2], shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Ok(Some(mut exchange)) = exchange::read(&mut reader) {
        exchange.connection = number;
        exchange.port = port;
        let close = exchange.says_close();
        let answer = shared.state.update(|state| {
            let incomplete = exchange.incomplete;
            state.recording.exchanges.push(exchange);
            // Half a request gets no answer and uses none up.
            state.script.as_mut().filter(|_| !incomplete)?.take()
        });
        let Some(answer) = answer.filter(|answer| !answer.drop) else {
            return;
        };
        if answer.delay > Duration::ZERO
            && shared
                .state
                .wait_within(answer.delay, |state| state.stopped)
        {
            return;
        }
        let bytes = script::with_dates(&with_ports(&answer.raw, ports[0], ports[1]));
        if (&*stream).write_all(&bytes).is_err() || close || answer.close {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn connect(port: u16) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn ask(stream: &mut TcpStream, request: &str, answer: &str) {
        stream.write_all(request.as_bytes()).unwrap();
        let mut got = vec![0; answer.len()];
        stream.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), answer);
    }

    fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    const GET: &str = "GET /x HTTP/1.1\r\n\r\n";
    const CLOSE: &str = "GET /c HTTP/1.1\r\nConnection: close\r\n\r\n";

    #[test]
    fn answers_go_round_the_connections_and_ports() {
        let recorder = Recorder::start(vec![
            Answer::raw("one"),
            Answer::raw("two:PORT2"),
            Answer::raw("three"),
        ]);
        let (mut a, mut b) = (connect(recorder.port()), connect(recorder.port2()));
        ask(&mut a, GET, "one");
        ask(&mut b, GET, &format!("two:{}", recorder.port2()));
        ask(&mut a, CLOSE, "three");
        assert_eq!(rest(&mut a), "");
        assert_eq!(recorder.exchanges().len(), 3);
        let [port, port2] = [recorder.port(), recorder.port2()];
        let recording = recorder.finish();
        assert_eq!(recording.connections, 2);
        let came: Vec<u16> = recording.exchanges.iter().map(|e| e.port).collect();
        assert_eq!(came, [port, port2, port]);
        assert_eq!(
            recording.exchanges[0].connection,
            recording.exchanges[2].connection
        );
        assert_ne!(
            recording.exchanges[0].connection,
            recording.exchanges[1].connection
        );
    }

    #[test]
    fn hangs_up_as_the_script_says() {
        let recorder = Recorder::start(vec![
            Answer::dropped(),
            Answer {
                close: true,
                ..Answer::raw("bye")
            },
        ]);
        for expected in ["", "bye", ""] {
            let mut stream = connect(recorder.port());
            stream.write_all(GET.as_bytes()).unwrap();
            assert_eq!(rest(&mut stream), expected);
        }
        let recording = recorder.finish();
        assert_eq!((recording.connections, recording.exchanges.len()), (3, 3));
    }

    #[test]
    fn half_requests_and_silent_connections_are_seen() {
        let recorder = Recorder::start(vec![Answer::raw("never")]);
        let silent = connect(recorder.port());
        let mut half = connect(recorder.port());
        half.write_all(b"POST /h HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
            .unwrap();
        let recording = recorder.finish();
        drop(silent);
        assert_eq!(recording.connections, 2);
        assert_eq!(recording.exchanges.len(), 1);
        assert!(recording.exchanges[0].incomplete);
        assert_eq!(recording.exchanges[0].body, b"abc");
    }

    #[test]
    fn a_delayed_answer_does_not_delay_the_end() {
        let recorder = Recorder::start(vec![Answer {
            delay: PATIENCE,
            ..Answer::raw("late")
        }]);
        let mut stream = connect(recorder.port());
        stream.write_all(GET.as_bytes()).unwrap();
        while recorder.exchanges().is_empty() {
            std::thread::yield_now();
        }
        let start = std::time::Instant::now();
        drop(recorder);
        assert!(start.elapsed() < PATIENCE / 2);
    }
}
