//! What can differ.

use std::fmt;

/// A difference between what was recorded and what Courser did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The number of the step, from 0.
    pub step: usize,
    /// Where it is.
    pub field: Field,
    /// What clj-http did.
    pub expected: String,
    /// What Courser did.
    pub got: String,
}

/// A thing that is compared. Those of requests have the number of the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The number of connections.
    Connections,
    /// The number of exchanges.
    Exchanges,
    /// A request's method.
    Method(usize),
    /// Its target.
    Target(usize),
    /// Its version of HTTP.
    Version(usize),
    /// The values of one of its headers.
    Header(usize, String),
    /// The case of its header names.
    HeaderCase(usize, String),
    /// Its body.
    Body(usize),
    /// How the body's end was told.
    Framing(usize),
    /// The port it was sent to.
    Port(usize),
    /// Whether it was sent to its end.
    Incomplete(usize),
    /// The form of one of its random values.
    Random(usize),
    /// Whether there is a response or an error.
    Outcome,
    /// The kind of error.
    Kind,
    /// The error's message.
    Message,
    /// A key of the response.
    Key(String),
    /// The values of a response header.
    ReplyHeader(String),
    /// The case of a response header's name.
    ReplyHeaderCase(String),
    /// Whether the headers are a map that knows no case.
    HeaderMap,
    /// What was looked up in the headers.
    Lookup(usize),
    /// A cookie store.
    CookieStore(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connections => f.write_str("connections"),
            Self::Exchanges => f.write_str("exchanges"),
            Self::Method(at) => write!(f, "wire {at} method"),
            Self::Target(at) => write!(f, "wire {at} target"),
            Self::Version(at) => write!(f, "wire {at} version"),
            Self::Header(at, name) => write!(f, "wire {at} header {name}"),
            Self::HeaderCase(at, name) => write!(f, "wire {at} case of header {name}"),
            Self::Body(at) => write!(f, "wire {at} body"),
            Self::Framing(at) => write!(f, "wire {at} framing"),
            Self::Port(at) => write!(f, "wire {at} port"),
            Self::Incomplete(at) => write!(f, "wire {at} incomplete"),
            Self::Random(at) => write!(f, "wire {at} random value"),
            Self::Outcome => f.write_str("outcome"),
            Self::Kind => f.write_str("kind of error"),
            Self::Message => f.write_str("message"),
            Self::Key(key) => write!(f, "response {key}"),
            Self::ReplyHeader(name) => write!(f, "response header {name}"),
            Self::ReplyHeaderCase(name) => write!(f, "case of response header {name}"),
            Self::HeaderMap => f.write_str("header map"),
            Self::Lookup(at) => write!(f, "lookup {at}"),
            Self::CookieStore(id) => write!(f, "cookie store {id}"),
        }
    }
}
