//! What the managers of connections tell `tracing`: where a connection came from, and why one that
//! was kept is gone. Each is an event of level DEBUG under [`TARGET`], inside of the span of the
//! request that it is about. Nobody who listens costs a look at a flag.
//!
//! A route is told as in errors: without credentials. Where it is not at hand, it is asked for only
//! if somebody listens.

use std::time::Duration;

use tracing::debug;

use crate::route::Route;

const TARGET: &str = "courser::pool";

/// A request got a connection that was kept.
pub(crate) fn reused(route: impl FnOnce() -> Route, waited: Duration) {
    debug!(target: TARGET, route = %route(), waited_us = micros(waited), "a kept connection is used again");
}

/// A request got a place, and a connection was made for it.
pub(crate) fn created(route: &Route, waited: Duration) {
    debug!(target: TARGET, %route, waited_us = micros(waited), "a connection was made");
}

/// A request got no place in time, or at all.
pub(crate) fn refused(route: &Route, waited: Duration) {
    debug!(target: TARGET, %route, waited_us = micros(waited), "no place for a connection");
}

/// A kept connection was found to be closed by the other end, and is left out.
pub(crate) fn stale(route: impl FnOnce() -> Route) {
    debug!(target: TARGET, route = %route(), "a kept connection was closed by the other end");
}

/// Kept connections that are too old, make room for others, or are of a manager that was shut
/// down.
pub(crate) fn closed(count: usize) {
    if count > 0 {
        debug!(target: TARGET, count, "kept connections are closed");
    }
}

fn micros(waited: Duration) -> u64 {
    u64::try_from(waited.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Write as _};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use courser_core::{Connect, ConnectionManager as _};
    use tracing::field::{Field, Visit};
    use tracing::{Event, Metadata, Subscriber, span};

    use crate::Reusable;
    use crate::test::{Fake, FakeRt, Task};

    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    struct Line<'a>(&'a mut String);

    impl Visit for Line<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            let _ = write!(self.0, "{}={value:?} ", field.name());
        }
    }

    impl Subscriber for Notes {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = String::new();
            event.record(&mut Line(&mut line));
            self.0.lock().unwrap().push(line);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// One of each kind.
    fn run() {
        let rt = FakeRt::new(0);
        let call = rt.call();
        let manager = Reusable::new(Arc::new(Fake::default()));
        let lease = |host: &str| {
            let to = Connect {
                https: false,
                host: host.into(),
                port: 80,
                settings: Arc::default(),
            };
            Task::new(manager.lease(to, Some(Duration::from_secs(30)), &call))
        };
        for host in ["h", "h", "dies", "dies"] {
            let (conn, lease) = lease(host).done().unwrap();
            lease.give_back(conn);
        }
        let held = [lease("i").done(), lease("i").done()];
        let mut waiter = lease("i");
        waiter.waits();
        rt.advance(Duration::from_secs(30));
        assert!(waiter.done().is_err());
        drop(held);
        manager.shutdown();
    }

    #[test]
    fn where_connections_come_from_and_why_they_are_gone() {
        // Places that are come by first while nobody listens would be off for good.
        run();
        let notes = Notes::default();
        tracing::subscriber::with_default(notes.clone(), || {
            // Another test may have been coming by one just now.
            tracing::callsite::rebuild_interest_cache();
            run();
        });
        let lines = notes.0.lock().unwrap();
        let made =
            |host| format!("message=a connection was made route=http://{host}:80 waited_us=0 ");
        let expected = [
            made("h"),
            "message=a kept connection is used again route=http://h:80 waited_us=0 ".into(),
            made("dies"),
            "message=a kept connection was closed by the other end route=http://dies:80 ".into(),
            made("dies"),
            made("i"),
            made("i"),
            "message=no place for a connection route=http://i:80 waited_us=30000000 ".into(),
            // That of `h`, and the second to `dies`, of which nobody knows yet.
            "message=kept connections are closed count=2 ".into(),
        ];
        assert_eq!(*lines, expected);
    }
}
