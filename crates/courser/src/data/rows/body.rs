//! Bodies of requests.

use courser_core::Body;

use super::super::option::Entry;
use super::super::parse::{Unfit, charset, count, put};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "body",
        "a string, or a tag such as #bytes {:b64 \"AAEC\"}",
        "none",
        "the body; data goes into :form-params",
        |d, v, env| {
            use courser_coerce::Value;
            d.request.body = match v {
                Value::String(text) => Body::from(text.clone()),
                Value::Tagged(tagged) => env.tagged(tagged)?,
                Value::Map(_) | Value::Vector(_) => {
                    let text = format!(
                        "takes no data: {} goes into :form-params, with :content-type",
                        v.kind()
                    );
                    return Err(Unfit::Because(text));
                }
                _ => return Err(Unfit::Type),
            };
            Ok(())
        },
    )
    .secret(),
    Entry::new(
        "body-encoding",
        "the name of a charset",
        "\"UTF-8\"",
        "the charset of a :body that is a string",
        |d, v, _| put(&mut d.request.body_encoding, charset(v)),
    ),
    Entry::new(
        "length",
        "a number of bytes",
        "none",
        "the length of a :body that is a stream",
        |d, v, _| put(&mut d.request.length, count(v)),
    ),
    Entry::later(
        "multipart",
        "a sequence of maps",
        "the body in parts: :name, :content, :mime-type …",
    )
    .secret(),
    Entry::later("mime-subtype", "a string", "what kind of multipart body"),
    Entry::later(
        "multipart-mode",
        ":strict, :browser-compatible or :rfc6532",
        "how the parts' headers are written",
    ),
    Entry::later(
        "multipart-charset",
        "the name of a charset",
        "the charset of the parts' headers",
    ),
    Entry::later("compress-body", ":gzip", "compresses the body"),
    Entry::later(
        "progress",
        "a function",
        "is told of the bytes that went and came",
    ),
];
