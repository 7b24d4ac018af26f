//! Transports and connection managers, as the stack sees them.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::BoxFuture;
use crate::call::Call;
use crate::connect::Connect;
use crate::error::Result;
use crate::request::{Limits, Request};
use crate::response::Response;
use crate::rt::Close;

/// A transport: native, reqwest, a fake.
pub trait Connector: Send + Sync + fmt::Debug {
    /// Makes a connection, or what stands for one.
    fn connect<'a>(
        &'a self,
        to: &'a Connect,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<Box<dyn Conn>>>;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether to send over its connections is to wait for one thing at a time, so that a call
    /// that is [`alone`](Call::alone) may stay so. Not unless it says so: what is around another
    /// transport may do something beside.
    fn waits_alone(&self) -> bool {
        false
    }

    /// Closes what rests unused; called when a manager is shut down.
    fn close_idle(&self) {}
}

/// A connection that is ready for one exchange.
pub trait Conn: Send + Sync {
    /// Sends a request and waits for the head of the response, whose body then holds the lease:
    /// at its end the connection goes back, if it can be used again; dropped earlier, it is
    /// closed.
    fn send(self: Box<Self>, lease: Lease, req: Request) -> BoxFuture<'static, Result<Response>>;

    /// What closes it while it is in use, for [`ConnectionManager::shutdown_now`]. `None` where
    /// that cannot be, as with a transport that hides its connections.
    fn closer(&self) -> Option<Weak<dyn Close>> {
        None
    }

    /// Whether it can still be used, as far as one can tell without waiting, after it has rested
    /// for so long.
    fn is_open(&self, rested: Duration) -> bool {
        let _ = rested;
        true
    }
}

/// What a transport can keep of a request. What it cannot is documented as a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools)] // a checklist, not a state
pub struct Capabilities {
    /// The request target goes out byte by byte as it is.
    pub exact_target: bool,
    /// Header names keep their case.
    pub header_case: bool,
    /// No `Accept: */*` is added.
    pub no_default_accept: bool,
    /// Time spent per phase is told.
    pub phase_timings: bool,
    /// Bytes on the wire can be logged.
    pub wire_bytes: bool,
    /// A [`Conn`] is one connection; without it, one of the transport's own pool.
    pub connection_affinity: bool,
    /// HTTP/2 is spoken.
    pub http2: bool,
}

/// Keeps connections: one a request, or a pool.
pub trait ConnectionManager: Send + Sync + fmt::Debug {
    /// A connection for one exchange, and the lease on its place. Waits while all are in use,
    /// for `wait` at most (`None` without limit, but the call's deadline holds).
    fn lease<'a>(
        &'a self,
        to: Connect,
        wait: Option<Duration>,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<(Box<dyn Conn>, Lease)>>;

    /// A connection that rests and fits, if there is one and nobody has to wait: the usual case,
    /// which then costs no future. `None` sends the caller to [`lease`](Self::lease).
    fn lease_now(&self, to: &Connect, call: &Arc<Call>) -> Option<(Box<dyn Conn>, Lease)> {
        let _ = (to, call);
        None
    }

    /// Sends a request for which [`lease_now`](Self::lease_now) had no connection: by itself over
    /// one from [`lease`](Self::lease). A manager for which many may wait does it in one future of
    /// its own, which is all that each then takes.
    fn exchange(self: Arc<Self>, to: Connect, req: Request) -> BoxFuture<'static, Result<Response>>
    where
        Self: 'static,
    {
        Box::pin(async move {
            let wait = Limits::of(&req.options).pool;
            match self.lease(to, wait, &req.call).await {
                Ok((conn, lease)) => conn.send(lease, req).await,
                Err(error) => Err(error.during(&req.method, &req.url)),
            }
        })
    }

    /// Whether connections are used again; if not, requests say `Connection: close`.
    fn keeps_alive(&self) -> bool;

    /// What its transport can do.
    fn capabilities(&self) -> Capabilities;

