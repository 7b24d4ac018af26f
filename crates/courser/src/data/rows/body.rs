//! Bodies of requests.

use courser_core::Body;
use courser_middleware::compress::Compression;

use super::super::option::Entry;
use super::super::parse::{Unfit, charset, count, one_of, put, text};
use super::multipart;

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
    Entry::new(
        "multipart",
        "a sequence of maps of :name and :content, which is what :body takes; also :part-name, \
         :file-name, :mime-type, :encoding, :length, :headers",
        "none",
        "the body in parts",
        |d, v, env| put(&mut d.request.multipart, multipart::parts(v, env)),
    )
    .feature("multipart", cfg!(feature = "multipart"))
    .secret(),
    Entry::new(
        "mime-subtype",
        "a string",
        "\"form-data\"",
        "what kind of multipart body it is",
        |d, v, _| put(&mut d.request.mime_subtype, text(v)),
    )
    .feature("multipart", cfg!(feature = "multipart")),
    Entry::new(
        "multipart-mode",
        ":strict, :browser-compatible or :rfc6532",
        ":strict",
        "how the heads of parts are written",
        |d, v, _| put(&mut d.request.multipart_mode, multipart::mode(v)),
    )
    .feature("multipart", cfg!(feature = "multipart")),
    Entry::new(
        "multipart-charset",
        "the name of a charset",
        "none",
        "the charset of a multipart body, and with :browser-compatible of the heads of its parts",
        |d, v, _| put(&mut d.request.multipart_charset, charset(v)),
    )
    .feature("multipart", cfg!(feature = "multipart")),
    Entry::new(
        "compress-body",
        ":gzip, :deflate, :br, :zstd or :identity, as far as their features are there",
        ":identity",
        "compresses the body on its way out",
        |d, v, _| put(&mut d.request.compress_body, one_of(v, &Compression::NAMES)),
    ),
    Entry::new(
        "progress",
        "what names a function",
        "none",
        "is told how far the bodies have come, out and in; in Rust `.progress(f)`",
        |d, v, env| put(&mut d.request.progress, env.thing(v, "progress")),
    ),
];
