//! TLS sessions go on over connections; those of reqwest cannot be seen.

use std::sync::Mutex;

use super::super::tls::{serving, trusting, url};
use super::*;

#[test]
fn they_are_resumed() {
    let resumed = Arc::new(Mutex::new(Vec::new()));
    let seen = resumed.clone();
    let peer = serving(move |wire| {
        wire.read_head()?;
        seen.lock().unwrap().push(wire.is_resumed());
        wire.send(ok("ok").0)?;
        until_hung_up(wire)
    });
    let transport = native();
    Driver::Blocking.run(async |rt| {
        for _ in 0..2 {
            let req = with(request(&url(&peer), rt.clone()), &trusting(peer.ca()));
            assert_eq!(ask(&*transport, req).await, "ok");
        }
    });
    assert_eq!(*resumed.lock().unwrap(), [false, true]);
}
