//! What becomes of the body of the response.

use courser_coerce::Value;
use courser_coerce::middleware::{As, Coerce};
use courser_coerce::text::Charset;
use courser_coerce::value::Keyword;
use courser_core::Error;

use super::super::env::Env;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, charset, count, flag, one_of, put, unknown_word};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "as",
        "a keyword: :auto, :json, :json-string-keys, :edn, :clojure, :transit+json, \
         :transit+msgpack, :msgpack, :xml, :multipart, :x-www-form-urlencoded, :byte-array, :stream, :reader; or a charset as a string",
        "text in UTF-8",
        "what the body of the response becomes",
        |d, v, env| put(&mut d.request.as_, form(v, env)),
    ),
    Entry::new(
        "coerce",
        ":unexceptional, :exceptional or :always",
        ":unexceptional",
        "with which statuses the body is made data of",
        |d, v, _| put(&mut d.request.coerce, one_of(v, &COERCE)),
    ),
    Entry::flag(
        "decompress-body",
        "true",
        "decompresses the body",
        |d, v, _| put(&mut d.request.decompress_body, flag(v)),
    ),
    Entry::flag(
        "decode-body-headers",
        "false",
        "reads the <meta> elements of HTML as header fields",
        |d, v, _| put(&mut d.request.decode_body_headers, flag(v)),
    )
    .feature("html", cfg!(feature = "html")),
    Entry::new(
        "max-body-size",
        BYTES,
        "256 MiB",
        "the most bytes of a body that are collected",
        |d, v, _| put(&mut d.request.max_body_size, count(v)),
    ),
    Entry::new(
        "max-error-body",
        BYTES,
        "64 KiB",
        "the most bytes that are kept of the body of an error",
        |d, v, _| put(&mut d.request.max_error_body, count(v)),
    ),
    Entry::new(
        "max-decompressed-size",
        BYTES,
        "none of its own",
        "the most bytes that a body may have when decompressed",
        |d, v, _| put(&mut d.request.max_decompressed_size, count(v)),
    ),
    Entry::new(
        "max-decompression-ratio",
        "a number",
        "200",
        "how many times larger a body may become, beyond 1 MiB",
        |d, v, _| put(&mut d.request.max_decompression_ratio, count(v)),
    ),
    Entry::new(
        "max-header-size",
        BYTES,
        "256 KiB",
        "the most bytes of the head of a response, status line and header fields",
        |d, v, _| put(&mut d.request.max_header_size, count(v)),
    ),
    Entry::new(
        "max-header-count",
        "a number",
        "256",
        "the most header fields of a response",
        |d, v, _| put(&mut d.request.max_header_count, count(v)),
    ),
    Entry::new(
        "max-interim-responses",
        "a number",
        "16",
        "the most interim responses (1xx) before the response",
        |d, v, _| put(&mut d.request.max_interim_responses, count(v)),
    ),
];

const BYTES: &str = "a number of bytes";

pub(in crate::data) const COERCE: [(&str, Coerce); 3] = [
    ("unexceptional", Coerce::Unexceptional),
    ("exceptional", Coerce::Exceptional),
    ("always", Coerce::Always),
];

/// The first name of each is the one that is written.
pub(in crate::data) const FORMS: [(&str, As); 16] = [
    ("auto", As::Auto),
    ("json", As::Json),
    ("json-strict", As::Json),
    ("json-string-keys", As::JsonStringKeys),
    ("json-strict-string-keys", As::JsonStringKeys),
    ("edn", As::Edn),
    ("clojure", As::Edn),
    ("transit+json", As::TransitJson),
    ("transit+msgpack", As::TransitMsgpack),
    ("xml", As::Xml),
    ("msgpack", As::Msgpack),
    ("multipart", As::Multipart),
    ("x-www-form-urlencoded", As::Form),
    ("byte-array", As::Bytes),
    ("stream", As::Stream),
    ("reader", As::Reader),
];

/// A keyword is a form, a string a charset; JSON has strings for both, and no charset is called
/// as a form is.
fn form(value: &Value, env: &Env) -> Outcome<As> {
    let keyword = value.as_keyword().map(Keyword::as_str);
    let name = match keyword {
        Some(name) => name.to_owned(),
        None => charset(value)?,
    };
    if let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == name) {
        return Ok(form.clone());
    }
    if keyword.is_some() {
        // A codec of the user's own.
        if let Ok(form) = env.thing::<As>(value, "as") {
            return Ok(form);
        }
        if matches!(&*name, "text" | "string") {
            let text = "needs no :text: without :as the body is text, with the name of a charset text in that";
            return Err(Unfit::Because(text.to_owned()));
        }
        return Err(unknown_word(&name, FORMS.iter().map(|(name, _)| *name)));
    }
    match Charset::for_label(&name) {
        Ok(charset) => Ok(As::Charset(charset)),
        Err(why) => Err(Error::invalid(":as names no charset").because(why).into()),
    }
}
