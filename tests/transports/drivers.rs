//! What holds for the drivers together: calls inside of a runtime, and one transport for all.

use std::sync::Arc;

use courser_core::Connector;

use super::support::*;

const BLOCKING: [Way; 2] = [WAYS[1], WAYS[3]];

fn call(transport: &dyn Connector, url: &str) -> String {
    let rt = courser_rt::Blocking::runtime();
    courser_rt::block_on(ask(transport, request(url, rt)))
}

#[test]
fn calls_inside_of_somebodys_runtime() {
    for way in BLOCKING {
        let peer = scripted(vec![ok("a"), ok("b")]);
        Driver::Tokio.run(async |_| {
            let transport = way.connector();
            assert_eq!(call(&*transport, &peer.url("/")), "a");
            // A task of that runtime may do it too, and dropping the transport there is no panic.
            let url = peer.url("/");
            let task = tokio::spawn(async move { call(&*transport, &url) });
            assert_eq!(task.await.unwrap(), "b");
        });
    }
}

#[test]
fn a_body_outlives_its_transport() {
    let size = 1 << 20;
    for way in WAYS {
        let peer = scripted(vec![ok(&"x".repeat(size))]);
        way.run(async |transport, rt| {
            let res = send(&*transport, request(&peer.url("/"), rt)).await;
            drop(transport);
            assert_eq!(text(res.unwrap()).await.unwrap().len(), size);
        });
    }
}

#[test]
fn one_transport_serves_both_drivers_and_many_threads() {
    for way in BLOCKING {
        let peer = scripted((0..24).map(|_| ok("x")).collect());
        let transport: Arc<dyn Connector> = way.connector();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (transport, url) = (&*transport, peer.url("/"));
                scope.spawn(move || {
                    for _ in 0..3 {
                        let got =
                            DRIVERS[n % 2].run(async |rt| ask(transport, request(&url, rt)).await);
                        assert_eq!(got, "x");
                    }
                });
            }
        });
        assert_eq!(peer.requests().len(), 24);
    }
}
