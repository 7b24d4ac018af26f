//! From what came to Courser's response.

use std::sync::Arc;
use std::time::Duration;

use courser_core::{
    Body, Error, ErrorKind, HeaderValue, Headers, Lease, Response, Result, StatusCode, Wait,
};
use courser_h1::{Framing, ResponseHead};

use crate::errors::Failure;
use crate::exchange::Active;
use crate::incoming::{self, Came, Incoming};
use crate::names::name;

/// The head; the body is still to come.
pub(crate) fn head(head: &ResponseHead, res: &mut Response) -> Result<()> {
    res.status = StatusCode::from_u16(head.status()).map_err(odd)?;
    res.version = match head.version() {
        courser_h1::Version::Http10 => http::Version::HTTP_10,
        courser_h1::Version::Http11 => http::Version::HTTP_11,
    };
    let usual = res.status.canonical_reason().unwrap_or_default();
    if head.reason_bytes() != usual.as_bytes() {
        res.reason = Some(Arc::from(&*head.reason()));
    }
    let field = |(written, value)| {
        Ok((
            name(written).map_err(odd)?,
            HeaderValue::from_maybe_shared(value).map_err(odd)?,
        ))
    };
    res.headers = head
        .fields()
        .iter_shared()
        .map(field)
        .collect::<Result<Headers>>()?;
    Ok(())
}

/// What the protocol let through and the types of `http` do not.
#[cold]
fn odd(source: impl Into<courser_core::BoxError>) -> Error {
    Error::new(ErrorKind::Protocol, "the head of the response is malformed").because(source)
}

/// The body: whole, if it came with the head, else as a stream that holds the connection.
pub(crate) fn body(
    res: &mut Response,
    mut active: Active,
    lease: Lease,
    mut wait: Wait,
    idle: Option<Duration>,
    streams: bool,
    failure: &Failure,
) -> Result<()> {
    let framing = active.conn.exchange.framing().unwrap_or(Framing::None);
    (res.length, res.chunked) = match framing {
        Framing::Length(length) => (Some(length), false),
        Framing::Chunked => (None, true),
        Framing::UntilClose => (None, false),
        Framing::None | Framing::Switched => (Some(0), false),
    };
    // Of 205 clj-http reads no body either (RFC 9110, 15.3.6).
    let bodiless = matches!(framing, Framing::None | Framing::Switched)
        || res.status == StatusCode::RESET_CONTENT;
    if bodiless {
        res.length = Some(0);
        if framing != Framing::Switched {
            incoming::give_back(active, lease, &mut wait);
        } else if let Some(connection) = incoming::switch(active, lease) {
            res.set_upgrade(connection);
        }
        return Ok(());
    }
    let gathered = match incoming::take_whole(&mut active, failure)? {
        Came::Whole(bytes) => {
            incoming::give_back(active, lease, &mut wait);
            res.body = Body::from(bytes);
            return Ok(());
        }
        Came::Part(gathered) => gathered,
    };
    let failure = failure.clone();
    let incoming = Incoming::new(active, lease, wait, idle, streams, gathered, failure);
    let stream = Body::incoming(Box::pin(incoming));
    res.body = match res.length {
        Some(size) => stream.with_size(size),
        None => stream,
    };
    Ok(())
}
