//! Connecting to whichever address of a host answers first: happy eyeballs, RFC 8305.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use courser_core::failure::connecting;
use courser_core::rt::{Dial, Io, Runtime};
use courser_core::{BoxFuture, Error, Result, SocketOptions};

/// How long an address may be silent before the next is tried beside it (RFC 8305, 5).
const STAGGER: Duration = Duration::from_millis(250);

type Attempt = (SocketAddr, BoxFuture<'static, io::Result<Box<dyn Io>>>);

/// Connects to the first address that answers. `place` is `host:port`, for messages.
pub(crate) async fn dial(
    addresses: Vec<SocketAddr>,
    options: &SocketOptions,
    dial: &dyn Dial,
    rt: &dyn Runtime,
    place: &str,
) -> Result<Box<dyn Io>> {
    let mut race = Race {
        left: addresses.into_iter(),
        under_way: Vec::new(),
        failed: Vec::new(),
        next: None,
    };
    let connected = poll_fn(|cx| race.poll(cx, options, dial, rt)).await;
    connected.ok_or_else(|| explain(race.failed, place))
}

struct Race {
    left: std::vec::IntoIter<SocketAddr>,
    under_way: Vec<Attempt>,
    failed: Vec<(SocketAddr, io::Error)>,
    /// When the next address is tried, whatever becomes of those before.
    next: Option<BoxFuture<'static, ()>>,
}

impl Race {
    /// The connection; `None` when all addresses have failed.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        options: &SocketOptions,
        dial: &dyn Dial,
        rt: &dyn Runtime,
    ) -> Poll<Option<Box<dyn Io>>> {
        loop {
            let mut at = 0;
            while let Some((address, attempt)) = self.under_way.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(io)) => return Poll::Ready(Some(io)),
                    Poll::Ready(Err(error)) => {
                        self.failed.push((*address, error));
                        drop(self.under_way.remove(at));
                        // One that has failed is not waited for.
                        self.next = None;
                    }
                    Poll::Pending => at += 1,
                }
            }
            if let Some(next) = &mut self.next
                && next.as_mut().poll(cx).is_pending()
            {
                return Poll::Pending;
            }
            self.next = None;
            match self.left.next() {
                Some(address) => {
                    let attempt = dial.dial(address, options);
                    self.under_way.push((address, attempt));
                    if self.left.len() > 0
                        && let Some(at) = rt.now().checked_add(STAGGER)
                    {
                        self.next = Some(rt.sleep_until(at));
                    }
                }
                None if self.under_way.is_empty() => return Poll::Ready(None),
                None => return Poll::Pending,
            }
        }
    }
}

/// Why none of the addresses answered: by the failure of the last, since those before it may be
/// of a family that this machine has no way for.
fn explain(mut failed: Vec<(SocketAddr, io::Error)>, place: &str) -> Error {
    let tried: Vec<String> = failed
        .iter()
        .map(|(address, error)| format!("{address} ({error})"))
        .collect();
    let at = failed
        .iter()
        .rposition(|(_, error)| !is_unreachable(error))
        .unwrap_or(failed.len().saturating_sub(1));
    if failed.is_empty() {
        return connecting(None, place);
    }
    let (_, error) = failed.swap_remove(at);
    let explained = connecting(Some(error.kind()), place);
    let explained = if tried.len() > 1 {
        explained.with("tried", tried.join(", "))
    } else {
        explained
    };
    explained.because(error)
}

fn is_unreachable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Memory;
    use courser_core::ErrorKind;
    use courser_core::testing::FakeRt;
    use std::net::IpAddr;
    use std::sync::{Arc, Mutex};
    use std::task::Waker;

    /// Answers by the last number of the address: 1 connects, 2 refuses, 3 is silent.
    #[derive(Default)]
    struct Scripted(Arc<Mutex<Vec<SocketAddr>>>);

    impl Dial for Scripted {
        fn dial(
            &self,
            to: SocketAddr,
            _: &SocketOptions,
        ) -> BoxFuture<'static, io::Result<Box<dyn Io>>> {
            self.0.lock().unwrap().push(to);
            let last = to
                .to_string()
                .split(['.', ':'])
                .nth_back(1)
                .unwrap()
                .to_owned();
            Box::pin(async move {
                match last.as_str() {
                    "1" => Ok(Box::new(Memory::default()) as Box<dyn Io>),
                    "2" => Err(io::ErrorKind::ConnectionRefused.into()),
                    "4" => Err(io::ErrorKind::NetworkUnreachable.into()),
                    _ => std::future::pending().await,
                }
            })
        }
        fn lookup(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    fn addresses(last: &[u8]) -> Vec<SocketAddr> {
        last.iter().map(|n| ([10, 0, 0, *n], 80).into()).collect()
    }

    /// Polls once while time stands still, then for each 250 ms that pass.
    fn tried_after(last: &[u8], steps: usize) -> (usize, Poll<bool>) {
        let (scripted, rt) = (Scripted::default(), FakeRt::default());
        let seen = scripted.0.clone();
        let options = SocketOptions::default();
        let mut future = Box::pin(dial(addresses(last), &options, &scripted, &rt, "h:80"));
        let mut cx = Context::from_waker(Waker::noop());
        let mut result = Poll::Pending;
        for step in 0..=steps {
            if step > 0 {
                rt.advance(STAGGER);
            }
            let polled = rt.frozen(|| future.as_mut().poll(&mut cx));
            if let Poll::Ready(done) = polled {
                result = Poll::Ready(done.is_ok());
                break;
            }
        }
        let count = seen.lock().unwrap().len();
        (count, result)
    }

    #[test]
    fn addresses_are_raced_a_quarter_of_a_second_apart() {
        assert_eq!(tried_after(&[1, 1], 0), (1, Poll::Ready(true)));
        assert_eq!(tried_after(&[3, 1], 0), (1, Poll::Pending));
        assert_eq!(tried_after(&[3, 1], 1), (2, Poll::Ready(true)));
        assert_eq!(tried_after(&[3, 3, 3, 1], 2), (3, Poll::Pending));
        // A failure brings the next one forward.
        assert_eq!(tried_after(&[2, 2, 1], 0), (3, Poll::Ready(true)));
        assert_eq!(tried_after(&[2, 3, 1], 0), (2, Poll::Pending));
        assert_eq!(tried_after(&[2, 2], 0), (2, Poll::Ready(false)));
    }

    #[test]
    fn errors_name_every_address() {
        fn check(last: &[u8], expected: &str) {
            let (scripted, rt) = (Scripted::default(), FakeRt::default());
            let options = SocketOptions::default();
            let tried = dial(addresses(last), &options, &scripted, &rt, "h:80");
            let error = courser_core::testing::now(tried).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert_eq!(error.to_string(), expected);
        }
        check(
            &[2],
            "connection refused by h:80; is the server running, and is the port right?",
        );
        check(
            &[2, 4],
            "connection refused by h:80 [tried: 10.0.0.2:80 (connection refused), 10.0.0.4:80 \
             (network unreachable)]; is the server running, and is the port right?",
        );
    }
}
