//! Sockets under both drivers.

#[cfg(feature = "blocking")]
pub(crate) mod blocking;
mod fd;
mod lookup;
mod onto;
mod open;
#[cfg(feature = "blocking")]
pub(crate) mod pipe;
#[cfg(feature = "blocking")]
pub(crate) mod registry;
#[cfg(feature = "blocking")]
mod sys;
#[cfg(test)]
#[cfg(all(feature = "blocking", feature = "async"))]
mod tests;
#[cfg(feature = "async")]
mod tokio;
