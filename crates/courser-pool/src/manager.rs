//! What both connection managers are made of: a transport, and a pool of its connections.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use courser_core::rt::DriverId;
use courser_core::{
    BoxFuture, Call, Conn, Connect, ConnectSettings, Connector, Error, ErrorKind, Lease, Phase,
    Result, RouteStatistics, Statistics, Wait,
};

use crate::events;
use crate::open::Open;
use crate::options::PoolOptions;
use crate::pool::{Checkout, Closed, Place, Pool, Room, Turn};
use crate::route::Route;
use crate::settings::Settings;
use crate::statistics::Counts;
use crate::watch::Watch;

/// With the route, all of [`Connect`] as it came; and the driver, with which a connection lives
/// and dies.
type Variant = (Arc<ConnectSettings>, DriverId);

pub(crate) type Conns = Pool<Route, Box<dyn Conn>, Variant>;

/// A lease on its way; small, since thousands may wait.
pub(crate) struct Leasing {
    turn: Turn<Route, Box<dyn Conn>, Variant>,
    asked: Option<Instant>,
    /// Where there is more to see to than the limit.
    wait: Option<Box<Wait>>,
    limit: Option<Duration>,
    /// Whether the manager sees to the limit. The blocking driver does: its timers are at hand.
    watched: bool,
}

impl Leasing {
    /// Whether it was asked for already.
    pub(crate) fn has_waited(&self) -> bool {
        self.asked.is_some()
    }
}

/// What a lease brings, and how long it was waited for.
pub(crate) enum Leased {
    Conn(Box<dyn Conn>, Lease),
    Room(Room<Route, Box<dyn Conn>, Variant>, Duration),
}

#[derive(Debug)]
pub(crate) struct Manager {
    connector: Arc<dyn Connector>,
    pool: Conns,
    settings: Settings,
    keeps: bool,
    open: Arc<Open>,
    watch: Arc<Watch>,
}

impl Manager {
    /// `keeps` connections for the idle time that `options` say, or not at all.
    pub(crate) fn new(
        connector: Arc<dyn Connector>,
        options: PoolOptions<Route>,
        keeps: bool,
    ) -> Self {
        let keep_idle = options.idle_timeout.filter(|_| keeps);
        let pool = Pool::new(options);
        Manager {
            connector,
            watch: Watch::new(&pool),
            pool,
            settings: Settings::new(keep_idle),
            keeps,
            open: Arc::default(),
        }
    }

    pub(crate) fn connector(&self) -> &Arc<dyn Connector> {
        &self.connector
    }

    pub(crate) fn lease<'a>(
        &'a self,
        to: Connect,
        wait: Option<Duration>,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<(Box<dyn Conn>, Lease)>> {
        let mut leasing = self.leasing(to.clone(), wait, call);
        Box::pin(async move {
            let leased = poll_fn(|cx| self.poll_lease(cx, &mut leasing, call, || to.clone())).await;
            drop(leasing);
            match leased? {
                Leased::Conn(conn, lease) => Ok((conn, lease)),
                Leased::Room(room, waited) => Box::pin(self.connect(to, room, call, waited)).await,
            }
        })
    }

    /// A lease that has not asked for its place yet.
    pub(crate) fn leasing(
        &self,
        to: Connect,
        limit: Option<Duration>,
        call: &Arc<Call>,
    ) -> Leasing {
        let (route, settings) = Route::split(to);
        let driver = call.rt().driver();
        let watched = driver != DriverId::BLOCKING;
        let waits = call.is_bounded() || !watched;
        Leasing {
            turn: Turn::new(&self.pool, route, (settings, driver)),
            asked: None,
            wait: waits.then(|| Box::new(Wait::new(call.clone()))),
            limit,
            watched,
        }
    }

