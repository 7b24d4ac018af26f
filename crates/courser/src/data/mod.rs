//! Requests and responses as EDN and JSON.
//!
//! A map of options makes a [`Request`](crate::Request), and a [`Response`](crate::Response)
//! makes a map: the data form is clj-http's, and the [option table](options) is its reference.
//!
//! ```
//! use courser::{As, Request};
//!
//! # #[cfg(feature = "edn")] {
//! let request = Request::from_edn(r#"{:url "http://h/", :as :json, :query-params {:a [1 2]}}"#)?;
//! assert_eq!(request.as_, Some(As::Json));
//!
//! let error = Request::from_edn(r#"{:url "http://h/", :throw-exeptions false}"#).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "there is no option :throw-exeptions; did you mean :throw-exceptions?"
//! );
//! # }
//! # Ok::<(), courser::Error>(())
//! ```
//!
//! * [`Request::from_edn`](crate::Request::from_edn), `from_json`, `from_value`, and back with
//!   `to_edn`, `to_json`, `to_value`.
//! * [`Response::to_edn`](crate::Response::to_edn), `to_json`, `to_value`; [`error_value`],
//!   [`error_edn`], `error_json`.
//! * [`call()`] and [`send`]: a request out, and a map back.
//! * [`Env`]: what tags such as `#bytes` and names such as that of a connection manager stand
//!   for.

mod env;
mod error;
mod exchange;
mod header_name;
mod listing;
mod middleware;
mod option;
mod parse;
mod read;
mod response;
#[cfg(all(test, feature = "edn", feature = "json"))]
mod round_trip;
mod rows;
#[cfg(all(test, feature = "edn"))]
mod samples;
mod suggest;
mod table;
mod text;
mod write;

pub use env::{Env, bytes};
#[cfg(feature = "json")]
pub use error::error_json;
pub use error::{error_edn, error_value};
pub use exchange::{call, send};
pub use listing::markdown;
pub use middleware::stack;
pub use option::{Entry, State};
pub use read::{Sending, UserKeys};
pub use response::cookies_value;
pub use table::options;
pub use text::{from_json_value, to_json_value};

pub(crate) use error::with_entire_message;
pub(crate) use response::Original;
