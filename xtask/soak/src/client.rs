//! One request, under either driver, and whether what came of it is as planned.

use std::future::poll_fn;
use std::io::Read as _;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use courser::{Client, ErrorKind, RequestBuilder, Timeout};

use crate::plan::{Fate, Plan, Way};

/// How long a server that stalls is waited for.
const SHORT: Duration = Duration::from_millis(30);

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The whole answer, the right one.
    Right,
    /// It failed.
    Failed(ErrorKind),
    /// The client gave it up.
    GivenUp,
    /// What must not be.
    Wrong(String),
}

fn request(client: &Client, base: &str, plan: &Plan) -> RequestBuilder {
    let url = format!("{base}/{}", plan.number);
    let request = match plan.upload() {
        Some(body) => client.post(url).body(body),
        None => client.get(url),
    };
    let request = match plan.way {
        Way::Stream | Way::DropBody => request.as_stream(),
        _ => request,
    };
    if plan.fate.is_stalled() {
        request.socket_timeout(SHORT)
    } else {
        request
    }
}

pub(crate) async fn send(client: &Client, base: &str, plan: &Plan) -> Outcome {
    let work = async {
        let mut response = request(client, base, plan).send().await?;
        if plan.way == Way::DropBody {
            let first = response.body.next().await.transpose()?;
            let first = first.unwrap_or_default();
            return Ok(given_up(plan, &first));
        }
        if plan.way != Way::Stream {
            return Ok(judge(plan, response.body_bytes()?));
        }
        let mut all = Vec::new();
        while let Some(piece) = response.body.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(judge(plan, &all))
    };
    let mut work = pin!(work);
    let mut left = match plan.way {
        Way::DropFuture(polls) => polls,
        _ => u64::MAX,
    };
    let result = poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(Ok(Outcome::GivenUp));
        }
        left -= 1;
        work.as_mut().poll(cx)
    });
    checked(plan, result.await)
}

pub(crate) fn call(client: &Client, base: &str, plan: &Plan) -> Outcome {
    let work = || {
        let response = request(client, base, plan).call()?;
        match plan.way {
            Way::Collect => Ok(judge(plan, response.body_bytes()?)),
            Way::DropFuture(_) => Ok(Outcome::GivenUp),
            Way::DropBody => {
                let mut first = [0; 100];
                let read = response.reader().read(&mut first);
                let count = read.map_err(|error| into_error(&error))?;
                Ok(given_up(plan, first.get(..count).unwrap_or_default()))
            }
            Way::Stream => {
                let mut all = Vec::new();
                response
                    .reader()
                    .read_to_end(&mut all)
                    .map_err(|error| into_error(&error))?;
                Ok(judge(plan, &all))
            }
        }
    };
    checked(plan, work())
}

/// The error of ours that a reader's error was made of.
fn into_error(error: &std::io::Error) -> courser::Error {
    let inner = error
        .get_ref()
        .and_then(|e| e.downcast_ref::<courser::Error>());
    inner
        .cloned()
        .unwrap_or_else(|| courser::Error::invalid("an error of a reader's own"))
}

fn judge(plan: &Plan, body: &[u8]) -> Outcome {
    if body == plan.answer() {
        Outcome::Right
    } else {
        let text = String::from_utf8_lossy(body.get(..60).unwrap_or(body));
        Outcome::Wrong(format!("{} bytes: {text}", body.len()))
    }
}

fn given_up(plan: &Plan, first: &[u8]) -> Outcome {
    // An answer that is cut off later was to be longer.
    let longer = Plan {
        gets: plan.gets + 10,
        ..*plan
    };
    if longer.answer().starts_with(first) {
        Outcome::GivenUp
    } else {
        judge(plan, first)
    }
}

/// Whether the outcome is one that the plan allows.
fn checked(plan: &Plan, result: courser::Result<Outcome>) -> Outcome {
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => {
            let kind = error.kind();
            if allowed(plan, kind) {
                Outcome::Failed(kind)
            } else {
                Outcome::Wrong(format!("failed: {error}"))
            }
        }
    };
    match outcome {
        Outcome::Right if !plan.fate.is_answered() => {
            Outcome::Wrong("an answer that was never given".into())
        }
        Outcome::Wrong(what) => Outcome::Wrong(format!("{plan:?}: {what}")),
        outcome => outcome,
    }
}

/// What a request may fail with. Those that are answered may meet a connection that the server
/// has just closed; they are sent again, but for those whose body says that they must not be.
fn allowed(plan: &Plan, kind: ErrorKind) -> bool {
    match plan.fate {
        Fate::StallBefore | Fate::StallInBody => {
            matches!(kind, ErrorKind::Timeout(Timeout::Idle(_)))
                || plan.sends.is_some() && kind == ErrorKind::Io
        }
        Fate::Garbage => {
            kind == ErrorKind::Protocol || plan.sends.is_some() && kind == ErrorKind::Io
        }
        fate if fate.is_answered() => plan.sends.is_some() && kind == ErrorKind::Io,
        _ => kind == ErrorKind::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(number: u64, fate: Fate) -> Plan {
        let plan = Plan::of(1, number);
        Plan {
            fate,
            sends: None,
            gets: 10,
            ..plan
        }
    }

    #[test]
    fn the_answer_of_another_is_wrong() {
        let (own, other) = (plan(1, Fate::Answer), plan(2, Fate::Answer));
        assert!(matches!(judge(&own, &own.answer()), Outcome::Right));
        assert!(matches!(judge(&own, &other.answer()), Outcome::Wrong(_)));
        assert!(
            matches!(judge(&own, b"1-1-1-"), Outcome::Wrong(_)),
            "cut short"
        );
        assert!(matches!(given_up(&own, b"1-1-"), Outcome::GivenUp));
        assert!(matches!(given_up(&own, b"junk!"), Outcome::Wrong(_)));
    }

    #[test]
    fn only_what_was_planned_is_allowed() {
        fn check(fate: Fate, result: courser::Result<Outcome>, expected: &str) {
            let outcome = format!("{:?}", checked(&plan(1, fate), result));
            assert!(outcome.starts_with(expected), "{fate:?}: {outcome}");
        }
        let failed = |kind| Err(courser::Error::new(kind, "of a test"));
        check(Fate::Answer, Ok(Outcome::Right), "Right");
        check(Fate::Answer, failed(ErrorKind::Io), "Wrong");
        check(Fate::CloseInBody, Ok(Outcome::Right), "Wrong");
        check(Fate::CloseInBody, failed(ErrorKind::Io), "Failed");
        check(Fate::CloseInBody, failed(ErrorKind::Protocol), "Wrong");
        check(Fate::Garbage, failed(ErrorKind::Protocol), "Failed");
        let stalled = Timeout::Idle(courser::Phase::Head);
        check(
            Fate::StallBefore,
            failed(ErrorKind::Timeout(stalled)),
            "Failed",
        );
        check(
            Fate::StallBefore,
            failed(ErrorKind::Timeout(Timeout::Pool)),
            "Wrong",
        );
    }
}