    /// Waits for a place. It is not kept where it leads to, but asked: most never need to know.
    pub(crate) fn poll_lease(
        &self,
        cx: &mut Context<'_>,
        leasing: &mut Leasing,
        call: &Arc<Call>,
        to: impl Fn() -> Connect,
    ) -> Poll<Result<Leased>> {
        let route = || Route::split(to()).0;
        let Leasing {
            turn,
            asked,
            wait,
            limit,
            watched,
        } = leasing;
        let again = asked.is_some();
        let asked = *asked.get_or_insert_with(|| call.rt().now());
        let limit_at = limit.and_then(|limit| asked.checked_add(limit));
        let (own, until) = if *watched {
            (None, limit_at)
        } else {
            (*limit, None)
        };
        let mut ask = |cx: &mut Context<'_>| {
            turn.poll(cx, asked, until, |conn, rested| {
                is_open(&**conn, rested, route)
            })
        };
        let polled = match wait {
            Some(wait) => wait.poll(cx, Phase::Pool, own, ask),
            None => ask(cx).map(Ok),
        };
        let outcome = match (polled, until) {
            (Poll::Ready(outcome), _) => outcome,
            (Poll::Pending, Some(until)) if again && call.rt().now() >= until => {
                Err(Wait::new(call.clone()).expired(Phase::Pool, *limit, asked))
            }
            (Poll::Pending, until) => {
                if let Some(until) = until {
                    self.watch.see_to(until, call.rt());
                }
                return Poll::Pending;
            }
        };
        let waited = call.rt().now().saturating_duration_since(asked);
        Poll::Ready(match outcome {
            Ok(Ok(Checkout::Reused(conn, place))) => {
                events::reused(route, waited);
                Ok(Leased::Conn(conn, self.hold(place, call).after(waited)))
            }
            Ok(Ok(Checkout::Room(room))) => Ok(Leased::Room(room, waited)),
            Ok(Err(Closed)) => Err(closed().with("route", route())),
            Err(error) => {
                turn.leave();
                let route = route();
                events::refused(&route, waited);
                Err(self.describe(error, &route))
            }
        })
    }

    /// A new connection, for a place that was waited for.
    pub(crate) async fn connect(
        &self,
        to: Connect,
        room: Room<Route, Box<dyn Conn>, Variant>,
        call: &Arc<Call>,
        waited: Duration,
    ) -> Result<(Box<dyn Conn>, Lease)> {
        let route = Route::of(&to);
        // Whole: a field that comes to `Connect` must be said here.
        let Connect {
            https,
            host,
            port,
            settings,
        } = to;
        let to = Connect {
            https,
            host,
            port,
            settings: self.settings.keeping(settings),
        };
        let conn = self.connector.connect(&to, call).await?;
        if !self.open.add(&*conn) {
            return Err(closed().with("route", route));
        }
        events::created(&route, waited);
        let place = room.fill(call.rt().now());
        Ok((conn, self.hold(place, call).after(waited)))
    }

    pub(crate) fn lease_now(
        &self,
        to: &Connect,
        call: &Arc<Call>,
    ) -> Option<(Box<dyn Conn>, Lease)> {
        if self.pool.is_full() {
            return None;
        }
        let rt = call.rt();
        let variant = (to.settings.clone(), rt.driver());
        let route = Route::of(to);
        let checkout = self
            .pool
            .try_lease(&route, &variant, rt.now(), |conn, rested| {
                is_open(&**conn, rested, || route.clone())
            })?;
        match checkout {
            Checkout::Reused(conn, place) => {
                events::reused(|| route, Duration::ZERO);
                Some((conn, self.hold(place, call).after(Duration::ZERO)))
            }
            // Freed again: the way to a new connection is long, and keeps its place by itself.
            Checkout::Room(_) => None,
        }
    }

    fn hold(&self, place: Place<Route, Box<dyn Conn>, Variant>, call: &Arc<Call>) -> Lease {
        Lease::new(if self.keeps {
            Box::new(Kept {
                place,
                call: call.clone(),
                open: self.open.clone(),
            })
        } else {
            Box::new(Once(place))
        })
    }

    /// Says why there was no place.
    fn describe(&self, error: Error, route: &Route) -> Error {
        let stats = self.pool.statistics();
        let of_route = stats.keys.iter().find(|(key, _)| key == route);
        // The limit that it was: the total one, if the route had places left.
        let (counts, scope) = match of_route {
            Some((_, counts)) if counts.is_full() => (counts, "for the route"),
            _ => (&stats.total, "in all"),
        };
        let max = counts.max.map_or("none".into(), |max| max.to_string());
        let error = error
            .with("route", route)
            .with("leased", counts.leased)
            .with("max", format_args!("{max} {scope}"))
            .with("pending", counts.pending);
        if error.is_timeout() {
            error.help(
                "a response whose body is neither read to its end nor dropped holds its \
                 connection; or give the connection manager higher limits",
            )
        } else {
            error
        }
    }

    pub(crate) fn sweep(&self, now: Instant) -> usize {
        self.pool.sweep(now)
    }

    pub(crate) fn statistics(&self) -> Statistics {
        let stats = self.pool.statistics();
        let Counts {
            leased,
            idle,
            pending,
            max,
            created,
            reused,
            evicted,
        } = stats.total;
        let mut all = Statistics::default();
        (all.leased, all.idle, all.pending, all.max) = (leased, idle, pending, max);
        (all.created, all.reused, all.evicted) = (created, reused, evicted);
        all.routes = stats.keys.into_iter().map(of_route).collect();
        all.routes.sort_by(|a, b| a.route.cmp(&b.route));
        all
    }

    pub(crate) fn shutdown(&self) {
        self.pool.shutdown();
        self.connector.close_idle();
    }

    pub(crate) fn shutdown_now(&self) {
        self.shutdown();
        self.open.close();
    }
}

/// Whether a kept connection can be used, as far as its own end knows.
fn is_open(conn: &dyn Conn, rested: Duration, route: impl FnOnce() -> Route) -> bool {
    let is_open = conn.is_open(rested);
    if !is_open {
        events::stale(route);
    }
    is_open
}

fn of_route((route, counts): (Route, Counts)) -> RouteStatistics {
    let mut of = RouteStatistics::default();
    of.route = route.to_string();
    (of.leased, of.idle, of.pending, of.max) =
        (counts.leased, counts.idle, counts.pending, counts.max);
    (of.created, of.reused, of.evicted) = (counts.created, counts.reused, counts.evicted);
    of
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the connection manager was shut down")
        .help("make a new one, or shut it down after the last request")
}

/// A place whose connection is kept.
struct Kept {
    place: Place<Route, Box<dyn Conn>, Variant>,
    /// Its clock. The runtime itself is shared by all threads, and counting its holders is what
    /// they would wait for each other with.
    call: Arc<Call>,
    open: Arc<Open>,
}

impl courser_core::Place for Kept {
    fn give_back(self: Box<Self>, conn: Box<dyn Conn>) {
        let Kept { place, call, .. } = *self;
        place.give_back(conn, call.rt().now());
    }

    fn replaced(&mut self, conn: &dyn Conn) -> Result<()> {
        if !self.open.add(conn) {
            return Err(closed());
        }
        self.place.made(self.call.rt().now());
        Ok(())
    }
}

/// A place whose connection is closed after one use.
struct Once(Place<Route, Box<dyn Conn>, Variant>);

impl courser_core::Place for Once {
    fn give_back(self: Box<Self>, conn: Box<dyn Conn>) {
        drop(conn);
        drop(self.0);
    }
}
