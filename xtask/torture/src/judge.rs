//! What came of a harmed exchange: right, an error, or wrong.

use courser::{Error, ErrorKind, Response, Result, Timeout};
use courser_testkit::{Direction, Fault};

use crate::exchanges::{Exchange, REDIRECT};

/// What is thought of it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The right response, as if nothing had been.
    Right,
    /// An error that says what was.
    Failed,
    /// A response that nobody gave, or an error that is none.
    Wrong(String),
    /// It ended only because everything does.
    Hung(String),
}

/// Judges an exchange that was harmed by `fault`.
pub(crate) fn judge(
    exchange: &Exchange,
    direction: Direction,
    fault: Fault,
    result: &Result<Response>,
) -> Verdict {
    let (status, body) = match result {
        Ok(response) => (response.status, response.bytes()),
        Err(error) => match (error.kind(), error.response()) {
            (ErrorKind::Status(status), Some(response)) if !response.body.is_cut() => {
                (status, response.bytes())
            }
            _ => return failed(error, fault),
        },
    };
    let expected = (exchange.body)();
    if status.as_u16() == exchange.status && body == expected {
        return Verdict::Right;
    }
    let wrong = || Verdict::Wrong(format!("{status} with {:?}", String::from_utf8_lossy(body)));
    match (fault, direction) {
        // The server was asked for something else.
        (Fault::Corrupt(_), Direction::Request) if !exchange.tls => Verdict::Failed,
        // Nothing in plain HTTP shows that a byte is another. But what is read must have been sent:
        // the body with one byte changed, or a piece of the answer where its head is another.
        (Fault::Corrupt(bits), Direction::Response) if !exchange.tls => {
            let sent = (exchange.answer)();
            let changed = |from: &[u8]| {
                from.len() == body.len()
                    && from.iter().zip(body).filter(|(a, b)| a != b).count() <= 1
                    && from
                        .iter()
                        .zip(body)
                        .all(|(a, b)| a == b || *a ^ bits == *b)
            };
            let part = |of: &[u8]| body.is_empty() || of.windows(body.len()).any(changed);
            if part(&expected) || part(&sent) || part(REDIRECT) {
                Verdict::Failed
            } else {
                wrong()
            }
        }
        _ => wrong(),
    }
}

fn failed(error: &Error, fault: Fault) -> Verdict {
    let shown = format!("{error:?}");
    match error.kind() {
        ErrorKind::Timeout(Timeout::Idle(_) | Timeout::Connect) if is_silent(fault) => {}
        ErrorKind::Timeout(_) => return Verdict::Hung(shown),
        ErrorKind::InvalidRequest
        | ErrorKind::Unsupported
        | ErrorKind::Closed
        | ErrorKind::Cancelled
        | ErrorKind::User => return Verdict::Wrong(shown),
        _ => {}
    }
    if error.url().is_none() || error.message().is_empty() {
        return Verdict::Wrong(format!("an error that does not say what was: {shown}"));
    }
    Verdict::Failed
}

/// Whether a fault may leave both sides waiting for each other, which only a limit of time ends.
pub(crate) fn is_silent(fault: Fault) -> bool {
    matches!(fault, Fault::Stall | Fault::Corrupt(_))
}
