//! The wire log.

use std::fmt::Write as _;
use std::sync::Mutex;

use courser_core::{Body, Method};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::*;

/// Keeps what is told of the wire.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl Visit for Lines {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{value:?}").unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "courser::wire" && *metadata.level() == Level::TRACE
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn both_ways_and_without_credentials() {
    let lines = Lines::default();
    let server = scripted(vec![answer(
        "HTTP/1.1 200 OK\r\nSet-Cookie: sid=hunter2;\r\n v=hunter2\r\nContent-Length: 3\r\n\r\nd\ne",
    )]);
    let log = lines.0.clone();
    tracing::subscriber::with_default(lines, || {
        Driver::Blocking.run(async |rt| {
            let mut req = request(&server.url("/a"), rt);
            req.method = Method::POST;
            req.headers
                .append("Authorization", "Bearer hunter2")
                .unwrap();
            req.headers.append("Own", "hunter2").unwrap();
            req.headers.hide("Own");
            req.body = Body::from("abc");
            let res = send(&*native(), req).await.unwrap();
            assert_eq!(text(res).await.unwrap(), "d\ne");
        });
    });
    let log = log.lock().unwrap();
    for line in [
        r#">> "POST /a HTTP/1.1[\r][\n]""#,
        r#">> "Authorization: …[\r][\n]""#,
        r#">> "Own: …[\r][\n]""#,
        r#">> "Content-Length: 3[\r][\n]""#,
        r#">> "[\r][\n]""#,
        r#">> "abc""#,
        r#"<< "HTTP/1.1 200 OK[\r][\n]""#,
        r#"<< "Set-Cookie: …[\r][\n]""#,
        r#"<< " …[\r][\n]""#,
        r#"<< "d[\n]""#,
        r#"<< "e""#,
    ] {
        assert!(log.contains(line), "{line} is not in:\n{log}");
    }
    assert!(!log.contains("hunter2"), "{log}");
}
