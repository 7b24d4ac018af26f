//! Where time went, and over which connection.

use courser::pool::Exchanged;
use courser::{Bytes, Client, HttpVersion, Response, Version};
use courser_testkit::Server;

fn exchanged(res: &Response) -> &Exchanged {
    res.exchanged().unwrap()
}

fn trusting(server: &Server) -> Client {
    let der = Bytes::copy_from_slice(server.ca_der());
    Client::builder()
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap()
}

#[test]
fn of_a_new_connection_and_of_one_that_is_used_again() {
    let server = Server::builder()
        .tls()
        .http1_only()
        .start(|_| http::Response::new("hello"));
    let client = trusting(&server);
    let ask = || client.get(server.url_at("localhost", "/")).call().unwrap();

    let first = ask();
    let of = exchanged(&first);
    let times = of.timings;
    assert!(!of.reused);
    for time in [times.pool, times.dns, times.connect, times.tls, times.send] {
        assert!(time.is_some(), "{times:?}");
    }
    let (total, head) = (first.request_time.unwrap(), times.head.unwrap());
    assert!(times.tls < Some(head) && head <= total, "{times:?}");
    assert_eq!(of.connection.remote_addr, Some(server.addr()));
    let tls = of.connection.tls.as_ref().unwrap();
    assert_eq!(tls.version.as_deref(), Some("TLSv1.3"));
    assert!(tls.cipher.as_deref().unwrap().starts_with("TLS13_"));
    assert_eq!(tls.peer_certificates.len(), 1);

    let second = ask();
    let of_second = exchanged(&second);
    let times = of_second.timings;
    assert!(of_second.reused);
    assert_eq!(of_second.connection.local_addr, of.connection.local_addr);
    assert_eq!((times.dns, times.connect, times.tls), (None, None, None));
    assert!(times.pool.is_some() && times.first_byte.is_some());

    let data = second.to_value().unwrap();
    let timings = data.as_map().unwrap();
    let timings = timings.get(&courser::Value::keyword("timings")).unwrap();
    let written = timings.to_string();
    for key in [":pool", ":send", ":first-byte", ":ttfb", ":body", ":total"] {
        assert!(written.contains(key), "{written}");
    }
    assert!(!written.contains(":dns"), "{written}");
}

#[test]
fn over_http_2() {
    let server = Server::builder()
        .tls()
        .start(|_| http::Response::new("hello"));
    let client = trusting(&server);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let ask = async || {
            let request = client.get(server.url_at("localhost", "/"));
            let request = request.with(|r| r.protocol_version = Some(HttpVersion::Http2));
            request.send().await.unwrap()
        };
        let (first, second) = (ask().await, ask().await);
        assert_eq!(first.version, Version::HTTP_2);
        let (a, b) = (exchanged(&first), exchanged(&second));
        assert_eq!((a.reused, b.reused), (false, true));
        assert!(a.timings.tls.is_some() && b.timings.tls.is_none());
        assert!(b.timings.first_byte.is_some());
        let tls = a.connection.tls.as_ref().unwrap();
        assert_eq!(tls.protocol.as_deref(), Some("h2"));
    });
    assert_eq!(server.stats().accepted, 1);
}
