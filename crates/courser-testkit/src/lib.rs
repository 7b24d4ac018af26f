//! What Courser's tests talk to: loopback servers, raw and hostile peers, gates and gauges.
//!
//! * [`Server`]: HTTP/1.1 and HTTP/2 on a thread of its own, with closures as handlers, and TLS.
//! * [`RawPeer`]: a socket that answers with any bytes at any pace; [`http2`] has its frames.
//! * [`Recorder`]: plays scripted answers on two ports, and records every request and connection.
//! * [`FaultProxy`]: cuts, delays and corrupts what goes through it, at any byte.
//! * [`DeadPort`] and [`BlackHole`]: addresses that refuse, and that never answer.
//! * [`Gate`]: an order of events that does not depend on time.
//! * [`peak_rss_bytes`], [`process_cpu_time`], [`thread_cpu_time`]: what a test may bound instead of wall-clock time.
//!
//! Everything listens on loopback at a port the system chose, waits at most [`PATIENCE`], and fails the test loudly:
//! a panic in a handler or a script goes on in the test when its server or peer is dropped.
//!
//! ```
//! use courser_testkit::Server;
//! use std::io::{Read, Write};
//!
//! let server = Server::start(|request| http::Response::new(format!("you asked for {}", request.uri().path())));
//! let mut socket = std::net::TcpStream::connect(server.addr()).unwrap();
//! socket.write_all(b"GET /hay HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
//! let mut answer = String::new();
//! socket.read_to_string(&mut answer).unwrap();
//! assert!(answer.ends_with("you asked for /hay"));
//! assert_eq!(server.stats().requests, 1);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic here is a failing test, which is what this crate is for"
)]

mod address;
mod faults;
mod gate;
mod gauge;
mod panics;
mod peer;
mod recorder;
mod server;
mod tls;
mod watched;

pub use address::{BlackHole, DeadPort, dead_port, ipv6_available};
pub use faults::{Direction, Fault, FaultProxy};
pub use gate::Gate;
pub use gauge::{peak_rss_bytes, process_cpu_time, reset_peak_rss, thread_cpu_time, unpaced};
pub use peer::{RawPeer, RawPeerBuilder, Step, Wire, http2};
pub use recorder::{Answer, Exchange, Framing, Recorder, Recording, http_date, latin1, with_ports};
pub use server::{Body, BodySender, Connection, Recorded, Server, ServerBuilder, Stats, Upload};
pub use tls::{Ca, Identity, Tls};

/// The longest that anything in this crate waits before it fails the test: generous, since it is met only by a test that fails.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Any error, as bodies and handlers report it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
