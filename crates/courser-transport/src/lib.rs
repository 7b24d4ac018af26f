//! The native transport of Courser: HTTP/1.1 and HTTP/2 on connections that it holds in its own
//! hands.
//!
//! [`Native`] is a [`Connector`](courser_core::Connector). It works under both of Courser's
//! drivers, with the same code: it looks hosts up, races their addresses (RFC 8305), goes
//! through proxies, shakes hands over TLS, and speaks HTTP/1.1 in the caller's own task, without
//! a task or a channel of its own. What goes out is what was written: target, order and case of
//! header fields. It tells where time went, the addresses, and how TLS was agreed on
//! ([`Exchanged`](courser_core::Exchanged)).
//!
//! All that an answer can do wrong has a limit or is an error: see `courser-h1`.
//!
//! # The wire log
//! What goes over connections is told by [`tracing`] events at the level `TRACE` with the target
//! `courser::wire`, in the form of Apache's client: `>> "GET / HTTP/1.1[\r][\n]"`. The values of
//! header fields that carry credentials are left out. It is free while nobody listens.
//!
//! # HTTP/2
//! By hyper, for `.send()`. Who goes the same way shares a connection, also while it is made:
//! the others wait for the first for a second at most, and then connect by themselves. A head is
//! read up to 1 MiB, and then held against the limits of the request
//! ([`HeadLimits`](courser_core::HeadLimits)).
//!
//! Where a connection that was used before turns out to be at its end, a request is sent once more,
//! once a call: whatever it is if the server has not looked at it (`GOAWAY`, `REFUSED_STREAM`; RFC
//! 9113, 8.7), else if it is idempotent, as over HTTP/1.
//!
//! Floods of frames end as follows (`cargo xtask attack --row 26` plays them). CONTINUATION
//! without end, also with nothing in it, ends the connection with an error. PING and SETTINGS are
//! answered one by one, and not read on until the answer is out; streams that the server resets
//! fail, each for itself; interim answers are passed over. Those cost no memory, do not count as
//! progress, and end by `:socket-timeout` or `:timeout`.
//!
//! # Features
//! * `async`, `blocking` (default): the drivers.
//! * `rustls` (default): https, by rustls with ring and the roots of the system.
//! * `http2` (default): HTTP/2, under `async`.

#[cfg(feature = "http2")]
mod http2;
#[cfg(feature = "rustls")]
mod tls;

mod connection;
mod connector;
mod dial;
mod errors;
mod exchange;
mod incoming;
mod names;
mod proxy;
mod reply;
mod resolve;
#[cfg(test)]
mod testing;
mod upload;
mod wire;

pub use connector::Native;
