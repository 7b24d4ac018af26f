//! HTTP/1.1 and 1.0 for clients, without I/O.
//!
//! Bytes go in and come out; who moves them, and how it waits, is somebody else's matter. A
//! request is written as it is given: the target byte by byte, fields in their order, names in
//! their case. An answer is read strictly by RFC 9112 and 9110, within [`Limits`]; each fault that
//! can be forgiven has a name in [`Leniency`]. There is no `unsafe`, no panic, and the time and
//! memory spent are linear in the bytes that came, whatever they are and however they are cut.
//!
//! # States
//!
//! The two directions of an [`Exchange`] run beside each other.
//!
//! ```text
//!  the request                                    the answer
//!
//!  RequestWriter::new                             read_head ◄───────────┐
//!      │ field …                                     │ None: more bytes │
//!      │ finish(RequestBody)                         ├──────────────────┤
//!      ▼                                             │ 1xx but 101      │
//!  ┌ awaits_continue ┐  Expect: 100-continue         ├──────────────────┘
//!  └────────┬────────┘  until 100, a final answer,   │
//!           │           or who waits gives up        ├─ 101, 2xx to CONNECT ────► Fate::Switched
//!           ▼                                        ├─ HEAD, 204, 304 ─────────────────┐
//!  write_body, frame_body ◄─┐                        │                                  │
//!      │        └───────────┘                        ▼  Length, Chunked, UntilClose     │
//!      │ end_body, end_body_with                  read_body ◄───────────┐               │
//!      ▼                                             │ Data, More       │               │
//!  request_is_finished                               ├──────────────────┘               │
//!                                                    │ End, with trailers               │
//!                                                    ▼                                  │
//!                                                 response_is_finished ◄────────────────┘
//!                                                    │ fate(bytes left over)
//!                                                    ▼
//!                                                 KeepAlive, or Close(why)
//! ```
//!
//! [`Exchange::close`] tells that the server hung up: it ends a body that lasts until then, and is
//! an error in every other state but the last. An error of the server's making leads to
//! `Close(Failed)`.
//!
//! # A whole exchange
//!
//! ```
//! use std::io::Read;
//!
//! use courser_h1::{Exchange, Fate, Options, Part, ReadBuffer, RequestBody, RequestWriter, Version};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The request. `wire` would be written to a socket, in one go.
//! let mut wire: Vec<u8> = Vec::new();
//! let mut head = RequestWriter::new(&mut wire, Version::Http11, "POST", "/greet?lang=en")?;
//! head.field("Host", b"example.org")?;
//! head.field("X-Request-ID", b"7")?;
//! let mut exchange = head.finish(RequestBody::Chunked, &Options::default())?;
//! exchange.write_body(b"hello", &mut wire)?;
//! exchange.end_body(&mut wire)?;
//! assert_eq!(
//!     String::from_utf8_lossy(&wire),
//!     "POST /greet?lang=en HTTP/1.1\r\nHost: example.org\r\nX-Request-ID: 7\r\n\
//!      Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
//! );
//!
//! // The answer, from anything that reads.
//! let mut socket: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n\
//!     HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
//!     6\r\nworld!\r\n0\r\nX-Sum: 42\r\n\r\n";
//! let mut buffer = ReadBuffer::with_capacity(8192);
//! let head = loop {
//!     match exchange.read_head(buffer.filled())? {
//!         Some((head, consumed)) => {
//!             buffer.consume(consumed);
//!             if !head.is_informational() {
//!                 break head;
//!             }
//!         }
//!         None => fill(&mut buffer, &mut socket, &mut exchange)?,
//!     }
//! };
//! assert_eq!((head.status(), &*head.reason()), (200, "OK"));
//!
//! let mut body = Vec::new();
//! loop {
//!     match exchange.read_body(buffer.filled())? {
//!         Part::Data(range) => {
//!             body.extend_from_slice(&buffer.filled()[range.clone()]);
//!             buffer.consume(range.end);
//!         }
//!         Part::More { consumed } => {
//!             buffer.consume(consumed);
//!             fill(&mut buffer, &mut socket, &mut exchange)?;
//!         }
//!         Part::End { consumed } => {
//!             buffer.consume(consumed);
//!             break;
//!         }
//!     }
//! }
//! assert_eq!(body, b"world!");
//! assert_eq!(exchange.trailers().unwrap().get("x-sum"), Some(&b"42"[..]));
//! assert_eq!(exchange.fate(buffer.filled().len()), Fate::KeepAlive);
//! # Ok(())
//! # }
//!
//! fn fill(
//!     buffer: &mut ReadBuffer,
//!     socket: &mut &[u8],
//!     exchange: &mut Exchange,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     match socket.read(buffer.room())? {
//!         0 => exchange.close()?,
//!         read => buffer.add(read),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A long body need not go through the buffer: once that is empty, [`Exchange::body_room`] bytes
//! may be read straight to where they are wanted, and told by [`Exchange::advance_body`].

mod body;
mod buffer;
mod chunked;
mod error;
mod exchange;
mod fields;
mod framing;
mod grammar;
mod head;
mod options;
mod persistence;
mod request;
mod section;
mod upload;

pub use body::Part;
pub use buffer::ReadBuffer;
pub use error::{Error, Result, Section};
pub use exchange::{CloseReason, Exchange, Fate};
pub use fields::Fields;
pub use framing::Framing;
pub use head::{ResponseHead, Version};
pub use options::{Leniency, Limits, Options};
pub use request::{RequestBody, RequestWriter};
pub use upload::Frame;
