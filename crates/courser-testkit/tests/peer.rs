//! The raw peer, driven by sockets of the standard library.
#![allow(clippy::unwrap_used, reason = "these are tests, helpers included")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use courser_testkit::{Gate, RawPeer, Step};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

fn open(peer: &RawPeer) -> TcpStream {
    TcpStream::connect(peer.addr()).unwrap()
}

fn read_all(mut socket: TcpStream) -> String {
    let mut all = String::new();
    socket.read_to_string(&mut all).unwrap();
    all
}

#[test]
fn answers_each_request_and_keeps_the_connection() {
    let peer = RawPeer::answer("+");
    let mut socket = open(&peer);
    let requests = [
        GET.to_owned(),
        "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc".to_owned(),
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"
            .to_owned(),
        GET.to_owned(),
    ];
    for request in &requests {
        socket.write_all(request.as_bytes()).unwrap();
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"+");
    }
    assert_eq!(peer.received_text(0), requests.concat());
    drop(socket);
    assert_eq!(peer.wait_ended(0), Ok(()));
}

#[test]
fn answers_go_on_over_connections() {
    let peer = RawPeer::answers(["1", "2"]);
    for expected in ["1", "2", "2"] {
        let mut socket = open(&peer);
        socket.write_all(GET.as_bytes()).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(read_all(socket), expected);
    }
    assert_eq!(peer.connections(), 3);
}

#[test]
fn scripts_go_by_connection() {
    let peer = RawPeer::scripts(vec![vec![Step::send("a")], vec![Step::send_slowly("bcd")]]);
    assert_eq!(read_all(open(&peer)), "a");
    assert_eq!(read_all(open(&peer)), "bcd");
    assert_eq!(read_all(open(&peer)), "bcd");
    peer.wait_connections(3);
}

#[test]
fn gates_order_script_and_test() {
    let (reached, go) = (Gate::new(), Gate::new());
    let peer = RawPeer::script(vec![
        Step::ReadHead,
        Step::send("one"),
        Step::Open(reached.clone()),
        Step::Wait(go.clone()),
        Step::send("two"),
    ]);
    let mut socket = open(&peer);
    socket.write_all(GET.as_bytes()).unwrap();
    reached.wait();
    let mut first = [0; 3];
    socket.read_exact(&mut first).unwrap();
    socket.set_nonblocking(true).unwrap();
    assert_eq!(
        socket.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    socket.set_nonblocking(false).unwrap();
    go.open();
    assert_eq!(read_all(socket), "two");
    assert_eq!(peer.wait_ended(0), Ok(()));
}

#[test]
fn resets() {
    let peer = RawPeer::script(vec![Step::Read(2), Step::Reset]);
    let mut socket = open(&peer);
    socket.write_all(b"hi").unwrap();
    let error = socket.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn half_closes_and_reads_on() {
    let peer = RawPeer::script(vec![Step::send("x"), Step::HalfClose, Step::ReadToEnd]);
    let mut socket = open(&peer);
    let mut all = Vec::new();
    socket.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"x");
    socket.write_all(b"still here").unwrap();
    peer.wait_received(0, "still here");
    drop(socket);
    assert_eq!(peer.wait_ended(0), Ok(()));
}

#[test]
fn hangs_until_it_is_dropped() {
    let peer = RawPeer::script(vec![Step::ReadRequest, Step::Hang]);
    let mut socket = open(&peer);
    socket.write_all(GET.as_bytes()).unwrap();
    peer.wait_received(0, "\r\n\r\n");
    drop(peer);
    assert_eq!(socket.read(&mut [0]).unwrap(), 0);
}

#[test]
fn dropping_ends_reads_and_gates() {
    let peer = RawPeer::scripts(vec![vec![Step::ReadToEnd], vec![Step::Wait(Gate::new())]]);
    let _sockets = [open(&peer), open(&peer)];
    peer.wait_connections(2);
    drop(peer);
}

#[test]
fn a_client_that_leaves_early_is_noted() {
    let peer = RawPeer::script(vec![Step::ReadHead]);
    open(&peer).write_all(b"GET").unwrap();
    assert!(peer.wait_ended(0).is_err());
    assert_eq!(peer.received(0), b"GET");
}

#[test]
fn a_panic_in_a_script_fails_the_test() {
    let peer = RawPeer::serve(|_| panic!("the script says no"));
    assert_eq!(read_all(open(&peer)), "");
    let payload = catch_unwind(AssertUnwindSafe(|| drop(peer))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the script says no"));
}

#[test]
fn tunnels_like_a_proxy() {
    let origin = RawPeer::answer("from afar");
    let to = origin.addr();
    let proxy = RawPeer::serve(move |wire| {
        wire.read_head()?;
        wire.send("HTTP/1.1 200 OK\r\n\r\n")?;
        wire.tunnel(to)
    });
    let mut socket = open(&proxy);
    socket.write_all(b"CONNECT x:1 HTTP/1.1\r\n\r\n").unwrap();
    socket.write_all(GET.as_bytes()).unwrap();
    let mut answer = vec![0; "HTTP/1.1 200 OK\r\n\r\nfrom afar".len()];
    socket.read_exact(&mut answer).unwrap();
    assert!(answer.ends_with(b"from afar"));
    assert_eq!(origin.received_text(0), GET);
    drop(socket);
    assert_eq!(proxy.wait_ended(0), Ok(()));
    assert_eq!(origin.wait_ended(0), Ok(()));
}
