//! Addresses: looked up, raced, and given up on.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::net::SocketAddr;
use std::sync::Arc;

use courser_core::rt::Runtime;
use courser_core::{Call, Canceller, ErrorKind, Request, Timeout};
use courser_testkit::BlackHole;
use courser_transport::Native;
use support::*;

fn to(addresses: &[SocketAddr], rt: Arc<dyn Runtime>) -> Request {
    let mut req = request("http://some.invalid/", rt);
    let mut settings = kept();
    settings.resolve = addresses
        .iter()
        .map(|address| ("some.invalid".into(), *address))
        .collect();
    req.options.set(settings);
    req
}

#[test]
fn the_next_address_is_tried_beside_one_that_is_silent() {
    for driver in BOTH {
        let Some(hole) = BlackHole::open() else {
            return; // some systems have no such address
        };
        let server = Server::scripted(vec![ok("here")]);
        driver.run(async |rt| {
            let req = to(&[hole.addr(), server.addr], rt);
            let res = send(&Native::new(), req).await.unwrap();
            assert_eq!(res.remote_addr, Some(server.addr));
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}

#[test]
fn connecting_ends_with_its_limit_the_deadline_and_the_canceller() {
    for driver in BOTH {
        let Some(hole) = BlackHole::open() else {
            return; // some systems have no such address
        };
        driver.run(async |rt| {
            let mut req = to(&[hole.addr()], rt.clone());
            let mut settings = kept();
            settings.resolve = vec![("some.invalid".into(), hole.addr())];
            settings.connect_timeout = Some(SHORT);
            req.options.set(settings);
            let error = failure(&Native::new(), req).await;
            assert_eq!(
                error.kind(),
                ErrorKind::Timeout(Timeout::Connect),
                "{error}"
            );
            let line = error.to_string();
            assert!(line.contains("limit: 60ms (:connection-timeout)"), "{line}");
            assert!(line.contains("address: some.invalid:80"), "{line}");

            let mut req = to(&[hole.addr()], rt.clone());
            req.call = Arc::new(Call::new(rt.clone()).within(SHORT));
            let error = failure(&Native::new(), req).await;
            assert!(
                matches!(error.kind(), ErrorKind::Timeout(Timeout::Total(_))),
                "{error}"
            );

            let canceller = Canceller::new();
            let mut req = to(&[hole.addr()], rt.clone());
            let call = Call::new(rt.clone()).within(LONG);
            req.call = Arc::new(call.cancelled_by(canceller.clone()));
            let other = std::thread::spawn(move || canceller.cancel());
            let error = failure(&Native::new(), req).await;
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
            other.join().unwrap();
        });
    }
}

#[test]
fn a_resolver_of_the_request_is_asked_first() {
    for driver in BOTH {
        let server = Server::scripted(vec![ok("here")]);
        let transport = Native::new();
        driver.run(async |rt| {
            let url = format!("http://some.invalid:{}/", server.addr.port());
            let mut req = request(&url, rt);
            let mut settings = kept();
            settings.resolve = vec![("some.invalid".into(), server.addr)];
            req.options.set(settings);
            let res = send(&transport, req).await.unwrap();
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}

#[test]
fn a_dead_first_address_is_passed_over() {
    for driver in BOTH {
        let server = Server::scripted(vec![ok("here")]);
        let port = server.addr.port();
        // Nobody listens there on that port: it refuses at once.
        let dead = std::net::SocketAddr::from(([127, 0, 0, 9], port));
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = request(&format!("http://two.invalid:{port}/"), rt);
            let mut settings = kept();
            settings.resolve = vec![
                ("two.invalid".into(), dead),
                ("two.invalid".into(), server.addr),
            ];
            req.options.set(settings);
            let res = send(&transport, req).await.unwrap();
            assert_eq!(res.remote_addr, Some(server.addr));
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}
