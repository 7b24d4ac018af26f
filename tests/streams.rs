//! Bodies item by item, and event streams.

use std::time::Duration;

use courser::stream::Event;
use courser::{Client, ErrorKind, Value};
use courser_testkit::{RawPeer, Server, Step};
use futures_util::StreamExt;
use http::Response;

/// A body that comes byte by byte, so that nothing lies together by chance.
fn slowly(content_type: &'static str, body: &'static [u8]) -> Server {
    Server::start(move |_| {
        let chunks = body.chunks(1).map(<[u8]>::to_vec);
        Response::builder()
            .header("Content-Type", content_type)
            .body(courser_testkit::Body::chunks(chunks))
            .unwrap()
    })
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Order {
    id: u64,
}

fn ids(orders: impl IntoIterator<Item = courser::Result<Order>>) -> Vec<Result<u64, String>> {
    let shown =
        |order: courser::Result<Order>| order.map(|order| order.id).map_err(|e| e.to_string());
    orders.into_iter().map(shown).collect()
}

/// Gives every connection that answer, and ends it.
fn ending(answer: impl Into<String>) -> RawPeer {
    RawPeer::script(vec![
        Step::ReadHead,
        Step::send(answer.into()),
        Step::HalfClose,
    ])
}

#[test]
fn items_of_an_array() {
    let server = slowly(
        "application/json",
        b" [{\"id\": 1}, {\"id\": 2}\n, {\"id\": \"x\"}, {\"id\": 4}] ",
    );
    for client in crate::clients() {
        let response = client.get(server.url("/")).as_stream().call().unwrap();
        let found = ids(response.items::<Order>().unwrap());
        assert_eq!(found.len(), 4);
        assert_eq!((&found[0], &found[1], &found[3]), (&Ok(1), &Ok(2), &Ok(4)));
        let error = found[2].as_ref().unwrap_err();
        let expected = "an item of the body is not the JSON that was expected [item: 3, byte: 25";
        assert!(error.starts_with(expected), "{error}");
    }

    // The same of a body that was collected, and on tokio.
    let response = courser::get(server.url("/")).call().unwrap();
    assert_eq!(ids(response.items::<Order>().unwrap()).len(), 4);
    let found = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let response = courser::get(server.url("/"))
            .as_stream()
            .send()
            .await
            .unwrap();
        let mut orders = response.items::<Order>().unwrap();
        let first = orders.next().await.unwrap().unwrap();
        let rest: Vec<_> = orders.collect().await;
        (first, rest.len())
    });
    assert_eq!(found, (Order { id: 1 }, 3));
}

