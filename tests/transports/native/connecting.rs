//! Addresses: looked up, raced, and given up on.

use std::net::SocketAddr;

use courser_core::rt::Runtime;
use courser_core::{Call, Canceller, ErrorKind, Request, Timeout};
use courser_testkit::BlackHole;

use super::*;

fn to(addresses: &[SocketAddr], rt: Arc<dyn Runtime>) -> Request {
    let req = request("http://some.invalid/", rt);
    let name = |address: &SocketAddr| ("some.invalid".into(), *address);
    let settings = settings(|s| s.resolve = addresses.iter().map(name).collect());
    with(req, &settings)
}

#[test]
fn the_next_address_is_tried_beside_one_that_is_silent() {
    for driver in DRIVERS {
        let Some(hole) = BlackHole::open() else {
            return; // some systems have no such address
        };
        let server = scripted(vec![ok("here")]);
        driver.run(async |rt| {
            let req = to(&[hole.addr(), server.peer.addr()], rt);
            let res = send(&*native(), req).await.unwrap();
            assert_eq!(res.remote_addr, Some(server.peer.addr()));
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}

#[test]
fn connecting_ends_with_its_limit_the_deadline_and_the_canceller() {
    for driver in DRIVERS {
        let Some(hole) = BlackHole::open() else {
            return; // some systems have no such address
        };
        driver.run(async |rt| {
            let mut req = to(&[hole.addr()], rt.clone());
            let mut settings = kept();
            settings.resolve = vec![("some.invalid".into(), hole.addr())];
            settings.connect_timeout = Some(SHORT);
            req.options.set(settings);
            let error = failure(&*native(), req).await;
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
            let error = failure(&*native(), req).await;
            assert!(
                matches!(error.kind(), ErrorKind::Timeout(Timeout::Total(_))),
                "{error}"
            );

            let canceller = Canceller::new();
            let mut req = to(&[hole.addr()], rt.clone());
            let call = Call::new(rt.clone()).within(LONG);
            req.call = Arc::new(call.cancelled_by(canceller.clone()));
            let other = std::thread::spawn(move || canceller.cancel());
            let error = failure(&*native(), req).await;
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
            other.join().unwrap();
        });
    }
}

#[test]
fn a_dead_first_address_is_passed_over() {
    for driver in DRIVERS {
        let server = scripted(vec![ok("here")]);
        let port = server.peer.port();
        // Nobody listens there on that port: it refuses at once.
        let dead = SocketAddr::from(([127, 0, 0, 9], port));
        let transport = native();
        driver.run(async |rt| {
            let mut req = request(&format!("http://two.invalid:{port}/"), rt);
            let mut settings = kept();
            settings.resolve = vec![
                ("two.invalid".into(), dead),
                ("two.invalid".into(), server.peer.addr()),
            ];
            req.options.set(settings);
            let res = send(&*transport, req).await.unwrap();
            assert_eq!(res.remote_addr, Some(server.peer.addr()));
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}
