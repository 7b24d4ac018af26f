//! The stages of the Courser client: query, form, body, decode.

mod body;
mod decode;
mod form;
mod query;

pub use body::{BodyEncoding, BodyStage};
#[cfg(feature = "json")]
pub use decode::read_json;
pub use decode::{As, Asked, Coerce, Coerced, Decode, DecodeStage, charset_of};
pub use form::{FormParams, FormStage};
pub use query::{QueryParams, QueryStage};
