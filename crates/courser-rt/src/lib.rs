//! The two drivers of the Courser HTTP client, which run the same futures:
//!
//! * [`Tokio`] (feature `async`), for `.send().await`: tokio's clock, timers and tasks.
//! * [`Blocking`] (feature `blocking`), for `.call()`: [`block_on`] runs a future on the calling
//!   thread. It needs no tokio, starts no thread for the call, and works within somebody's
//!   runtime as well as within itself.
//!
//! Both implement [`courser_core::rt::Runtime`], which is all that the rest of the client knows
//! of them; with the feature `net` also [`courser_core::rt::Dial`], for sockets.
//!
//! ```
//! # #[cfg(feature = "blocking")] {
//! use std::sync::Arc;
//! use std::time::Duration;
//! use courser_core::Call;
//! use courser_rt::{Blocking, block_on};
//!
//! let call = Arc::new(Call::new(Blocking::runtime()));
//! block_on(call.sleep(Duration::from_millis(1)))?;
//! assert!(call.elapsed() >= Duration::from_millis(1));
//! # }
//! # Ok::<(), courser_core::Error>(())
//! ```

#[cfg(feature = "blocking")]
mod background;
#[cfg(feature = "async")]
mod beside;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "blocking")]
mod executor;
#[cfg(all(feature = "net", any(feature = "async", feature = "blocking")))]
mod net;
#[cfg(feature = "blocking")]
mod signal;
#[cfg(feature = "blocking")]
mod sleep;
#[cfg(feature = "blocking")]
mod timers;
#[cfg(feature = "async")]
mod tokio;
#[cfg(feature = "async")]
mod tokio_io;

#[cfg(feature = "blocking")]
pub use blocking::Blocking;
#[cfg(feature = "blocking")]
pub use executor::{block_on, is_blocking};

#[cfg(feature = "async")]
pub use crate::tokio::Tokio;
#[cfg(feature = "async")]
pub use crate::tokio_io::TokioIo;
#[cfg(feature = "async")]
pub use beside::Beside;
