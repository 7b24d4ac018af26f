//! A fair connection pool that needs no runtime, and the connection managers of the Courser HTTP
//! client that stand on it.
//!
//! * [`Pool`] keeps connections of any kind: limits in all and per key, a fair queue for tasks
//!   and threads alike, limits of idle time and of life, statistics. It has no clock, no thread
//!   and no timer: who calls it brings the time.
//! * [`Reusable`] is clj-http's `make-reusable-conn-manager` on such a pool.
//! * [`PerRequest`] makes a connection for each request, as clj-http does outside of a pool.
//!
//! ```
//! use std::time::Instant;
//! use courser_pool::{Checkout, Pool, PoolOptions};
//!
//! # async fn connect(_: &str) -> std::io::Result<std::net::TcpStream> { unreachable!() }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::new(PoolOptions { max_per_key: Some(2), ..PoolOptions::default() });
//!
//! let checkout = pool.lease("example.com:80", (), Instant::now(), |_, _| true).await?;
//! let (stream, place) = match checkout {
//!     Checkout::Reused(stream, place) => (stream, place),
//!     Checkout::Room(room) => {
//!         let stream = connect("example.com:80").await?; // failing or dropped frees the place
//!         (stream, room.fill(Instant::now()))
//!     }
//! };
//! // … use the stream; dropping the place instead would close it …
//! place.give_back(stream, Instant::now());
//! # Ok(())
//! # }
//! ```

mod events;
mod exchange;
mod manager;
#[cfg(test)]
mod model;
mod open;
mod options;
mod per_request;
mod pool;
mod queue;
mod reusable;
mod route;
mod settings;
mod state;
mod statistics;
#[cfg(test)]
mod test;
mod watch;

pub use options::PoolOptions;
pub use per_request::PerRequest;
pub use pool::{Acquire, Checkout, Closed, Place, Pool, Room};
pub use reusable::{Reusable, ReusableBuilder};
pub use statistics::{Counts, PoolStatistics};
