//! Requests, built step by step.

mod redirects;

use std::sync::Arc;
use std::time::Duration;

use courser_coerce::Value;
use courser_coerce::form::ParamStyle;
use courser_coerce::middleware::{As, Codec, Coerce};
use courser_coerce::text::Charset;
use courser_cookies::{Cookie, Policy};
use courser_core::{
    Body, Canceller, CookieStore, Error, HttpVersion, IntoName, IntoValue, Result, Retry,
    RetryContext, Unexceptional,
};
use courser_middleware::compress::Compression;
use courser_middleware::progress::{OnProgress, Progress};

use crate::stream::EventSource;
use crate::{Client, JsonOpts, MultipartMode, Part, Request, Response, TransitOpts};

/// A request in the making, with the client that will send it.
///
/// Every setter is one assignment to a field of [`Request`], where its meaning and default are
/// described. What is wrong with what was given surfaces at [`send`](RequestBuilder::send) and
/// [`call`](RequestBuilder::call).
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    // Boxed: setters and futures pass it on, and it is large.
    request: Box<Request>,
    error: Option<Error>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Client, request: Box<Request>) -> Self {
        RequestBuilder {
            client,
            request,
            error: None,
        }
    }

    fn set(mut self, set: impl FnOnce(&mut Request)) -> Self {
        set(&mut self.request);
        self
    }

    fn try_set(mut self, set: impl FnOnce(&mut Request) -> Result<()>) -> Self {
        if let Err(error) = set(&mut self.request) {
            self.error.get_or_insert(error);
        }
        self
    }

    /// Sends it on the tokio runtime that we are in, and waits for the response and its body.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn send(self) -> Result<Response> {
        let (client, request) = self.split()?;
        client.send_boxed(request).await
    }

    /// Sends it, and waits for the response and its body on the calling thread.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub fn call(self) -> Result<Response> {
        let (client, request) = self.split()?;
        client.call_boxed(request)
    }

    /// The server-sent events that the request asks for, over as many connections as it takes:
    /// see [`EventSource`]. Nothing is sent before the first event is asked for.
    ///
    /// # Errors
    /// What was wrong with what the setters were given.
    pub fn event_source(self) -> Result<EventSource> {
        let (client, request) = self.split()?;
        client.refuse_opt(&request)?;
        EventSource::new(client, *request)
    }

    /// Like [`send`](RequestBuilder::send), with `None` for an unknown host.
    pub async fn send_opt(self) -> Result<Option<Response>> {
        let (client, request) = self.split()?;
        client.send_opt_boxed(request).await
    }

    /// Like [`call`](RequestBuilder::call), with `None` for an unknown host.
    pub fn call_opt(self) -> Result<Option<Response>> {
        let (client, request) = self.split()?;
        client.call_opt_boxed(request)
    }

    /// The request, as data.
    ///
    /// # Errors
    /// The first thing that was wrong with what the setters were given.
    pub fn build(self) -> Result<Request> {
        self.split().map(|(_, request)| *request)
    }

    pub(crate) fn split(self) -> Result<(Client, Box<Request>)> {
        match self.error {
            Some(error) => Err(error),
            None => Ok((self.client, self.request)),
        }
    }

    /// Changes any field of the request.
    pub fn with(self, change: impl FnOnce(&mut Request)) -> Self {
        self.set(change)
    }

    /// Adds a header field; see [`Request::headers`].
    pub fn header(self, name: impl IntoName, value: impl IntoValue) -> Self {
        self.try_set(|r| r.headers.append(name, value))
    }

    /// Adds parameters to the query: a map, a struct, a sequence of pairs; see
    /// [`Request::query_params`].
    ///
    /// ```
    /// let request = courser::get("http://h/").query([("q", "a b"), ("page", "2")]).build()?;
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn query(self, params: impl serde::Serialize) -> Self {
        let params = courser_coerce::value::to_value(&params);
        self.try_set(|r| {
            let params = params.map_err(|why| {
                Error::invalid("the query parameters cannot be written").because(why)
            })?;
            r.query_params = Some(params);
            Ok(())
        })
    }

    /// The parameters of the query as a [`Value`]; see [`Request::query_params`].
    pub fn query_params(self, params: impl Into<Value>) -> Self {
        self.set(|r| r.query_params = Some(params.into()))
    }

    /// See [`Request::multi_param_style`].
    pub fn multi_param_style(self, style: ParamStyle) -> Self {
        self.set(|r| r.multi_param_style = Some(style))
    }

    /// See [`Request::form_params`].
    pub fn form_params(self, params: impl Into<Value>) -> Self {
        self.set(|r| r.form_params = Some(params.into()))
    }

    /// See [`Request::normalize_uri`].
    pub fn normalize_uri(self, normalize: bool) -> Self {
        self.set(|r| r.normalize_uri = Some(normalize))
    }

    /// See [`Request::json_opts`].
    pub fn json_opts(self, opts: JsonOpts) -> Self {
        self.set(|r| r.json_opts = Some(Box::new(opts)))
    }

    /// See [`Request::accept`].
    pub fn accept(self, media_type: impl Into<String>) -> Self {
        self.set(|r| r.accept = Some(media_type.into()))
    }

    /// See [`Request::accept_encoding`].
    pub fn accept_encoding<T: Into<String>>(self, codings: impl IntoIterator<Item = T>) -> Self {
        self.set(|r| r.accept_encoding = Some(codings.into_iter().map(Into::into).collect()))
    }

    /// See [`Request::content_type`].
    pub fn content_type(self, media_type: impl Into<String>) -> Self {
        self.set(|r| r.content_type = Some(media_type.into()))
    }

    /// See [`Request::user_agent`].
    pub fn user_agent(self, name: impl Into<String>) -> Self {
        self.set(|r| r.user_agent = Some(name.into()))
    }

    /// See [`Request::basic_auth`].
    pub fn basic_auth(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.set(|r| r.basic_auth = Some((user.into(), password.into().into())))
    }

    /// An HTTP proxy; see [`Request::proxy_host`].
    pub fn proxy(self, host: impl Into<String>, port: u16) -> Self {
        self.set(|r| {
            r.proxy_host = Some(host.into());
            r.proxy_port = Some(port);
        })
    }

    /// Credentials for the proxy; see [`Request::proxy_user`].
    pub fn proxy_auth(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.set(|r| {
            r.proxy_user = Some(user.into());
            r.proxy_pass = Some(password.into().into());
        })
    }

    /// A bearer token; see [`Request::oauth_token`].
    pub fn bearer(self, token: impl Into<String>) -> Self {
        self.set(|r| r.oauth_token = Some(token.into().into()))
    }

    /// Adds a cookie to those that are sent; see [`Request::cookies`].
    pub fn cookie(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let cookie = Cookie::new(name, value);
        self.set(|r| r.cookies.get_or_insert_default().push(cookie))
    }

    /// See [`Request::cookies`].
    pub fn cookies(self, cookies: impl Into<Vec<Cookie>>) -> Self {
        self.set(|r| r.cookies = Some(cookies.into()))
    }

    /// See [`Request::decode_cookies`].
    pub fn decode_cookies(self, decode: bool) -> Self {
        self.set(|r| r.decode_cookies = Some(decode))
    }

    /// See [`Request::cookie_store`].
    pub fn cookie_store(self, store: Arc<dyn CookieStore>) -> Self {
        self.set(|r| r.cookie_store = Some(store))
    }

    /// See [`Request::cookie_policy`].
    pub fn cookie_policy(self, policy: Policy) -> Self {
        self.set(|r| r.cookie_policy = Some(policy))
    }

    /// See [`Request::body`].
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.set(|r| r.body = body.into())
    }

    /// See [`Request::body_encoding`].
    pub fn body_encoding(self, charset: impl Into<String>) -> Self {
        self.set(|r| r.body_encoding = Some(charset.into()))
    }

    /// Adds a part to the body; see [`Request::multipart`].
    ///
    /// ```
    /// use courser::{Body, Part};
    ///
    /// let request = courser::post("http://h/")
    ///     .part(Part::new("title", "My picture"))
    ///     .part(Part::new("file", Body::file("pic.jpg")).mime_type("image/jpeg"))
    ///     .build()?;
    /// assert_eq!(request.multipart.map(|parts| parts.len()), Some(2));
    /// # Ok::<(), courser::Error>(())
    /// ```
    pub fn part(self, part: Part) -> Self {
        self.set(|r| r.multipart.get_or_insert_default().push(part))
    }

    /// The body in parts; see [`Request::multipart`].
    pub fn multipart(self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.set(|r| r.multipart = Some(parts.into_iter().collect()))
    }

    /// See [`Request::mime_subtype`].
    pub fn mime_subtype(self, subtype: impl Into<String>) -> Self {
        self.set(|r| r.mime_subtype = Some(subtype.into()))
    }

    /// See [`Request::multipart_mode`].
    pub fn multipart_mode(self, mode: MultipartMode) -> Self {
        self.set(|r| r.multipart_mode = Some(mode))
    }

    /// See [`Request::multipart_charset`].
    pub fn multipart_charset(self, charset: impl Into<String>) -> Self {
        self.set(|r| r.multipart_charset = Some(charset.into()))
    }

    /// Compresses the body on its way out; see [`Request::compress_body`].
    ///
    /// ```
    /// use courser::{Body, Compression};
    ///
    /// let request = courser::post("http://localhost/logs")
    ///     .body(Body::file("app.log"))
    ///     .compress_body(Compression::Gzip);
    /// ```
    pub fn compress_body(self, compression: Compression) -> Self {
        self.set(|r| r.compress_body = Some(compression))
    }

    /// Tells how far the bodies have come; see [`Request::progress`].
    ///
    /// ```
    /// use courser::progress::Direction;
    ///
    /// let request = courser::get("http://localhost/big.iso").progress(|p| {
    ///     if let (Direction::Download, Some(total)) = (p.direction, p.total) {
    ///         eprint!("\r{} of {total} bytes", p.bytes);
    ///     }
    /// });
    /// ```
    pub fn progress(self, on: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.set(|r| r.progress = Some(OnProgress::new(on)))
    }

    /// A body of JSON, and its content type unless one is said.
    #[cfg(feature = "json")]
    pub fn json(self, value: impl serde::Serialize) -> Self {
        self.try_set(|r| {
            let json = serde_json::to_vec(&value)
                .map_err(|why| Error::invalid("the body cannot be written as JSON").because(why))?;
            r.body = json.into();
            r.content_type
                .get_or_insert_with(|| "application/json".to_owned());
            Ok(())
        })
    }

    /// A body of Transit, and its content type: `application/transit+json`, unless
    /// `application/transit+msgpack` is said already.
    ///
    /// ```
    /// let request = courser::post("http://h/").transit([1, 2]).build()?;
    /// assert_eq!(request.content_type.as_deref(), Some("application/transit+json"));
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[cfg(feature = "transit")]
    pub fn transit(self, value: impl serde::Serialize) -> Self {
        use courser_coerce::transit::{Format, to_vec};
        self.try_set(|r| {
            let media_type = r
                .content_type
                .get_or_insert_with(|| "application/transit+json".to_owned());
            let format = if media_type.ends_with("+msgpack") {
                Format::MessagePack
            } else {
                Format::Json
            };
            let body = to_vec(&value, format).map_err(|why| {
                Error::invalid("the body cannot be written as Transit").because(why)
            })?;
            r.body = body.into();
            Ok(())
        })
    }

    /// A body of XML, from a value in the shape that [`coerce::xml`](crate::coerce::xml) reads,
    /// and its content type, `application/xml`, unless one is said. It is written in UTF-8.
    ///
    /// ```
    /// use courser::Value;
    ///
    /// let element = Value::keyword_map([("tag", "note".into()), ("content", "text".into())]);
    /// let request = courser::post("http://h/").xml(&element).build()?;
    /// assert_eq!(request.content_type.as_deref(), Some("application/xml"));
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[cfg(feature = "xml")]
    pub fn xml(self, value: &Value) -> Self {
        use courser_coerce::xml::{WriteOptions, write};
        self.try_set(|r| {
            let xml = write(value, &WriteOptions::default())
                .map_err(|why| Error::invalid("the body cannot be written as XML").because(why))?;
            r.body = xml.into_bytes().into();
            r.content_type
                .get_or_insert_with(|| "application/xml".to_owned());
            Ok(())
        })
    }

    /// A body of plain `MessagePack`, and its content type, `application/msgpack`, unless one is
    /// said. Structs become maps.
    #[cfg(feature = "msgpack")]
    pub fn msgpack(self, value: impl serde::Serialize) -> Self {
        self.try_set(|r| {
            let body = courser_coerce::msgpack::to_vec(&value).map_err(|why| {
                Error::invalid("the body cannot be written as MessagePack").because(why)
            })?;
            r.body = body.into();
            r.content_type
                .get_or_insert_with(|| "application/msgpack".to_owned());
            Ok(())
        })
    }

    /// A body of EDN, and its content type, `application/edn`, unless one is said.
    ///
    /// ```
    /// let request = courser::post("http://h/").edn([1, 2]).build()?;
    /// assert_eq!(request.body.as_bytes().unwrap(), "[1 2]");
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[cfg(feature = "edn")]
    pub fn edn(self, value: impl serde::Serialize) -> Self {
        self.try_set(|r| {
            let wrong = |why: courser_core::BoxError| {
                Error::invalid("the body cannot be written as EDN").because(why)
            };
            let value = courser_coerce::value::to_value(&value).map_err(|why| wrong(why.into()))?;
            let body =
                courser_coerce::edn::to_readable_string(&value).map_err(|why| wrong(why.into()))?;
            r.body = body.into_bytes().into();
            r.content_type
                .get_or_insert_with(|| "application/edn".to_owned());
            Ok(())
        })
    }

    /// A body that is a form, nested maps as `a[b]=1`, and its content type unless one is said.
    ///
    /// ```
    /// let request = courser::post("http://h/").form([("q", "a b")]).build()?;
    /// assert_eq!(request.body.as_bytes().unwrap(), "q=a+b");
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[cfg(feature = "form")]
    pub fn form(self, value: impl serde::Serialize) -> Self {
        self.try_set(|r| {
            let form = courser_coerce::form::to_string(&value).map_err(|why| {
                Error::invalid("the body cannot be written as a form").because(why)
            })?;
            r.body = form.into_bytes().into();
            r.content_type
                .get_or_insert_with(|| "application/x-www-form-urlencoded".to_owned());
            Ok(())
        })
    }

    /// See [`Request::transit_opts`].
    pub fn transit_opts(self, opts: TransitOpts) -> Self {
        self.set(|r| r.transit_opts = Some(Box::new(opts)))
    }

    /// See [`Request::as_`].
    pub fn as_(self, form: As) -> Self {
        self.set(|r| r.as_ = Some(form))
    }

    /// Adds a format of yours for [`As::Auto`]; see [`Request::codecs`].
    pub fn codec(self, codec: Codec) -> Self {
        self.set(|r| r.codecs.get_or_insert_default().push(codec))
    }

    /// Leaves the body of the response a stream; see [`Request::as_`].
    pub fn as_stream(self) -> Self {
        self.as_(As::Stream)
    }

    /// Leaves the body of the response a stream of text, for
    /// [`text_reader`](Response::text_reader); see [`Request::as_`].
    pub fn as_reader(self) -> Self {
        self.as_(As::Reader)
    }

    /// Reads the body of the response as text in that charset, by its WHATWG label.
    pub fn as_charset(self, label: &str) -> Self {
        self.try_set(|r| {
            let charset = Charset::for_label(label)
                .map_err(|why| Error::invalid(":as names no charset").because(why))?;
            r.as_ = Some(As::Charset(charset));
            Ok(())
        })
    }

    /// See [`Request::coerce`].
    pub fn coerce(self, coerce: Coerce) -> Self {
        self.set(|r| r.coerce = Some(coerce))
    }

    /// See [`Request::decompress_body`].
    pub fn decompress_body(self, decompress: bool) -> Self {
        self.set(|r| r.decompress_body = Some(decompress))
    }

    /// See [`Request::decode_body_headers`].
    pub fn decode_body_headers(self, decode: bool) -> Self {
        self.set(|r| r.decode_body_headers = Some(decode))
    }

    /// See [`Request::throw_exceptions`].
    pub fn throw_exceptions(self, throw: bool) -> Self {
        self.set(|r| r.throw_exceptions = Some(throw))
    }

    /// See [`Request::unexceptional_status`].
    pub fn unexceptional_status(self, statuses: Unexceptional) -> Self {
        self.set(|r| r.unexceptional_status = Some(statuses))
    }

    /// See [`Request::throw_entire_message`].
    pub fn throw_entire_message(self, entire: bool) -> Self {
        self.set(|r| r.throw_entire_message = Some(entire))
    }

    /// See [`Request::save_request`].
    pub fn save_request(self, save: bool) -> Self {
        self.set(|r| r.save_request = Some(save))
    }

    /// See [`Request::debug`].
    pub fn debug(self, debug: bool) -> Self {
        self.set(|r| r.debug = Some(debug))
    }

    /// See [`Request::debug_body`].
    pub fn debug_body(self, debug: bool) -> Self {
        self.set(|r| r.debug_body = Some(debug))
    }

    /// See [`Request::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|r| r.timeout = Some(timeout))
    }

    /// See [`Request::socket_timeout`].
    pub fn socket_timeout(self, timeout: Duration) -> Self {
        self.set(|r| r.socket_timeout = Some(timeout))
    }

    /// See [`Request::connection_timeout`].
    pub fn connection_timeout(self, timeout: Duration) -> Self {
        self.set(|r| r.connection_timeout = Some(timeout))
    }

    /// Decides whether a request that got no answer is sent again; see
    /// [`Request::retry_handler`].
    ///
    /// ```
    /// // Never.
    /// let request = courser::get("http://localhost/").retry_handler(|_, _, _| false);
    /// // Whatever the failure, and up to five times in all.
    /// let request = courser::get("http://localhost/").retry_handler(|_, tries, _| tries < 5);
    /// ```
    pub fn retry_handler(
        self,
        handler: impl Fn(&Error, u32, &RetryContext<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|r| r.retry_handler = Some(std::sync::Arc::new(handler)))
    }

    /// Sends it again after passing failures and statuses, with growing pauses; see
    /// [`Request::retry`].
    ///
    /// ```
    /// use courser::Retry;
    ///
    /// let request = courser::post("http://localhost/orders")
    ///     .header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324")
    ///     .retry(Retry::new().max(5));
    /// ```
    pub fn retry(self, retry: Retry) -> Self {
        self.set(|r| r.retry = Some(Box::new(retry)))
    }

    /// See [`Request::cancel`].
    pub fn cancel(self, canceller: Canceller) -> Self {
        self.set(|r| r.cancel = Some(canceller))
    }

    /// See [`Request::max_body_size`].
    pub fn max_body_size(self, bytes: u64) -> Self {
        self.set(|r| r.max_body_size = Some(bytes))
    }

    /// See [`Request::protocol_version`].
    pub fn protocol_version(self, version: HttpVersion) -> Self {
        self.set(|r| r.protocol_version = Some(version))
    }

    /// See [`Request::insecure`].
    pub fn insecure(self, insecure: bool) -> Self {
        self.set(|r| r.insecure = Some(insecure))
    }

    /// A value for a stage of your own; see [`Request::extensions`].
    pub fn extension<T: std::any::Any + Send + Sync>(self, value: T) -> Self {
        self.set(|r| r.extensions.set(value))
    }
}
