//! A connection manager that uses connections again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use courser_core::{
    BoxFuture, Call, Capabilities, Conn, Connect, ConnectionManager, Connector, Error, Lease,
    Request, Response, Result, Statistics,
};

use crate::exchange::Exchange;
use crate::manager::Manager;
use crate::options::PoolOptions;
use crate::route::Route;

/// Connections that are used again (clj-http's `make-reusable-conn-manager`).
///
/// A connection serves another request only if all that [`Connect`] says of the two is equal and
/// they run on the same driver: `.call()`, or one tokio runtime. Limits count by route, which is
/// scheme, host and port, over all drivers and settings; the connections that rest give way to
/// those that are needed. See [`Pool`](crate::Pool) for the rules of the queue.
///
/// A task on a runtime of one thread that uses `.call()` while another task there holds the last
/// place waits in vain, until the limit of waiting (`:connection-request-timeout`, 30 s).
#[derive(Debug)]
pub struct Reusable(pub(crate) Manager);

impl Reusable {
    /// With clj-http's limits: 4 connections, 2 for a route, kept for 5 s.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        let builder = Reusable::builder(connector);
        builder.make()
    }

    /// Without limits, kept for 90 s: for a client that serves a whole program.
    #[must_use]
    pub fn unlimited(connector: Arc<dyn Connector>) -> Self {
        let builder = Reusable::builder(connector)
            .max_total(None)
            .max_per_route(None)
            .idle_timeout(Duration::from_secs(90));
        builder.make()
    }

    /// Begins with the limits of [`new`](Reusable::new).
    #[must_use]
    pub fn builder(connector: Arc<dyn Connector>) -> ReusableBuilder {
        ReusableBuilder {
            connector,
            options: PoolOptions {
                max_total: Some(4),
                max_per_key: Some(2),
                idle_timeout: Some(Duration::from_secs(5)),
                ..PoolOptions::default()
            },
            wrong: None,
        }
    }

    /// Closes connections that have rested or lived too long, and tells how many. Requests do
    /// that along the way; this is for a manager that is not used for a while.
    pub fn sweep(&self, now: Instant) -> usize {
        self.0.sweep(now)
    }
}

impl ConnectionManager for Reusable {
    fn lease<'a>(
        &'a self,
        to: Connect,
        wait: Option<Duration>,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<(Box<dyn Conn>, Lease)>> {
        self.0.lease(to, wait, call)
    }

    fn lease_now(&self, to: &Connect, call: &Arc<Call>) -> Option<(Box<dyn Conn>, Lease)> {
        self.0.lease_now(to, call)
    }

    fn exchange(
        self: Arc<Self>,
        to: Connect,
        req: Request,
    ) -> BoxFuture<'static, Result<Response>> {
        Box::pin(Exchange::new(self, to, req))
    }

    fn keeps_alive(&self) -> bool {
        true
    }

    fn capabilities(&self) -> Capabilities {
        self.0.connector().capabilities()
    }

    fn waits_alone(&self) -> bool {
        self.0.connector().waits_alone()
    }

    fn connector(&self) -> Option<&Arc<dyn Connector>> {
        Some(self.0.connector())
    }

    fn statistics(&self) -> Statistics {
        self.0.statistics()
    }

    fn shutdown(&self) {
        self.0.shutdown();
    }

    fn shutdown_now(&self) {
        self.0.shutdown_now();
    }
}

/// Sets the limits of a [`Reusable`].
///
/// ```
/// use std::time::Duration;
/// use courser_core::ConnectionManager;
/// use courser_pool::Reusable;
///
/// # fn example(connector: std::sync::Arc<dyn courser_core::Connector>) -> courser_core::Result<()> {
/// let manager = Reusable::builder(connector)
///     .max_total(Some(100))
///     .max_per_route(Some(10))
///     .route_limit("https://api.example.com", 50)
///     .idle_timeout(Duration::from_secs(30))
///     .max_lifetime(Some(Duration::from_secs(600)))
///     .build()?;
/// assert_eq!(manager.statistics().max, Some(100));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ReusableBuilder {
    connector: Arc<dyn Connector>,
    options: PoolOptions<Route>,
    wrong: Option<Error>,
}

impl ReusableBuilder {
    /// How many connections there may be at once, in use and resting (`:threads`); `None`
    /// without limit. More requests wait, up to `:connection-request-timeout`.
    ///
    /// *Default*: 4.
    pub fn max_total(mut self, max: Option<usize>) -> Self {
        self.options.max_total = max;
        self
    }

