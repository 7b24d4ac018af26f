//! `Expect: 100-continue`; hyper's client does not wait.

use std::time::Duration;

use courser_core::{Body, Method};
use courser_testkit::RawPeer;

use super::*;

#[test]
fn the_body_goes_out_when_it_is_asked_for() {
    for driver in DRIVERS {
        for (interim, last, sent) in [
            ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n", true),
            ("", "HTTP/1.1 417 No\r\n", false),
        ] {
            let peer = RawPeer::serve(move |wire| {
                wire.read_head()?;
                wire.send(interim)?;
                if sent {
                    wire.read_bytes(3)?;
                }
                wire.send(format!("{last}Content-Length: 0\r\n\r\n"))?;
                until_hung_up(wire)
            });
            let leases = Leases::default();
            driver.run(async |rt| {
                let mut req = request(&peer.url("/"), rt);
                req.method = Method::PUT;
                req.headers.append("Expect", "100-continue").unwrap();
                req.body = Body::from("abc");
                let res = send_leased(&*native(), req, leases.lease()).await.unwrap();
                assert_eq!(res.status.is_success(), sent);
                assert_eq!(leases.counts(), if sent { (1, 0) } else { (0, 1) });
                leases.resting.lock().unwrap().take();
            });
            peer.wait_ended(0).ok();
            let received = peer.received_text(0);
            let (_, body) = received.split_once("\r\n\r\n").unwrap();
            assert_eq!(body, if sent { "abc" } else { "" });
        }
    }
}

/// Nor is it taken for idle before that.
#[test]
fn the_body_goes_out_unasked_after_a_while() {
    for driver in DRIVERS {
        let server = scripted(vec![ok("unasked")]);
        driver.run(async |rt| {
            let mut req = idle(request(&server.url("/"), rt), Duration::from_millis(800));
            req.method = Method::PUT;
            req.headers.append("Expect", "100-continue").unwrap();
            req.body = Body::from("abc");
            assert_eq!(ask(&*native(), req).await, "unasked");
        });
        assert_eq!(server.requests()[0].1, b"abc");
    }
}
