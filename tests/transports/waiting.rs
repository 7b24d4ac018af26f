//! Waiting within an exchange: limits, cancelling, early answers.

use std::sync::Arc;

use courser_core::{Body, Call, Canceller, Connector, ErrorKind, Method, Phase, Request, Timeout};
use courser_testkit::{RawPeer, Step};

use super::support::*;

/// The head of an answer, and not all of its body.
pub(super) const STALLED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab";

/// An upload that has no end.
fn upload(mut req: Request) -> Request {
    req.method = Method::POST;
    req.body = Body::reader(std::io::repeat(7));
    req
}

#[test]
fn limits_of_time() {
    for way in WAYS {
        let silent = || (Vec::new(), Then::Hold);
        let stalled = || (STALLED.into(), Then::Hold);
        let peer = scripted(vec![silent(), stalled(), silent(), stalled()]);
        way.run(async |transport, rt| {
            let plain = || request(&peer.url("/"), rt.clone());
            let within = || {
                let mut req = plain();
                req.call = Arc::new(Call::new(rt.clone()).within(SHORT));
                req
            };
            for (total, req) in [
                (true, within()),
                (true, within()),
                (false, idle(plain(), SHORT)),
                (false, idle(plain(), SHORT)),
            ] {
                // Where it is then is for the machine to say.
                let error = failure(&*transport, req).await;
                match error.kind() {
                    ErrorKind::Timeout(Timeout::Total(_)) if total => {}
                    ErrorKind::Timeout(Timeout::Idle(Phase::Head | Phase::Body)) if !total => {}
                    _ => panic!("{error}"),
                }
            }
        });
    }
}

#[test]
fn an_upload_that_stalls_is_idle() {
    for way in WAYS {
        // Never reads.
        let peer = RawPeer::script(vec![Step::Hang]);
        way.run(async |transport, rt| {
            let req = idle(upload(request(&peer.url("/"), rt)), SHORT);
            let error = failure(&*transport, req).await;
            assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Idle(Phase::Send)));
        });
    }
}

#[test]
fn cancelled_from_another_thread() {
    for way in WAYS {
        for raw in ["", STALLED] {
            let canceller = Canceller::new();
            let other = canceller.clone();
            let peer = RawPeer::serve(move |wire| {
                wire.read_request()?;
                wire.send(raw)?;
                other.cancel();
                until_hung_up(wire)
            });
            let leases = Leases::default();
            way.run(async |transport, rt| {
                let mut req = request(&peer.url("/"), rt.clone());
                req.call = Arc::new(Call::new(rt).within(LONG).cancelled_by(canceller));
                let error = match send_leased(&*transport, req, leases.lease()).await {
                    Err(error) => error,
                    Ok(res) => text(res).await.unwrap_err(),
                };
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                assert_eq!(leases.counts(), (0, 1));
            });
            peer.wait_ended(0).ok();
        }
    }
}

#[test]
fn an_early_answer_to_an_upload_is_heard() {
    for way in WAYS {
        let peer = RawPeer::script(vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"),
            Step::ReadToEnd,
        ]);
        way.run(async |transport, rt| {
            let req = upload(request(&peer.url("/"), rt));
            early(&*transport, req).await;
        });
    }
}

/// Sends an upload that is refused, and reads why.
pub(super) async fn early(transport: &dyn Connector, req: Request) {
    let res = send(transport, req).await.unwrap();
    assert_eq!(res.status.as_u16(), 413);
    assert_eq!(text(res).await.unwrap(), "no");
}
