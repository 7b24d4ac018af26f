//! What data alone cannot say.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use courser_coerce::Value;
use courser_coerce::text::Charset;
use courser_coerce::value::Tagged;
use courser_core::{
    Body, Bytes, Error, Result, RetryContext, RetryHandler, Unexceptional, excerpt,
};

use super::parse::{Outcome, Unfit};

/// What the tags and names in a request's data stand for.
///
/// Data can say that a body is `#bytes {:b64 "AAEC"}`, and `:connection-manager "a"`: what a tag
/// or a name stands for is looked up here. An `Env` is a list of readers, one for each tag and
/// type of thing; options ask for the type that they need.
///
/// * A tagged value is given to the reader of that tag.
/// * A plain value where a thing is needed is given to the reader of the option's own tag:
///   `:connection-manager "a"` is `:connection-manager #conn-manager "a"`.
///
/// [`Env::new`] knows the tags that need nothing from outside:
///
/// | tag | stands for |
/// |---|---|
/// | `#bytes {:b64 "AAEC"}` | bytes, in Base64 |
/// | `#bytes {:text "é" :charset "UTF-16"}` | bytes of text, in UTF-8 unless a charset is said |
/// | `#bytes {:repeat ["ab" 3]}` | bytes of text, repeated |
/// | `#stream {…}` | the same as a stream of unknown length, sent in chunks |
/// | `#charset "UTF-16"` | the name of a charset |
/// | `#status-range [200 299]` | the statuses from the one to the other |
/// | `#retry 3` | a retry handler: up to so many tries, whatever the method and the failure |
///
/// In JSON, where there are no tags, an object of one key stands for a tagged value:
/// `{"body": {"#bytes": {"b64": "AAEC"}}}`.
///
/// Whatever lives longer than a request is the caller's to keep, in what a closure captures:
///
/// ```
/// use std::sync::Arc;
/// use courser::data::Env;
/// use courser::pool::ConnectionManager;
/// use courser::{Request, Value};
///
/// # fn manager() -> Arc<dyn ConnectionManager> { courser::Client::per_request().connection_manager().clone() }
/// let manager: Arc<dyn ConnectionManager> = manager();
/// let env = Env::new().with("conn-manager", move |name: &Value| match name.as_name() {
///     Some("a") => Ok(manager.clone()),
///     _ => Err(courser::Error::invalid("there is one connection manager, named a")),
/// });
/// let data = Value::keyword_map([("url", "http://h/".into()), ("connection-manager", "a".into())]);
/// let request = Request::from_value(&data, &env)?;
/// assert!(request.connection_manager.is_some());
/// # Ok::<(), courser::Error>(())
/// ```
#[derive(Clone)]
pub struct Env {
    readers: HashMap<(String, TypeId), Stored>,
}

#[derive(Clone)]
struct Stored {
    /// An `Arc<ReadFn<T>>` for the `T` of the key.
    reader: Arc<dyn Any + Send + Sync>,
    makes: &'static str,
}

type ReadFn<T> = dyn Fn(&Value) -> Result<T> + Send + Sync;

impl Default for Env {
    fn default() -> Self {
        Env::new()
    }
}

impl Env {
    /// The tags that need nothing from outside, as in the table above.
    #[must_use]
    pub fn new() -> Self {
        let env = Env {
            readers: HashMap::new(),
        };
        env.with("bytes", bytes)
            .with("bytes", |value| bytes(value).map(Body::from))
            .with("stream", |value| {
                bytes(value).map(|bytes| Body::reader(std::io::Cursor::new(bytes)))
            })
            .with("status-range", status_range)
            .with("retry", retry)
    }

    /// The same, and `#file "path"` for a body that is a file: for data whose author may read
    /// the files of this machine.
    #[must_use]
    pub fn with_files(self) -> Self {
        self.with("file", |value| {
            value
                .as_str()
                .map(|path| Body::file(PathBuf::from(path)))
                .ok_or_else(|| Error::invalid(format!("#file takes a path, not {}", value.kind())))
        })
    }

