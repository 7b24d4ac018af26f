//! Connections that speak another protocol after a 101.

use std::io::{Read, Write};
use std::sync::Arc;

use courser::{Client, ErrorKind, RequestBuilder};
use courser_testkit::RawPeer;

/// Answers 101 with the first bytes of the other protocol, then says everything back.
fn peer() -> RawPeer {
    RawPeer::serve(|wire| {
        let head = wire.read_head()?;
        if !String::from_utf8_lossy(&head).contains("Upgrade: echo") {
            return wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
        wire.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nhi!")?;
        while let Ok(said) = wire.read_bytes(3) {
            wire.send(said)?;
        }
        Ok(())
    })
}

fn upgrade(client: &Client, peer: &RawPeer) -> RequestBuilder {
    client
        .get(peer.url("/"))
        .header("Connection", "Upgrade")
        .header("Upgrade", "echo")
        .throw_exceptions(false)
}

#[test]
fn a_101_hands_over_its_connection() {
    let peer = peer();
    let client = Client::new();
    let response = upgrade(&client, &peer).call().unwrap();
    assert_eq!(response.status, 101);
    let mut connection = response.upgrade().unwrap();
    let again = response.clone().upgrade().unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Closed, "{again}");
    let mut three = [0; 3];
    for word in ["hi!", "abc", "def"] {
        if word != "hi!" {
            connection.write_all(word.as_bytes()).unwrap();
        }
        connection.read_exact(&mut three).unwrap();
        assert_eq!(three, word.as_bytes());
    }
    connection.shutdown_write().unwrap();
    assert_eq!(connection.read(&mut three).unwrap(), 0);
    // It is not the pool's any more.
    let other = client.get(peer.url("/")).call().unwrap();
    assert_eq!((other.status.as_u16(), peer.connections()), (200, 2));
    peer.wait_ended(0).unwrap();
    let error = other.upgrade().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[test]
fn a_101_hands_over_its_connection_to_tokio() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let peer = peer();
    let client = Client::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = upgrade(&client, &peer).send().await.unwrap();
        let mut connection = response.upgrade().unwrap().into_tokio();
        connection.write_all(b"abc").await.unwrap();
        let mut came = [0; 6];
        connection.read_exact(&mut came).await.unwrap();
        assert_eq!(&came, b"hi!abc");
        connection.shutdown().await.unwrap();
        assert_eq!(connection.read(&mut came).await.unwrap(), 0);
    });
}

#[test]
fn over_reqwest_it_is_hidden() {
    let peer = peer();
    let client = Client::builder()
        .transport(Arc::new(courser::reqwest::Reqwest::new()))
        .build()
        .unwrap();
    // Its header names are in lower case, and the peer's are not.
    let request = upgrade(&client, &peer).header("X-As-Written", "Upgrade: echo");
    let error = request.call().unwrap().upgrade().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