    /// How many of them for one route: scheme, host and port (`:default-per-route`); `None`
    /// without limit.
    ///
    /// *Default*: 2.
    pub fn max_per_route(mut self, max: Option<usize>) -> Self {
        self.options.max_per_key = max;
        self
    }

    /// How many for a certain route, `http://host:port`, in place of that.
    ///
    /// [`build`](Self::build) fails if it is not a URL.
    pub fn route_limit(mut self, route: &str, max: usize) -> Self {
        match Route::parse(route) {
            Ok(route) => _ = self.options.key_limits.insert(route, max),
            Err(error) => self.wrong = Some(self.wrong.unwrap_or(error)),
        }
        self
    }

    /// How long a connection may rest unused (`:timeout` of the connection manager, in seconds
    /// there). With zero, none is kept for long enough to be used again.
    ///
    /// *Default*: 5 s.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.options.idle_timeout = Some(time);
        self
    }

    /// How long a connection may be used at all, counted from when it was made, so that changes
    /// of DNS and of load balancers come through; `None` without limit. A request that is under
    /// way is not interrupted.
    ///
    /// *Default*: `None`.
    pub fn max_lifetime(mut self, time: Option<Duration>) -> Self {
        self.options.max_lifetime = time;
        self
    }

    /// The manager.
    ///
    /// # Errors
    /// [`InvalidRequest`](courser_core::ErrorKind::InvalidRequest) for a limit of zero, under
    /// which every request would wait for ever, and for a route that is not a URL.
    pub fn build(self) -> Result<Reusable> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let PoolOptions {
            max_total,
            max_per_key,
            key_limits,
            ..
        } = &self.options;
        let limits = [
            ("max_total (:threads)", *max_total),
            ("max_per_route (:default-per-route)", *max_per_key),
            ("route_limit", key_limits.values().min().copied()),
        ];
        for (name, max) in limits {
            if max == Some(0) {
                return Err(Error::invalid(format!(
                    "{name} is 0: no request could ever have a connection"
                ))
                .help("`None` means without limit"));
            }
        }
        Ok(self.make())
    }

    fn make(self) -> Reusable {
        Reusable(Manager::new(self.connector, self.options, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::{Fake, FakeRt, HANGS, REFUSES, Task};
    use courser_core::{Canceller, ConnectSettings, ErrorKind, Phase, Timeout};

    const S: Duration = Duration::from_secs(1);

    fn to(host: &str) -> Connect {
        Connect {
            https: false,
            host: host.into(),
            port: 80,
            settings: Arc::default(),
        }
    }

    type Leased = Result<(Box<dyn Conn>, Lease)>;

    /// A manager over a fake transport, and the call that uses it.
    struct World {
        fake: Arc<Fake>,
        manager: Reusable,
        rt: Arc<FakeRt>,
        call: Arc<Call>,
    }

    impl World {
        fn new() -> Self {
            let fake = Arc::new(Fake::default());
            let rt = FakeRt::new(0);
            World {
                manager: Reusable::new(fake.clone()),
                fake,
                call: rt.call(),
                rt,
            }
        }

        fn lease(&self, host: &str) -> Task<'_, Leased> {
            Task::new(self.manager.lease(to(host), Some(30 * S), &self.call))
        }

        /// One that waits for nothing.
        #[track_caller]
        fn now(&self, host: &str) -> (Box<dyn Conn>, Lease) {
            self.lease(host).done().unwrap()
        }

        /// Leased, idle, pending, created, reused.
        fn counts(&self) -> (usize, usize, usize, u64, u64) {
            let s = self.manager.statistics();
            (s.leased, s.idle, s.pending, s.created, s.reused)
        }
    }

    #[test]
    fn given_back_is_used_again_and_dropped_is_closed() {
        let w = World::new();
        let (conn, lease) = w.now("h");
        assert_eq!(w.counts(), (1, 0, 0, 1, 0));
        lease.give_back(conn);
        assert_eq!((w.counts(), w.fake.open()), ((0, 1, 0, 1, 0), 1));

        let (conn, lease) = w.now("h");
        assert_eq!((w.counts(), w.fake.made()), ((1, 0, 0, 1, 1), 1));
        drop(conn);
        drop(lease);
        assert_eq!((w.counts(), w.fake.open()), ((0, 0, 0, 1, 1), 0));
    }

    #[test]
    fn what_rests_is_had_without_a_future_and_nothing_else() {
        let w = World::new();
        let now = |host| w.manager.lease_now(&to(host), &w.call);
        assert!(now("h").is_none());
        assert_eq!(w.counts(), (0, 0, 0, 0, 0), "no place is kept");
        for host in ["h", "dies"] {
            let (conn, lease) = w.now(host);
            lease.give_back(conn);
        }
        assert!(now("dies").is_none() && now("i").is_none());
        let other = w.rt.beside(7).call();
        assert!(w.manager.lease_now(&to("h"), &other).is_none());
        assert_eq!(w.counts(), (0, 1, 0, 2, 0));

        let (conn, lease) = now("h").unwrap();
        assert_eq!(w.counts(), (1, 0, 0, 2, 1));
        let _held = w.now("h");
        let mut waiter = w.lease("h");
        waiter.waits();
        assert!(now("h").is_none(), "nobody is overtaken");
        lease.give_back(conn);
        assert!(now("h").is_none() && waiter.is_woken());
        drop(waiter);
        assert!(now("h").is_some());
        w.manager.shutdown();
        assert!(now("h").is_none());
    }

    #[test]
    fn all_that_affects_a_connection_separates_it_but_counts_for_its_route() {
        let w = World::new();
        let other = w.rt.beside(7).call();
        let mut insecure = ConnectSettings::default();
        insecure.tls.insecure = true;
        let insecure = Connect {
            settings: Arc::new(insecure),
            ..to("h")
        };
        let cases = [
            ("other settings", insecure.clone(), &w.call),
            ("another driver", to("h"), &other),
            (
                "https",
                Connect {
                    https: true,
                    ..to("h")
                },
                &w.call,
            ),
            (
                "another port",
                Connect {
                    port: 81,
                    ..to("h")
                },
                &w.call,
            ),
            ("another host", to("i"), &w.call),
        ];
        for (what, connect, call) in cases {
            let made = w.fake.made();
            let (conn, lease) = w.now("h");
            lease.give_back(conn);
            drop(
                Task::new(w.manager.lease(connect, None, call))
                    .done()
                    .unwrap(),
            );
            assert!(w.fake.made() > made, "{what}");
        }

        let w = World::new();
        let _one = w.now("h");
        let _two = Task::new(w.manager.lease(insecure, None, &w.call)).done();
        let mut third = Task::new(w.manager.lease(to("h"), None, &other));
        third.waits();
        let stats = w.manager.statistics();
        let route = &stats.routes[0];
        assert_eq!((stats.routes.len(), &*route.route), (1, "http://h:80"));
        assert_eq!((route.leased, route.pending, route.max), (2, 1, Some(2)));
    }

    #[test]
    fn the_transport_is_told_how_long_connections_are_kept() {
        let w = World::new();
        drop((w.now("h"), w.now("h")));
        let made = w.fake.made.lock().unwrap();
        assert_eq!(made[0].settings.keep_idle, Some(5 * S));
        assert!(Arc::ptr_eq(&made[0].settings, &made[1].settings));
    }

    #[test]
    fn old_and_dead_ones_are_not_used_again() {
        let w = World::new();
        let (conn, lease) = w.now("h");
        lease.give_back(conn);
        w.rt.advance(5 * S);
        drop(w.now("h"));
        assert_eq!((w.fake.made(), w.fake.open()), (2, 0));

        let (conn, lease) = w.now("dies");
        lease.give_back(conn);
        drop(w.now("dies"));
        assert_eq!((w.fake.made(), w.fake.open()), (4, 0));

        let (conn, lease) = w.now("h");
        lease.give_back(conn);
        w.rt.advance(5 * S);
        assert_eq!(w.manager.sweep(w.call.rt().now()), 1);
        assert_eq!(w.fake.open(), 0);
    }

    #[test]
    fn a_connect_that_fails_or_is_dropped_frees_the_place() {
        let w = World::new();
        for _ in 0..5 {
            let error = w.lease(REFUSES).done().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Connect);
        }
        for _ in 0..5 {
            let mut task = w.lease(HANGS);
            task.waits();
            assert_eq!(w.counts().0, 1);
        }
        assert_eq!(w.counts(), (0, 0, 0, 0, 0));
        assert!(w.manager.statistics().routes.is_empty());
    }

    #[test]
    fn waiting_ends_by_the_pools_limit_and_says_all() {
        let w = World::new();
        let held = [w.now("h"), w.now("h")];
        let mut first = w.lease("h");
        let mut second = w.lease("h");
        first.waits();
        second.waits();
        w.rt.advance(30 * S);
        let error = first.done().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Pool));
        assert_eq!(
            error.to_string(),
            "timed out while waiting for a free connection \
             [limit: 30s (:connection-request-timeout), elapsed: 30000 ms, route: http://h:80, \
             leased: 2, max: 2 for the route, pending: 1]; a response whose body is neither read \
             to its end nor dropped holds its connection; or give the connection manager higher \
             limits"
        );
        assert!(error.is_transient());

        // Beyond the total limit, and with a deadline of the call.
        let _more = [w.now("i"), w.now("j")];
        let call = Arc::new(Call::new(w.call.rt().clone()).within(S));
        let mut third = Task::new(w.manager.lease(to("k"), None, &call));
        third.waits();
        w.rt.advance(S);
        let error = third.done().err().unwrap();
        assert_eq!(
            error.kind(),
            ErrorKind::Timeout(Timeout::Total(Phase::Pool))
        );
        assert_eq!(error.context("max"), Some("4 in all"));
        drop(held);
        assert!(second.done().is_ok(), "its place came in time");
    }

    #[test]
    fn a_waiter_gets_the_connection_that_is_given_back() {
        let w = World::new();
        let (conn, lease) = w.now("h");
        let _held = w.now("h");
        let mut waiter = w.lease("h");
        waiter.waits();
        lease.give_back(conn);
        assert!(waiter.is_woken());
        let (_conn, _lease) = waiter.done().unwrap();
        assert_eq!((w.counts(), w.fake.made()), ((2, 0, 0, 2, 1), 2));
    }

    #[test]
    fn a_waiter_can_be_cancelled() {
        let w = World::new();
        let _held = [w.now("h"), w.now("h")];
        let canceller = Canceller::new();
        let call = Arc::new(Call::new(w.rt.clone()).cancelled_by(canceller.clone()));
        let mut waiter = Task::new(w.manager.lease(to("h"), None, &call));
        waiter.waits();
        assert_eq!(w.counts().2, 1);
        canceller.cancel();
        assert!(waiter.is_woken());
        let error = waiter.done().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(w.counts().2, 0);
    }

    #[test]
    fn shutdown_lets_leases_end_and_nothing_begin() {
        let w = World::new();
        let (conn, lease) = w.now("h");
        let _held = w.now("h");
        let (idle, idle_lease) = w.now("i");
        idle_lease.give_back(idle);
        let mut waiter = w.lease("h");
        waiter.waits();

        w.manager.shutdown();
        assert!(w.fake.closed_idle.load(std::sync::atomic::Ordering::SeqCst));
        assert_eq!(w.fake.open(), 2);
        assert!(waiter.is_woken());
        for mut lease in [waiter, w.lease("h"), w.lease("new")] {
            let error = lease.done().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Closed);
            assert!(error.to_string().contains("make a new one"), "{error}");
        }
        lease.give_back(conn);
        assert_eq!((w.counts(), w.fake.open()), ((1, 0, 0, 3, 0), 1));
        w.manager.shutdown();
    }

    #[test]
    fn shutdown_at_once_closes_what_is_in_use() {
        let w = World::new();
        let closed = || w.fake.closed.load(std::sync::atomic::Ordering::SeqCst);
        // Many that are gone: they are forgotten, and not closed.
        for _ in 0..100 {
            drop(w.now("gone"));
        }
        let _held = (w.now("h"), w.now("i"));
        let mut waiter = w.lease("h");
        let hangs = w.lease("h");
        w.manager.shutdown();
        assert_eq!(closed(), 0);
        w.manager.shutdown_now();
        assert_eq!((closed(), w.fake.open()), (2, 2));
        drop(hangs);
        let error = waiter.done().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_connection_that_comes_after_that_is_not_used() {
        let connector = Slow::default();
        let gate = connector.0.clone();
        let manager = Reusable::new(Arc::new(connector));
        let call = FakeRt::new(0).call();
        let mut lease = Task::new(manager.lease(to("h"), None, &call));
        lease.waits();
        manager.shutdown_now();
        gate.store(true, std::sync::atomic::Ordering::SeqCst);
        let error = lease.done().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert_eq!(manager.statistics().leased, 0);
    }

    /// Connects once it may.
    #[derive(Debug, Default)]
    struct Slow(Arc<std::sync::atomic::AtomicBool>);

    impl Connector for Slow {
        fn connect<'a>(
            &'a self,
            to: &'a Connect,
            call: &'a Arc<Call>,
        ) -> BoxFuture<'a, Result<Box<dyn Conn>>> {
            Box::pin(async move {
                std::future::poll_fn(|_| {
                    if self.0.load(std::sync::atomic::Ordering::SeqCst) {
                        std::task::Poll::Ready(())
                    } else {
                        std::task::Poll::Pending
                    }
                })
                .await;
                Fake::default().connect(to, call).await
            })
        }
        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }
    }

    #[test]
    fn a_connection_in_place_of_another_is_closed_with_the_rest() {
        let w = World::new();
        let connect = || Task::new(w.fake.connect(&to("h"), &w.call)).done().unwrap();
        let (conn, lease) = w.now("h");
        lease.give_back(conn);
        let (dead, mut lease) = w.now("h");
        let other = connect();
        w.rt.advance(S);
        lease.replaced(&*other).unwrap();
        drop(dead);
        assert_eq!(w.counts(), (1, 0, 0, 2, 1));
        w.manager.shutdown_now();
        assert_eq!(w.fake.closed.load(std::sync::atomic::Ordering::SeqCst), 1);
        let late = lease.replaced(&*connect()).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::Closed);
        Lease::none().replaced(&*other).unwrap();
    }

    #[test]
    fn limits_that_make_no_sense_are_refused() {
        fn check(build: impl Fn(ReusableBuilder) -> ReusableBuilder, says: &str) {
            let builder = Reusable::builder(Arc::new(Fake::default()));
            let error = build(builder).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(says), "{error}");
        }
        check(|b| b.max_total(Some(0)), "max_total (:threads) is 0");
        check(|b| b.max_per_route(Some(0)), ":default-per-route");
        check(|b| b.route_limit("http://h", 0), "route_limit is 0");
        check(|b| b.route_limit("h:80", 1), "h:80");
    }

    #[test]
    fn a_route_can_have_a_limit_of_its_own() {
        let builder = Reusable::builder(Arc::new(Fake::default()));
        let manager = builder.route_limit("http://H:80/", 1).build().unwrap();
        let call = FakeRt::new(0).call();
        let _one = Task::new(manager.lease(to("h"), None, &call)).done();
        Task::new(manager.lease(to("h"), None, &call)).waits();
        let _other = Task::new(manager.lease(to("i"), None, &call)).done();
        assert_eq!(manager.statistics().max, Some(4));
        assert!(manager.keeps_alive() && manager.capabilities().exact_target);

        let all = Reusable::unlimited(Arc::new(Fake::default()));
        let held: Vec<_> = (0..100)
            .map(|_| Task::new(all.lease(to("h"), None, &call)).done())
            .collect();
        assert_eq!(all.statistics().leased, held.len());
    }

    /// `cargo test --release -p courser-pool -- --ignored --nocapture how_fast`
    #[test]
    #[ignore = "a measurement"]
    fn how_fast() {
        use crate::test::RealRt;
        const TURNS: u32 = 1_000_000;
        let call = Arc::new(Call::new(Arc::new(RealRt)));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        for (name, manager) in [
            ("limited", Reusable::new(Arc::new(Fake::default()))),
            ("unlimited", Reusable::unlimited(Arc::new(Fake::default()))),
        ] {
            let connect = to("api.example.com");
            for what in ["without limits of time", "with them"] {
                let wait = (what == "with them").then_some(30 * S);
                let start = Instant::now();
                for _ in 0..TURNS {
                    let mut future = manager.lease(connect.clone(), wait, &call);
                    let std::task::Poll::Ready(leased) = future.as_mut().poll(&mut cx) else {
                        panic!("waits")
                    };
                    let (conn, lease) = leased.unwrap();
                    lease.give_back(conn);
                }
                let time = start.elapsed() / TURNS;
                println!("{name}, {what}: {time:?} for lease and return");
            }
            let start = Instant::now();
            for _ in 0..TURNS {
                drop(std::hint::black_box(manager.lease(
                    connect.clone(),
                    None,
                    &call,
                )));
            }
            println!("of these {:?} to make the future", start.elapsed() / TURNS);
            assert_eq!(manager.statistics().created, 1);
        }
        let start = Instant::now();
        for _ in 0..TURNS {
            std::hint::black_box(call.rt().now());
        }
        println!("a look at the clock: {:?}", start.elapsed() / TURNS);
    }
}
