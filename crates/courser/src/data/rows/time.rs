//! Limits of time, and retries.

use std::sync::Arc;

use courser_core::RetryHandler;

use super::super::option::Entry;
use super::super::parse::{put, time};
use super::TIME;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "timeout",
        TIME,
        "no limit",
        "how long the whole exchange may take, body included",
        |d, v, _| put(&mut d.request.timeout, time(v)),
    ),
    Entry::new(
        "socket-timeout",
        TIME,
        "60000",
        "how long nothing may move on the connection",
        |d, v, _| put(&mut d.request.socket_timeout, time(v)),
    ),
    Entry::new(
        "connection-timeout",
        TIME,
        "10000",
        "how long connecting may take",
        |d, v, _| put(&mut d.request.connection_timeout, time(v)),
    )
    .aliases(&["conn-timeout"]),
    Entry::new(
        "connection-request-timeout",
        TIME,
        "30000",
        "how long to wait for a place in the pool",
        |d, v, _| put(&mut d.request.connection_request_timeout, time(v)),
    )
    .aliases(&["conn-request-timeout"]),
    Entry::new(
        "retry-handler",
        "a number of tries, or what names a handler",
        "3 more tries of idempotent requests",
        "decides whether a request that got no answer is sent again",
        |d, v, env| {
            let handler = env.thing::<Arc<dyn RetryHandler>>(v, "retry");
            put(&mut d.request.retry_handler, handler)
        },
    ),
    super::retry::ROW,
];