    /// As [`Connector::waits_alone`], of the connections that it leases.
    fn waits_alone(&self) -> bool {
        false
    }

    /// The transport that makes its connections, if there is one: for another manager over it.
    fn connector(&self) -> Option<&Arc<dyn Connector>> {
        None
    }

    /// What is in use at the moment.
    fn statistics(&self) -> Statistics;

    /// Closes what is idle and refuses new requests; those under way may end.
    fn shutdown(&self);

    /// The same, and closes what is in use too: requests under way fail. As far as the transport
    /// can; that over reqwest cannot, and lets them end.
    fn shutdown_now(&self) {
        self.shutdown();
    }
}

/// How a connection manager is used at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections in use.
    pub leased: usize,
    /// Connections that rest, ready to be used.
    pub idle: usize,
    /// Requests that wait for a connection.
    pub pending: usize,
    /// How many may be in use at once; `None` without limit.
    pub max: Option<usize>,
    /// Connections made so far.
    pub created: u64,
    /// Times that a connection was used again.
    pub reused: u64,
    /// Connections that were closed while they rested: too old, dead, or because their place was
    /// needed; not those of a shutdown.
    pub evicted: u64,
    /// The same for each route that has any, sorted: `http://host:port`.
    pub routes: Vec<RouteStatistics>,
}

/// How the connections of one route are used at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteStatistics {
    /// `http://host:port`
    pub route: String,
    /// Connections in use.
    pub leased: usize,
    /// Connections that rest.
    pub idle: usize,
    /// Requests that wait for one.
    pub pending: usize,
    /// How many may be in use at once; `None` without limit.
    pub max: Option<usize>,
    /// Connections made, since the route last had none.
    pub created: u64,
    /// Times that one was used again, since then.
    pub reused: u64,
    /// Those that were closed while they rested, since then.
    pub evicted: u64,
}

/// A place in a pool, held while a connection is in use.
///
/// Dropping it frees the place and closes the connection, which its holder drops too.
/// [`give_back`](Lease::give_back) frees the place and keeps the connection.
#[derive(Default)]
pub struct Lease {
    place: Option<Box<dyn Place>>,
    waited: Option<Duration>,
}

/// What a pool keeps of a lease: dropping it frees the place.
pub trait Place: Send + Sync {
    /// Takes the connection back for the next request.
    fn give_back(self: Box<Self>, conn: Box<dyn Conn>);

    /// Notes that another connection was made in place of the one that was leased with it.
    ///
    /// # Errors
    /// [`Closed`](crate::ErrorKind::Closed) if all connections were closed meanwhile, and so
    /// should this be.
    fn replaced(&mut self, conn: &dyn Conn) -> Result<()> {
        let _ = conn;
        Ok(())
    }
}

impl Lease {
    /// A lease on a place.
    #[must_use]
    pub fn new(place: Box<dyn Place>) -> Self {
        Lease {
            place: Some(place),
            waited: None,
        }
    }

    /// A lease on nothing, for transports and managers that need no places.
    #[must_use]
    pub fn none() -> Self {
        Lease::default()
    }

    /// Tells how long it was waited for.
    #[must_use]
    pub fn after(mut self, waited: Duration) -> Self {
        self.waited = Some(waited);
        self
    }

    /// How long it was waited for, where the manager tells.
    #[must_use]
    pub fn waited(&self) -> Option<Duration> {
        self.waited
    }

    /// Gives the connection back, to be used again.
    pub fn give_back(mut self, conn: Box<dyn Conn>) {
        if let Some(place) = self.place.take() {
            place.give_back(conn);
        }
    }

    /// Says that another connection was made in place of the one that was leased, which was found
    /// closed.
    ///
    /// # Errors
    /// [`Closed`](crate::ErrorKind::Closed) if the manager was shut down at once meanwhile.
    pub fn replaced(&mut self, conn: &dyn Conn) -> Result<()> {
        match &mut self.place {
            Some(place) => place.replaced(conn),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.place.is_some() {
            "Lease"
        } else {
            "Lease(none)"
        })
    }
}
