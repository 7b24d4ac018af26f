//! Connections that are closed from elsewhere while they are in use.

use courser_core::{Connect, ErrorKind, Lease};
use courser_testkit::{RawPeer, Step, Tls};

use super::super::tls::{trusting, url};
use super::super::waiting::STALLED;
use super::*;

#[test]
fn by_another_thread() {
    let script = || vec![Step::ReadHead, Step::send(STALLED), Step::ReadToEnd];
    for driver in DRIVERS {
        let secure = RawPeer::builder().tls_with(Tls::new()).script(script());
        let plain = RawPeer::script(script());
        let cases = [
            (url(&secure), trusting(secure.ca())),
            (plain.url("/"), settings(|_| {})),
        ];
        for (url, settings) in cases {
            driver.run(async |rt| {
                let req = with(request(&url, rt), &settings);
                let (to, call) = (Connect::of(&req), req.call.clone());
                let conn = native().connect(&to, &call).await.unwrap();
                let closer = conn.closer().unwrap();
                let res = conn.send(Lease::none(), req).await.unwrap();
                let other = std::thread::spawn(move || closer.upgrade().unwrap().close());
                let error = text(res).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Io, "{error}");
                other.join().unwrap();
            });
        }
    }
}