    /// What values under that tag stand for, in place of what they stood for. One tag can have a
    /// reader for each of several types.
    ///
    /// The options ask for these: `:body` for a [`Body`]; `:connection-manager` for an
    /// `Arc<dyn ConnectionManager>` (its own tag is `conn-manager`); `:cookie-store` for an
    /// `Arc<dyn CookieStore>` and `:cookie-spec` for an `Arc<dyn CookieSpec>`, under these names; `:http-client` for a
    /// [`Client`](crate::Client) (`http-client`); `:request-interceptor` and
    /// `:response-interceptor` for a [`RequestInterceptor`](courser_core::RequestInterceptor) and
    /// a [`ResponseInterceptor`](courser_core::ResponseInterceptor); `:redirect-strategy` for
    /// [`Redirects`](courser_core::Redirects); `:unexceptional-status` for an
    /// [`Unexceptional`]; `:as` for an [`As`](crate::As), such as a codec of yours by its name;
    /// `:retry-handler` for an `Arc<dyn RetryHandler>` (`retry`); `:progress` for an
    /// [`OnProgress`](crate::progress::OnProgress); `:trusted-certificates` for [`Bytes`].
    #[must_use]
    pub fn with<T: 'static>(
        mut self,
        tag: &str,
        read: impl Fn(&Value) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        let reader: Arc<ReadFn<T>> = Arc::new(read);
        let stored = Stored {
            reader: Arc::new(reader),
            makes: type_name::<T>(),
        };
        self.readers
            .insert((tag.to_owned(), TypeId::of::<T>()), stored);
        self
    }

    fn reader<T: 'static>(&self, tag: &str) -> Option<&Arc<ReadFn<T>>> {
        let stored = self.readers.get(&(tag.to_owned(), TypeId::of::<T>()))?;
        stored.reader.downcast_ref()
    }

    /// What a tagged value stands for.
    pub(super) fn tagged<T: 'static>(&self, tagged: &Tagged) -> Outcome<T> {
        let tag = tagged.tag().as_str();
        let Some(read) = self.reader::<T>(tag) else {
            let mut known: Vec<&str> = self
                .readers
                .keys()
                .filter(|(_, of)| *of == TypeId::of::<T>())
                .map(|(tag, _)| tag.as_str())
                .collect();
            known.sort_unstable();
            let known = if known.is_empty() {
                "none is".to_owned()
            } else {
                format!("#{} can be", known.join(", #"))
            };
            let tag = excerpt(tag, 40);
            return Err(Unfit::Because(format!(
                "was given #{tag}, which is not known here: {known}"
            )));
        };
        Ok(read(tagged.value())?)
    }

    /// What a value stands for, a plain one being what stands under the option's own tag.
    pub(super) fn thing<T: 'static>(&self, value: &Value, own: &str) -> Outcome<T> {
        if let Value::Tagged(tagged) = value {
            return self.tagged(tagged);
        }
        match self.reader::<T>(own) {
            Some(read) => Ok(read(value)?),
            None => Err(Unfit::Because(format!(
                "names something that lives outside of the request, and there is no #{own} here"
            ))),
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = self
            .readers
            .iter()
            .map(|((tag, _), stored)| (tag, stored.makes));
        f.debug_map().entries(tags).finish()
    }
}

/// Says yes while a request was sent fewer times than that.
fn retry(value: &Value) -> Result<Arc<dyn RetryHandler>> {
    let most = value.as_u64().and_then(|most| u32::try_from(most).ok());
    let most = most.ok_or_else(|| Error::invalid("#retry takes a number of tries, such as 3"))?;
    Ok(Arc::new(
        move |_: &Error, tries: u32, _: &RetryContext<'_>| tries < most,
    ))
}

