//! Looking up hosts in a way of one's own.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use crate::BoxFuture;
use crate::error::Result;

/// Looks up the addresses of hosts, in place of the system (`:dns-resolver`).
///
/// It is asked for names only, never for literal addresses, and only for names that the request
/// has no fixed address for.
pub trait Resolver: Send + Sync + fmt::Debug {
    /// The addresses of a host, in the order in which they are to be tried. None at all means
    /// that the host is not known, which is an error of the kind
    /// [`Dns`](crate::ErrorKind::Dns), as is any error of the resolver itself that has no kind.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>>>;
}

/// A resolver as a part of the pool's key: two are equal if they are the same.
#[derive(Clone, Debug)]
pub struct SharedResolver(pub Arc<dyn Resolver>);

impl PartialEq for SharedResolver {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SharedResolver {}

impl Hash for SharedResolver {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}
