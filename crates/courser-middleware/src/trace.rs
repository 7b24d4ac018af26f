//! Spans for `tracing`, with the names of OpenTelemetry's conventions for HTTP clients: one for a
//! call (`courser.call`), and in it one for each request that goes out, each hop and each try
//! (`http.request`). Nobody who listens costs next to nothing: a look at a flag.
//!
//! No credentials and no values of a query are in them.

use courser_core::{BoxFuture, Request, Response, Result};
use tracing::field::Empty;
use tracing::{Instrument as _, Level, Span, info_span};

/// What spans and events are told under.
pub const TARGET: &str = "courser";

/// Whether anybody listens.
#[must_use]
pub fn is_on() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// The span of a whole call, if anybody listens.
#[must_use]
pub fn call(req: &Request) -> Option<Span> {
    if !is_on() {
        return None;
    }
    Some(info_span!(
        target: TARGET,
        "courser.call",
        otel.name = req.method.as_str(),
        http.request.method = req.method.as_str(),
        url.full = req.url.redacted(),
        http.response.status_code = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    ))
}

/// The span of one request that goes out, after so many before it that were the same.
pub(crate) fn attempt(req: &Request, resends: u32) -> Option<Span> {
    if !is_on() {
        return None;
    }
    let span = info_span!(
        target: TARGET,
        "http.request",
        otel.name = req.method.as_str(),
        otel.kind = "client",
        http.request.method = req.method.as_str(),
        url.full = req.url.redacted(),
        server.address = req.url.host(),
        server.port = req.url.port(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        network.protocol.version = Empty,
        network.peer.address = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    );
    if resends > 0 {
        span.record("http.request.resend_count", resends);
    }
    Some(span)
}

/// Makes a future in its span, if it has one, and runs it there; and tells how it ended.
pub fn within(
    span: Option<Span>,
    make: impl FnOnce() -> BoxFuture<'static, Result<Response>>,
) -> BoxFuture<'static, Result<Response>> {
    let Some(span) = span else {
        return make();
    };
    let run = span.in_scope(make);
    Box::pin(async move {
        let result = run.instrument(span.clone()).await;
        match &result {
            Ok(res) => {
                span.record("http.response.status_code", res.status.as_u16());
                // Of "HTTP/1.1" and "HTTP/2.0", as the conventions have them.
                let version = format!("{:?}", res.version);
                let version = version.trim_start_matches("HTTP/").trim_end_matches(".0");
                span.record("network.protocol.version", version);
                if let Some(address) = res.remote_addr {
                    span.record(
                        "network.peer.address",
                        tracing::field::display(address.ip()),
                    );
                }
                if res.status.is_client_error() || res.status.is_server_error() {
                    span.record("error.type", res.status.as_str());
                    span.record("otel.status_code", "ERROR");
                }
            }
            Err(error) => {
                if let Some(status) = error.status() {
                    span.record("http.response.status_code", status.as_u16());
                    span.record("error.type", status.as_str());
                } else {
                    span.record("error.type", error.kind().name());
                }
                span.record("otel.status_code", "ERROR");
            }
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::RedirectStage;
    use crate::retry::RetryStage;
    use courser_core::testing::{Echo, FakeRt, now};
    use courser_core::{Call, Error, ErrorKind, Next, Stack, Stage, StatusCode, Url, from_fn_with};
    use std::sync::{Arc, Mutex};
    use tracing::field::{Field, Visit};
    use tracing::{Event, Metadata, Subscriber, span};

    /// Notes spans with their fields, and events.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    struct Line<'a>(&'a mut String);

    impl Visit for Line<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            use std::fmt::Write as _;
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }

    impl Subscriber for Notes {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
            let mut lines = self.0.lock().unwrap();
            let mut line = attributes.metadata().name().to_owned();
            attributes.record(&mut Line(&mut line));
            lines.push(line);
            span::Id::from_u64(lines.len() as u64)
        }
        fn record(&self, id: &span::Id, values: &span::Record<'_>) {
            let mut lines = self.0.lock().unwrap();
            let at = usize::try_from(id.into_u64()).unwrap() - 1;
            values.record(&mut Line(&mut lines[at]));
        }
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = "event".to_owned();
            event.record(&mut Line(&mut line));
            self.0.lock().unwrap().push(line);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// A call of three exchanges.
    fn run() {
        let mut stack = Stack::new();
        stack.push(Stage::middleware(RedirectStage));
        stack.push(Stage::middleware(RetryStage));
        let tries = Arc::new(Mutex::new(0));
        stack.push(Stage::middleware(from_fn_with(
            tries,
            "below",
            async |tries: Arc<Mutex<u32>>, req: Request, next: Next| {
                let turn = {
                    let mut tries = tries.lock().unwrap();
                    *tries += 1;
                    *tries
                };
                let url = req.url.clone();
                let mut res = next.run(req).await?;
                match turn {
                    1 => return Err(Error::new(ErrorKind::Io, "broke").during(&http_get(), &url)),
                    2 => {
                        res.status = StatusCode::FOUND;
                        res.headers
                            .insert("Location", "http://other/there?token=hunter2")?;
                    }
                    _ => res.status = StatusCode::NOT_FOUND,
                }
                Ok(res)
            },
        )));
        let url = Url::parse("http://u:hunter2@h:81/p?token=hunter2").unwrap();
        let call_ = Arc::new(Call::new(FakeRt::runtime()));
        let req = Request::new(url, call_);
        let span = call(&req);
        now(within(span, || stack.service(Arc::new(Echo)).call(req))).unwrap();
    }

    #[test]
    fn a_span_for_the_call_and_for_each_request() {
        // What another test comes by first, while the only subscriber is of this thread, would be
        // off for good; what is known when a subscriber comes is not.
        run();
        let notes = Notes::default();
        tracing::subscriber::with_default(notes.clone(), run);
        let lines = notes.0.lock().unwrap();
        let all = lines.join("\n");
        assert!(!all.contains("hunter2"), "{all}");
        let spans: Vec<&String> = lines
            .iter()
            .filter(|line| !line.starts_with("event"))
            .collect();
        assert_eq!(spans.len(), 4, "{all}");
        for (line, parts) in spans.iter().zip([
            &[
                "courser.call",
                "http.response.status_code=404",
                "error.type=\"404\"",
            ][..],
            &[
                "http.request ",
                "server.address=\"h\"",
                "server.port=81",
                "url.full=\"http://h:81/p?token=…\"",
                "error.type=\"io\"",
                "otel.kind=\"client\"",
            ],
            &[
                "http.request.resend_count=1",
                "http.response.status_code=302",
                "network.protocol.version=\"1.1\"",
            ],
            &[
                "server.address=\"other\"",
                "http.response.status_code=404",
                "otel.status_code=\"ERROR\"",
            ],
        ]) {
            for part in parts {
                assert!(line.contains(part), "no {part} in {line}");
            }
        }
        for event in ["sending again", "following a redirect"] {
            assert!(all.contains(event), "no {event:?} in {all}");
        }
    }

    fn http_get() -> courser_core::Method {
        courser_core::Method::GET
    }
}
