//! What blocking calls promise beyond what both drivers do.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::sync::Arc;

use courser_core::Connector;
use courser_reqwest::Reqwest;
use support::*;

fn call(transport: &Reqwest, url: &str) -> String {
    park_on(async {
        let res = send(transport, request(url, Arc::new(Park))).await.unwrap();
        text(res).await.unwrap()
    })
}

#[test]
fn inside_of_somebodys_runtime() {
    let server = Server::scripted(vec![ok("a"), ok("b")]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let transport = Reqwest::new();
        assert_eq!(call(&transport, &server.url("/")), "a");
        // A task of that runtime may do it too, and dropping the transport there is no panic.
        let url = server.url("/");
        let task = tokio::spawn(async move { call(&transport, &url) });
        assert_eq!(task.await.unwrap(), "b");
    });
}

#[test]
fn a_body_outlives_its_transport() {
    let size = 1 << 20;
    let server = Server::scripted(vec![ok(&"x".repeat(size))]);
    let transport = Reqwest::new();
    let res = park_on(send(&transport, request(&server.url("/"), Arc::new(Park)))).unwrap();
    drop(transport);
    assert_eq!(park_on(text(res)).unwrap().len(), size);
}

#[test]
fn one_transport_serves_both_drivers_and_many_threads() {
    let server = Server::scripted((0..24).map(|_| ok("x")).collect());
    let transport = Reqwest::new();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (transport, url) = (&transport, server.url("/"));
            scope.spawn(move || {
                for _ in 0..3 {
                    let got = BOTH[n % 2].run(async |rt| {
                        text(send(transport, request(&url, rt)).await.unwrap()).await
                    });
                    assert_eq!(got.unwrap(), "x");
                }
            });
        }
    });
    assert_eq!(server.requests().len(), 24);
}

#[test]
fn idle_connections_are_closed_when_told() {
    let server = Server::scripted(vec![ok("x"), ok("x")]);
    let transport = Reqwest::new();
    call(&transport, &server.url("/"));
    transport.close_idle();
    server.wait_for_end(1);
    call(&transport, &server.url("/"));
    assert_eq!(server.connections(), 2);
    drop(transport);
    server.wait_for_end(2);
}