/// The most bytes that `:repeat` may make.
const MAX_REPEATED: usize = 1 << 30;

/// The bytes that `#bytes` stands for: `{:b64 s}`, `{:text s :charset c}` or `{:repeat [s n]}`.
/// For tags of your own that take bytes.
///
/// # Errors
/// What is wrong with them.
pub fn bytes(value: &Value) -> Result<Bytes> {
    let wrong = || {
        Error::invalid(
            "bytes are {:b64 \"…\"}, {:text \"…\" :charset \"…\"} or {:repeat [\"…\" n]}",
        )
    };
    let part = |name: &str| value.get(name).filter(|part| !part.is_nil());
    if let Some(text) = part("b64") {
        use base64::Engine as _;
        let text = text.as_str().ok_or_else(wrong)?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        return match decoded {
            Ok(bytes) => Ok(bytes.into()),
            Err(why) => Err(Error::invalid(":b64 is not Base64").because(why)),
        };
    }
    if let Some(text) = part("text") {
        let text = text.as_str().ok_or_else(wrong)?;
        let charset = match part("charset") {
            None => Charset::UTF_8,
            Some(label) => Charset::for_label(label.as_str().ok_or_else(wrong)?)
                .map_err(|why| Error::invalid("the :charset of bytes is not known").because(why))?,
        };
        return match charset.encode(text) {
            Ok(bytes) => Ok(bytes.into_owned().into()),
            Err(why) => Err(Error::invalid("the :text of bytes cannot be encoded").because(why)),
        };
    }
    if let Some([text, times]) = part("repeat").and_then(Value::as_slice) {
        let text = text.as_str().ok_or_else(wrong)?;
        let times = times
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(wrong)?;
        if text.len().saturating_mul(times) > MAX_REPEATED {
            return Err(Error::invalid("the bytes of :repeat are more than 1 GiB"));
        }
        return Ok(text.repeat(times).into_bytes().into());
    }
    Err(wrong())
}

fn status_range(value: &Value) -> Result<Unexceptional> {
    let status = |value: &Value| value.as_u64().and_then(|n| u16::try_from(n).ok());
    match value.as_slice() {
        Some([from, to]) => match (status(from), status(to)) {
            (Some(from), Some(to)) => Some(Unexceptional::Range(from..=to)),
            _ => None,
        },
        _ => None,
    }
    .ok_or_else(|| Error::invalid("#status-range takes two statuses: #status-range [200 299]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_each_form() {
        fn check(value: &Value, expected: &[u8]) {
            assert_eq!(bytes(value).unwrap(), expected);
        }
        let pair =
            |a: &str, b: &str| Value::keyword_map([("text", a.into()), ("charset", b.into())]);
        check(&Value::keyword_map([("b64", "AAH/".into())]), &[0, 1, 255]);
        check(&Value::from([("b64", "")]), b"");
        check(&Value::from([("text", "é")]), "é".as_bytes());
        check(&pair("é", "ISO-8859-1"), b"\xe9");
        check(
            &Value::from([("repeat", Value::vector([Value::from("ab"), 3.into()]))]),
            b"ababab",
        );
        for wrong in [
            Value::Nil,
            Value::from([("b64", "é")]),
            pair("日", "ISO-8859-1"),
            pair("x", "no-such"),
            Value::from([(
                "repeat",
                Value::vector([Value::from("ab"), i64::MAX.into()]),
            )]),
            Value::from([("repeat", 1)]),
        ] {
            assert!(bytes(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_tag_lists_those_that_fit() {
        let Value::Tagged(tagged) = Value::tagged("fiel", "x") else {
            unreachable!()
        };
        let Err(Unfit::Because(text)) = Env::new().with_files().tagged::<Body>(&tagged) else {
            panic!()
        };
        assert!(
            text.contains("#fiel") && text.ends_with("#bytes, #file, #stream can be"),
            "{text}"
        );
    }
}
