//! The stages of the Courser client: query, form, multipart, body, decode.

mod body;
mod decode;
mod form;
#[cfg(feature = "multipart")]
mod multipart;
mod query;

pub use body::{BodyEncoding, BodyStage};
#[cfg(feature = "edn")]
pub use decode::read_edn;
#[cfg(feature = "json")]
pub use decode::read_json;
#[cfg(feature = "msgpack")]
pub use decode::read_msgpack;
#[cfg(feature = "transit")]
pub use decode::read_transit;
#[cfg(feature = "xml-serde")]
pub use decode::read_xml;
pub use decode::{
    As, Asked, Codec, Codecs, Coerce, Coerced, Decode, DecodeStage, MediaType, charset_of,
    content_type, read_form,
};
pub use form::{FormParams, FormStage};
#[cfg(feature = "multipart")]
pub use multipart::{Multipart, MultipartStage};
pub use query::{QueryParams, QueryStage};