#[test]
fn what_ends_the_items() {
    #[track_caller]
    fn check(answer: &'static str, expected: &[Result<u64, &str>]) {
        let peer = ending(answer);
        let response = courser::get(peer.url("/")).as_stream().call().unwrap();
        let found = ids(response.items::<Order>().unwrap().max_item_size(40));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                _ => panic!("{found:?}"),
            }
        }
    }
    check("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &[]);
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[{\"id\": 1}",
        &[Ok(1), Err("item: 2")],
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n[{\"id\": 1},",
        &[Ok(1), Err("item: 2")],
    );
    // The connection breaks.
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[{\"id\": 1},",
        &[Ok(1), Err("body")],
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
        &[Err("content-type: text/html")],
    );
    check(
        "HTTP/1.1 200 OK\r\n\r\n[{\"id\": 1}, {\"id\":                                                     2}]",
        &[Ok(1), Err("item: 2")],
    );
    check(
        "HTTP/1.1 200 OK\r\n\r\n[{\"id\": 1}, \"\x7f\u{80}\"]",
        &[Ok(1), Err("item: 2")],
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=euc-jp\r\n\r\n[{\"id\": 1}, \"\u{80}\"]",
        &[Err("charset")],
    );
}

#[test]
fn lines_and_values() {
    let server = slowly("application/x-ndjson", b"{\"id\": 1}\r\n\n{\"id\": 2}");
    let response = courser::get(server.url("/")).as_stream().call().unwrap();
    assert_eq!(ids(response.json_lines().unwrap()), [Ok(1), Ok(2)]);

    let server = slowly(
        "application/edn; charset=utf-16le",
        b"\xff\xfe1\0 \0:\0a\0;\0\n\0#\0_\0 \x005\0 \0[\x003\0]\0",
    );
    let response = courser::get(server.url("/")).as_stream().call().unwrap();
    let values: courser::Result<Vec<Value>> = response.edn_items().unwrap().into_iter().collect();
    let expected = [1.into(), Value::keyword("a"), Value::vector([3])];
    assert_eq!(values.unwrap(), expected);
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

fn texts(events: impl IntoIterator<Item = courser::Result<Event>>) -> Vec<String> {
    let shown = |event: courser::Result<Event>| match event {
        Ok(event) => format!("{} {} {}", event.event, event.data, event.id),
        Err(error) => error.to_string(),
    };
    events.into_iter().map(shown).collect()
}

#[test]
fn events_of_a_response() {
    let server = slowly(
        "text/event-stream",
        b"data: a\n\n:c\nid: 1\nevent: e\ndata: b\r\n\r\ndata: c",
    );
    let response = courser::get(server.url("/")).as_stream().call().unwrap();
    assert_eq!(texts(response.events()), ["message a ", "e b 1"]);
    let found = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let response = courser::get(server.url("/"))
            .as_stream()
            .send()
            .await
            .unwrap();
        let mut events = response.events();
        assert_eq!(events.next().await.unwrap().unwrap().data, "a");
        assert_eq!(events.next().await.unwrap().unwrap().data, "b");
        (
            events.next().await.is_none(),
            events.last_event_id().to_owned(),
        )
    });
    assert_eq!(found, (true, "1".to_owned()));

    let endless = ending(format!("{HEAD}data: {}", "x".repeat(2000)));
    let response = courser::get(endless.url("/")).as_stream().call().unwrap();
    let mut events = response.events().max_event_size(1000).into_iter();
    assert_eq!(
        events.next().unwrap().unwrap_err().kind(),
        ErrorKind::BodyLimit
    );
    assert!(events.next().is_none());
}

/// Three connections: one that ends, one that breaks, one that says that there is no more.
fn three() -> RawPeer {
    RawPeer::scripts(vec![
        vec![
            Step::ReadHead,
            Step::send(format!("{HEAD}retry: 1\nid: 7\ndata: a\n\ndata: lost")),
        ],
        vec![
            Step::ReadHead,
            Step::send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nContent-Length: 999\r\n\r\ndata: b\n\nid\ndata: c\n\n",
            ),
            Step::HalfClose,
        ],
        vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 204 No Content\r\n\r\n"),
        ],
    ])
}

#[test]
fn a_source_connects_again() {
    let check = |peer: &RawPeer, found: Vec<String>| {
        assert_eq!(found, ["message a 7", "message b 7", "message c "]);
        let sent: Vec<String> = (0..3)
            .map(|n| peer.received_text(n).to_lowercase())
            .collect();
        assert!(
            sent[0].contains("accept: text/event-stream\r\n"),
            "{}",
            sent[0]
        );
        assert!(
            sent[0].contains("cache-control: no-store\r\n") && sent[0].contains("x-mine: 1\r\n")
        );
        assert!(!sent[0].contains("last-event-id"));
        assert!(sent[1].contains("last-event-id: 7\r\n"), "{}", sent[1]);
        assert!(!sent[2].contains("last-event-id"), "{}", sent[2]);
    };
    let peer = three();
    let source = |peer: &RawPeer| {
        courser::get(peer.url("/"))
            .header("X-Mine", "1")
            .event_source()
            .unwrap()
    };
    check(&peer, texts(source(&peer)));
    let peer = three();
    let found = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { source(&peer).collect::<Vec<_>>().await });
    check(&peer, texts(found));
}

#[test]
fn what_ends_a_source() {
    #[track_caller]
    fn check(answer: String, expected: &[&str]) {
        let peer = ending(answer);
        let source = courser::get(peer.url("/")).event_source().unwrap();
        let source = source.max_failures(2).retry(Duration::from_millis(1));
        let found = texts(source);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }
    check("HTTP/1.1 204 No Content\r\n\r\n".into(), &[]);
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".into(),
        &["no event stream"],
    );
    check(
        "HTTP/1.1 206 Partial\r\nContent-Type: text/event-stream\r\n\r\n".into(),
        &["status 200"],
    );
    check(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
        &["404"],
    );
    // One that ends at once, time after time.
    check(
        format!("{HEAD}: nothing\n\n"),
        &["3 connections in a row had no event"],
    );
    // What the first connection fails with is not tried again.
    let refused = courser::get("http://127.0.0.1:1/").event_source().unwrap();
    let mut events = refused.into_iter();
    assert_eq!(
        events.next().unwrap().unwrap_err().kind(),
        ErrorKind::Connect
    );
    assert!(events.next().is_none());
}

#[test]
fn a_source_goes_through_the_stack() {
    let peer = three();
    let client = Client::builder()
        .bearer("token")
        .base_url(peer.url(""))
        .build()
        .unwrap();
    let found = texts(client.get("/stream").event_source().unwrap());
    assert_eq!(found.len(), 3, "{found:?}");
    assert!((0..3).all(|n| peer.received_text(n).contains("Bearer token")));
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct A {
    #[serde(rename = "@b")]
    b: String,
}

#[test]
fn xml_there_and_back() {
    let server = Server::start(|request| {
        let (parts, body) = request.into_parts();
        let content_type = parts.headers["content-type"].clone();
        Response::builder()
            .header("Content-Type", content_type)
            .body(body)
            .unwrap()
    });
    let element = Value::keyword_map([
        ("tag", Value::keyword("a")),
        ("attrs", Value::keyword_map([("b", "é\"".into())])),
        ("content", Value::vector(["text <&"])),
    ]);
    let request = || courser::post(server.url("/")).xml(&element);
    for form in [courser::As::Auto, courser::As::Xml] {
        assert_eq!(request().as_(form).call().unwrap().value(), Some(&element));
    }
    assert_eq!(
        request().call().unwrap().xml::<A>().unwrap(),
        A { b: "é\"".into() }
    );
    let error = courser::post(server.url("/"))
        .content_type("text/xml")
        .body("<a>&x;</a>")
        .as_(courser::As::Auto)
        .call();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("line 1, column 4: entities"), "{cause}");
}
