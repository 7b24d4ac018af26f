//! What the tests share: virtual time, futures that are polled by hand, and a fake transport.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use courser_core::rt::{Clock, Close, DriverId, Runtime, Spawn, Timer};
use courser_core::{
    BoxFuture, Call, Capabilities, Conn, Connect, Connector, Error, ErrorKind, Lease, Request,
    Response, Result,
};

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// A future that is polled by hand, and whether it was woken since.
pub(crate) struct Task<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    woken: Arc<Woken>,
}

impl<'a, T> Task<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'a) -> Self {
        Task {
            future: Box::pin(future),
            woken: Arc::default(),
        }
    }

    /// Whether it was woken since it was polled last.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.0.load(SeqCst)
    }

    pub(crate) fn poll(&mut self) -> Option<T> {
        // A new waker each time: old ones must not be relied on.
        self.woken = Arc::default();
        let waker = Waker::from(self.woken.clone());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[track_caller]
    pub(crate) fn done(&mut self) -> T {
        self.poll().expect("still waits")
    }

    #[track_caller]
    pub(crate) fn waits(&mut self) {
        assert!(self.poll().is_none(), "does not wait");
    }
}

/// A runtime in virtual time, which only `advance` moves.
pub(crate) struct FakeRt {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    driver: DriverId,
    timers: Arc<Mutex<Timers>>,
}

/// Those that are armed: by number, when and whom they wake.
type Timers = BTreeMap<u64, (Instant, Waker)>;

impl FakeRt {
    pub(crate) fn new(driver: u64) -> Arc<Self> {
        Arc::new(FakeRt {
            start: Instant::now(),
            passed: Arc::default(),
            driver: DriverId(driver),
            timers: Arc::default(),
        })
    }

    /// Another driver with the same clock.
    pub(crate) fn beside(&self, driver: u64) -> Arc<Self> {
        Arc::new(FakeRt {
            start: self.start,
            passed: self.passed.clone(),
            driver: DriverId(driver),
            timers: Arc::default(),
        })
    }

    /// Moves the clock, which the timers of this driver see.
    pub(crate) fn advance(&self, by: Duration) {
        *self.passed.lock().unwrap() += by;
        let now = self.now();
        self.fire(|at| at <= now);
    }

    /// Fires all timers, due or not, as a runtime does that ends.
    pub(crate) fn end(&self) {
        self.fire(|_| true);
    }

    fn fire(&self, due: impl Fn(Instant) -> bool) {
        let fired: Vec<(Instant, Waker)> = {
            let mut timers = self.timers.lock().unwrap();
            let due: Vec<u64> = timers
                .iter()
                .filter_map(|(number, (at, _))| due(*at).then_some(*number))
                .collect();
            due.iter().filter_map(|due| timers.remove(due)).collect()
        };
        for (_, waker) in fired {
            waker.wake();
        }
    }

    /// How many timers are armed.
    pub(crate) fn timers(&self) -> usize {
        self.timers.lock().unwrap().len()
    }

    pub(crate) fn call(self: &Arc<Self>) -> Arc<Call> {
        Arc::new(Call::new(self.clone()))
    }
}

impl Clock for FakeRt {
    fn now(&self) -> Instant {
        self.start + *self.passed.lock().unwrap()
    }
}

/// A timer of a [`FakeRt`].
struct Sleep {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    at: Instant,
    timers: Arc<Mutex<Timers>>,
    number: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.start + *self.passed.lock().unwrap() >= self.at {
            return Poll::Ready(());
        }
        let timer = (self.at, cx.waker().clone());
        self.timers.lock().unwrap().insert(self.number, timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let timer = self.timers.lock().unwrap().remove(&self.number);
        drop(timer);
    }
}

impl Timer for FakeRt {
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Box::pin(Sleep {
            start: self.start,
            passed: self.passed.clone(),
            at,
            timers: self.timers.clone(),
            number: NUMBER.fetch_add(1, SeqCst),
        })
    }
}

impl Spawn for FakeRt {
    fn spawn(&self, _: BoxFuture<'static, ()>) {
        panic!("a pool spawns nothing");
    }
    fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {
        panic!("a pool spawns nothing");
    }
}

impl Runtime for FakeRt {
    fn driver(&self) -> DriverId {
        self.driver
    }
}

/// A runtime in real time, for measurements.
pub(crate) struct RealRt;

impl Clock for RealRt {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl Timer for RealRt {
    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl Spawn for RealRt {
    fn spawn(&self, _: BoxFuture<'static, ()>) {}
    fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {}
}

impl Runtime for RealRt {
    fn driver(&self) -> DriverId {
        DriverId::BLOCKING
    }
}

/// A transport whose connections are numbers, and which notes what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) made: Mutex<Vec<Connect>>,
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) closed_idle: AtomicBool,
    /// How many were closed while in use.
    pub(crate) closed: Arc<AtomicUsize>,
}

/// What hosts of these names do.
pub(crate) const REFUSES: &str = "refuses";
pub(crate) const HANGS: &str = "hangs";

impl Fake {
    pub(crate) fn open(&self) -> usize {
        self.open.load(SeqCst)
    }
    pub(crate) fn made(&self) -> usize {
        self.made.lock().unwrap().len()
    }
}

impl Connector for Fake {
    fn connect<'a>(
        &'a self,
        to: &'a Connect,
        _: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<Box<dyn Conn>>> {
        Box::pin(async move {
            match &*to.host {
                REFUSES => return Err(Error::new(ErrorKind::Connect, "refused")),
                HANGS => std::future::pending().await,
                _ => {}
            }
            self.made.lock().unwrap().push(to.clone());
            self.open.fetch_add(1, SeqCst);
            let conn = FakeConn {
                open: self.open.clone(),
                dead: to.host.starts_with("dies"),
                socket: Arc::new(FakeSocket(self.closed.clone())),
            };
            Ok(Box::new(conn) as Box<dyn Conn>)
        })
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.exact_target = true;
        capabilities
    }

    fn close_idle(&self) {
        self.closed_idle.store(true, SeqCst);
    }
}

struct FakeConn {
    open: Arc<AtomicUsize>,
    dead: bool,
    socket: Arc<FakeSocket>,
}

/// What can be closed from elsewhere, and where that is counted.
struct FakeSocket(Arc<AtomicUsize>);

impl Close for FakeSocket {
    fn close(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Conn for FakeConn {
    fn send(self: Box<Self>, lease: Lease, req: Request) -> BoxFuture<'static, Result<Response>> {
        lease.give_back(self);
        Box::pin(async move { Ok(Response::new(req.url)) })
    }
    fn is_open(&self, _: Duration) -> bool {
        !self.dead
    }
    fn closer(&self) -> Option<Weak<dyn Close>> {
        let closer: Weak<FakeSocket> = Arc::downgrade(&self.socket);
        Some(closer)
    }
}

impl Drop for FakeConn {
    fn drop(&mut self) {
        self.open.fetch_sub(1, SeqCst);
    }
}
