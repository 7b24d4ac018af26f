//! Which ways HTTP/2 is spoken, to be joined by whoever goes the same way.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use courser_core::rt::DriverId;
use courser_core::{Call, Connect, Phase, Result};

use super::Shared;

/// How long the connection of somebody else is waited for. Far longer than it takes; but a future
/// that nobody polls does not get on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Of how many ways it is remembered that they lead to HTTP/1.
const REMEMBERED: usize = 64;

/// Connections in use, and those that come to be. Connections end when nobody has a part in them
/// any more.
#[derive(Default)]
pub(crate) struct Ways(Mutex<Vec<Way>>);

struct Way {
    to: Connect,
    driver: DriverId,
    state: State,
}

enum State {
    Open(Weak<Shared>),
    /// Somebody connects.
    Connecting(Weak<Attempt>),
    /// TLS agreed on HTTP/1.1 there: nobody need wait to see whether there is one to join.
    Http1,
}

impl State {
    fn is_alive(&self) -> bool {
        match self {
            State::Open(shared) => shared.strong_count() > 0,
            State::Connecting(attempt) => attempt.strong_count() > 0,
            State::Http1 => true,
        }
    }
}

/// What to do for a connection.
pub(super) enum Turn {
    Join(Arc<Shared>),
    /// Connect, while others wait for the end of that.
    First(First),
    Wait(Arc<Attempt>),
    /// Connect, on one's own behalf.
    Alone,
}

impl Ways {
    fn all(&self) -> MutexGuard<'_, Vec<Way>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is there.
    pub(super) fn join(&self, to: &Connect, driver: DriverId) -> Option<Arc<Shared>> {
        let all = self.all();
        let way = all
            .iter()
            .find(|way| way.driver == driver && way.to == *to)?;
        way.open()
    }

    pub(super) fn turn(&self, to: &Connect, driver: DriverId) -> Turn {
        let mut all = self.all();
        all.retain(|way| way.state.is_alive());
        let way = all.iter().find(|way| way.driver == driver && way.to == *to);
        if let Some(way) = way {
            if let Some(shared) = way.open() {
                return Turn::Join(shared);
            }
            match &way.state {
                State::Http1 => return Turn::Alone,
                State::Connecting(attempt) => {
                    if let Some(attempt) = attempt.upgrade().filter(|a| !a.is_over()) {
                        return Turn::Wait(attempt);
                    }
                }
                State::Open(_) => {}
            }
        }
        let attempt = Arc::new(Attempt::default());
        put(
            &mut all,
            to,
            driver,
            State::Connecting(Arc::downgrade(&attempt)),
        );
        Turn::First(First(attempt))
    }

    /// That there is a connection to join.
    pub(super) fn opened(&self, to: &Connect, driver: DriverId, shared: &Arc<Shared>) {
        let state = State::Open(Arc::downgrade(shared));
        put(&mut self.all(), to, driver, state);
    }

    /// That it was HTTP/1.1 that TLS agreed on.
    pub(crate) fn is_http1(&self, to: &Connect, driver: DriverId) {
        let mut all = self.all();
        put(&mut all, to, driver, State::Http1);
        let is_http1 = |way: &Way| matches!(way.state, State::Http1);
        if all.iter().filter(|way| is_http1(way)).count() > REMEMBERED
            && let Some(oldest) = all.iter().position(is_http1)
        {
            all.remove(oldest);
        }
    }
}

impl Way {
    fn open(&self) -> Option<Arc<Shared>> {
        match &self.state {
            State::Open(shared) => shared.upgrade().filter(|shared| shared.is_open()),
            _ => None,
        }
    }
}

fn put(all: &mut Vec<Way>, to: &Connect, driver: DriverId, state: State) {
    all.retain(|way| way.driver != driver || way.to != *to);
    let to = to.clone();
    all.push(Way { to, driver, state });
}

/// Connecting, as those see it who wait for it.
#[derive(Default)]
pub(super) struct Attempt(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    over: bool,
    wakers: Vec<Waker>,
}

/// Whoever connects. Dropped at the end of it, however that was.
pub(crate) struct First(Arc<Attempt>);

impl Drop for First {
    fn drop(&mut self) {
        let wakers = {
            let mut waiting = self.0.lock();
            waiting.over = true;
            std::mem::take(&mut waiting.wakers)
        };
        for waker in wakers {
            waker.wake();
        }
    }
}

impl Attempt {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.lock().over
    }

    /// Waits for the end of it, for some time.
    pub(super) async fn wait(&self, call: &Arc<Call>, limit: Option<Duration>) -> Result<()> {
        let until = call.rt().now().checked_add(PATIENCE);
        let mut patience = until.map(|until| call.rt().sleep_until(until));
        let over = poll_fn(|cx| {
            let mut waiting = self.lock();
            if waiting.over {
                return Poll::Ready(());
            }
            if !waiting
                .wakers
                .iter()
                .any(|waker| waker.will_wake(cx.waker()))
            {
                waiting.wakers.push(cx.waker().clone());
            }
            drop(waiting);
            match &mut patience {
                Some(patience) => patience.as_mut().poll(cx),
                None => Poll::Pending,
            }
        });
        call.wait(Phase::Connect, limit, over).await
    }
}
