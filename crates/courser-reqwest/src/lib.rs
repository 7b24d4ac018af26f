//! The reqwest transport of Courser: for those who bring a configured [`reqwest::Client`] or
//! want what reqwest's ecosystem has. Redirects, cookies, decompression, retries and timeouts are
//! Courser's own, in the stages above; reqwest only moves the bytes.
//!
//! [`Reqwest`] is a [`Connector`](courser_core::Connector). It works under both of Courser's
//! drivers: on tokio the exchange runs in the caller's own task; under the blocking driver it
//! runs on one background thread, so that it needs no runtime of the caller's and may be used
//! inside of one.
//!
//! # Features
//! * `rustls` (default): https, by rustls with ring and the roots of the system.
//! * `http2` (default): HTTP/2.
//!
//! # Limits
//! What reqwest decides by itself cannot be changed from outside. The
//! [`Capabilities`](courser_core::Capabilities) tell the first four.
//! * It parses with the URL parser of browsers, which removes dot segments, encodes a few
//!   characters more than RFC 3986 asks for (`'` in a query) and leaves a default port out of
//!   `Host`. A URL whose scheme, host or port the two parsers read differently is refused, and so
//!   is one of more than 65 534 bytes.
//! * Header names go out in lower case, and in an order of its own.
//! * `Accept: */*` is added where no `Accept` is given.
//! * Connections are pooled inside of it: a [`Conn`](courser_core::Conn) stands for any of them,
//!   one that has just been used may not be free again in time for the next request, and
//!   timings per phase and bytes on the wire are not told. Time spent on connecting counts
//!   towards the idle limit of the response's head.
//! * A head may have some 400 KiB before it is refused, and interim answers (1xx) are passed over
//!   without limit other than that of time.
//! * In HTTP/2, a `Host` header given by the user goes out beside `:authority`.

#[cfg(feature = "rustls")]
mod tls;

mod background;
mod build;
mod clients;
mod conn;
mod connector;
mod errors;
mod incoming;
mod outgoing;
mod target;

pub use connector::Reqwest;
