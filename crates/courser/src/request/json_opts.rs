//! How JSON is written.

use std::fmt;
use std::sync::Arc;

use courser_coerce::value::Keyword;

/// How [`form_params`](super::Request::form_params) are written as JSON (`:json-opts`).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct JsonOpts {
    /// Over several lines. *Default:* false.
    pub pretty: bool,
    /// Whether all beyond ASCII is written as `\uXXXX`. *Default:* false.
    pub escape_non_ascii: bool,
    /// How dates are written, as a pattern of Java's `SimpleDateFormat`. *Default:*
    /// `yyyy-MM-dd'T'HH:mm:ss'Z'`.
    pub date_format: Option<String>,
    /// What keywords become as keys. *Default:* their name, with the namespace.
    pub key_fn: Option<KeyFn>,
}

/// A function from a keyword to the key that it becomes.
pub type KeyFn = Arc<dyn Fn(&Keyword) -> String + Send + Sync>;

impl JsonOpts {
    /// What the writer reads.
    #[cfg(feature = "json")]
    pub(super) fn lower(self) -> courser_core::Result<courser_coerce::json::WriteOptions> {
        use courser_coerce::json::{self, DateFormat, DateFormatError, WriteOptions};
        let date_format = match self.date_format {
            None => DateFormat::default(),
            Some(pattern) => pattern.parse().map_err(|why: DateFormatError| {
                courser_core::Error::invalid("the :date-format of :json-opts is malformed")
                    .because(why)
            })?,
        };
        Ok(WriteOptions {
            pretty: self.pretty,
            escape_non_ascii: self.escape_non_ascii,
            date_format,
            key_fn: self
                .key_fn
                .map(|f| json::KeyFn::new(move |keyword| f(keyword))),
        })
    }
}

impl fmt::Debug for JsonOpts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonOpts")
            .field("pretty", &self.pretty)
            .field("escape_non_ascii", &self.escape_non_ascii)
            .field("date_format", &self.date_format)
            .field("key_fn", &self.key_fn.is_some())
            .finish()
    }
}
