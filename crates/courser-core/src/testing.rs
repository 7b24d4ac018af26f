//! For tests of stages, pools and transports, in this crate and in others (feature `testing`):
//! virtual time, a future run without a runtime, and a connection that echoes.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::rt::{Clock, DriverId, Runtime, Spawn, Timer};
use crate::{
    BoxFuture, Call, Capabilities, Conn, Connect, ConnectionManager, Lease, Request, Response,
    Result, Statistics,
};

/// Polls a future that needs no waking, a bounded number of times.
///
/// # Panics
/// When it does not end.
pub fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
    panic!("the future waits for something that never comes");
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A waker that counts.
#[derive(Debug, Default)]
pub struct CountWaker(AtomicUsize);

impl CountWaker {
    /// How often it was woken.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for CountWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A runtime in virtual time: sleeping moves its clock on, unless it is frozen.
#[derive(Debug)]
pub struct FakeRt {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    frozen: Arc<AtomicBool>,
}

impl Default for FakeRt {
    fn default() -> Self {
        FakeRt {
            start: Instant::now(),
            passed: Arc::default(),
            frozen: Arc::default(),
        }
    }
}

impl FakeRt {
    /// One as a trait object.
    pub fn runtime() -> Arc<dyn Runtime> {
        Arc::new(FakeRt::default())
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        *lock(&self.passed) += by;
    }

    /// Runs `f` while sleeping does not move the clock on: who sleeps stays pending.
    pub fn frozen<T>(&self, f: impl FnOnce() -> T) -> T {
        self.frozen.store(true, Ordering::SeqCst);
        let out = f();
        self.frozen.store(false, Ordering::SeqCst);
        out
    }
}

impl Clock for FakeRt {
    fn now(&self) -> Instant {
        self.start + *lock(&self.passed)
    }
}

impl Timer for FakeRt {
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        let (start, passed, frozen) = (self.start, self.passed.clone(), self.frozen.clone());
        Box::pin(std::future::poll_fn(move |_| {
            let mut passed = lock(&passed);
            let until = at.saturating_duration_since(start);
            if *passed < until {
                if frozen.load(Ordering::SeqCst) {
                    return Poll::Pending;
                }
                *passed = until;
            }
            Poll::Ready(())
        }))
    }
}

impl Spawn for FakeRt {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        now(task);
    }
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}

impl Runtime for FakeRt {
    fn driver(&self) -> DriverId {
        DriverId::BLOCKING
    }
}

/// A manager whose connections answer with the headers and the body of the request.
#[derive(Debug)]
pub struct Echo;

impl ConnectionManager for Echo {
    fn lease<'a>(
        &'a self,
        _: Connect,
        _: Option<Duration>,
        _: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<(Box<dyn Conn>, Lease)>> {
        Box::pin(async { Ok((Box::new(Echo) as Box<dyn Conn>, Lease::none())) })
    }
    fn waits_alone(&self) -> bool {
        true
    }
    fn keeps_alive(&self) -> bool {
        false
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
    fn statistics(&self) -> Statistics {
        Statistics::default()
    }
    fn shutdown(&self) {}
}

impl Conn for Echo {
    fn send(self: Box<Self>, _: Lease, req: Request) -> BoxFuture<'static, Result<Response>> {
        Box::pin(async move {
            let connection = req.connection();
            let mut res = Response::new(req.url);
            res.headers = req.headers;
            if let Some(connection) = connection {
                res.headers.append("Connection", connection)?;
            }
            res.body = req.body;
            Ok(res)
        })
    }
}
