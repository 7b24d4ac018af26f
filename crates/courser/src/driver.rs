//! Which drivers and transports this build has.

use std::sync::Arc;

use courser_core::rt::Runtime;
use courser_core::{Connector, Result};

/// The tokio runtime that we are in.
#[cfg(feature = "async")]
pub(crate) fn tokio() -> Result<Arc<dyn Runtime>> {
    courser_rt::Tokio::current()
}

#[cfg(not(feature = "async"))]
pub(crate) fn tokio() -> Result<Arc<dyn Runtime>> {
    Err(missing("send() needs the feature `async`"))
}

/// The blocking driver, one a client.
#[cfg(feature = "blocking")]
#[allow(clippy::unnecessary_wraps)] // it fails without the feature
pub(crate) fn blocking() -> Result<Arc<dyn Runtime>> {
    Ok(courser_rt::Blocking::runtime())
}

#[cfg(not(feature = "blocking"))]
pub(crate) fn blocking() -> Result<Arc<dyn Runtime>> {
    Err(missing("call() needs the feature `blocking`"))
}

/// Runs a future on the calling thread; `blocking` was there to make it.
#[cfg(feature = "blocking")]
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    courser_rt::block_on(future)
}

#[cfg(not(feature = "blocking"))]
pub(crate) fn block_on<T>(_: impl Future<Output = Result<T>>) -> Result<T> {
    Err(missing("call() needs the feature `blocking`"))
}

/// The transport of this build: our own, if it is there.
#[cfg(feature = "native")]
pub(crate) fn transport() -> Arc<dyn Connector> {
    Arc::new(courser_transport::Native::new())
}

#[cfg(all(feature = "reqwest", not(feature = "native")))]
pub(crate) fn transport() -> Arc<dyn Connector> {
    Arc::new(courser_reqwest::Reqwest::new())
}

#[cfg(not(any(feature = "native", feature = "reqwest")))]
pub(crate) fn transport() -> Arc<dyn Connector> {
    Arc::new(none::NoTransport)
}

#[cfg(any(not(feature = "async"), not(feature = "blocking")))]
fn missing(message: &'static str) -> courser_core::Error {
    courser_core::Error::new(courser_core::ErrorKind::Unsupported, message)
        .help("switch it on in Cargo.toml")
}

/// What stands for a transport where there is none: all but sending works.
#[cfg(not(any(feature = "native", feature = "reqwest")))]
mod none {
    use courser_core::{
        BoxFuture, Call, Capabilities, Conn, Connect, Connector, Error, ErrorKind, Result,
    };
    use std::sync::Arc;

    #[derive(Debug)]
    pub(super) struct NoTransport;

    impl Connector for NoTransport {
        fn connect<'a>(
            &'a self,
            _: &'a Connect,
            _: &'a Arc<Call>,
        ) -> BoxFuture<'a, Result<Box<dyn Conn>>> {
            Box::pin(async {
                Err(Error::new(ErrorKind::Unsupported, "this build has no transport")
                    .help("switch on the feature `async`, `blocking` or `reqwest`, or give a Connector"))
            })
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }
    }
}
