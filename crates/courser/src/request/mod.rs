//! Requests, as plain data.

mod brief;
mod debug;
mod given;
mod json_opts;
mod lower;
mod merge;
mod multipart;
mod nested;
mod proxy;
pub(crate) mod spare;
mod transit_opts;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use courser_coerce::Value;
use courser_coerce::form::ParamStyle;
use courser_coerce::middleware::{As, Codec, Coerce};
use courser_cookies::{Cookie, Policy};
use courser_core::{
    Body, Bytes, Canceller, ConnectionManager, CookieStore, Headers, HttpVersion, Method, Options,
    Redirects, RequestInterceptor, Resolver, ResponseInterceptor, Retry, RetryHandler, Secret,
    SocketOptions, Unexceptional,
};
use courser_middleware::compress::Compression;
use courser_middleware::progress::OnProgress;

pub use json_opts::{JsonOpts, KeyFn};
pub(crate) use lower::lower;
pub use multipart::{MultipartMode, Part};
pub use transit_opts::{TransitOpts, TransitReader, TransitWriter};

/// A request as its author says it: plain data, all of whose fields are public.
///
/// It can be written as a literal, built by a [`RequestBuilder`](crate::RequestBuilder), cloned,
/// kept, and sent by any [`Client`](crate::Client), any number of times. What is not said is
/// `None` and means the default, which the client may set: its own defaults are a `Request` too,
/// laid under each one that it sends.
///
/// Limits of time are for `Duration`; `Duration::MAX` means no limit.
///
/// ```
/// use courser::{Method, Request};
///
/// let request = Request {
///     method: Method::POST,
///     url: "http://localhost/things".into(),
///     query_params: Some([("page", 2)].into()),
///     body: "text".into(),
///     ..Default::default()
/// };
/// assert_eq!(request.clone().url, "http://localhost/things");
/// ```
#[derive(Clone, Default)]
pub struct Request {
    /// The method. *Default:* GET. (`:method`)
    pub method: Method,
    /// The URL, absolute, or relative to [`base_url`](Request::base_url). Credentials in it become
    /// Basic credentials; spaces around it are left away. (`:url`)
    pub url: String,
    /// What a `url` without scheme is appended to, with one `/` between: most useful among the
    /// defaults of a client.
    pub base_url: Option<String>,
    /// Whether dot segments and doubled slashes of the path are resolved. *Default:* false: the
    /// path goes out as it is written. (`:normalize-uri`)
    pub normalize_uri: Option<bool>,
    /// A query, encoded already; appended to that of the URL. (`:query-string`)
    pub query_string: Option<String>,
    /// Parameters for the query: a map, or a sequence of pairs. (`:query-params`)
    pub query_params: Option<Value>,
    /// How a parameter of several values is written. *Default:* `a=1&a=2`. (`:multi-param-style`)
    pub multi_param_style: Option<ParamStyle>,
    /// Writes nested maps among query parameters as Clojure prints them, rather than as
    /// `a[b]=1`. *Default:* false. (`:ignore-nested-query-string`)
    pub ignore_nested_query_string: Option<bool>,
    /// Writes nested maps among form parameters as `a[b]=1`. *Default:* false.
    /// (`:flatten-nested-form-params`)
    pub flatten_nested_form_params: Option<bool>,
    /// Says both at once: the parameters whose nested maps are written as `a[b]=1`. An error
    /// together with either. (`:flatten-nested-keys`)
    pub flatten_nested_keys: Option<Vec<Params>>,
    /// Data for the body; [`content_type`](Request::content_type) decides whether as a form
    /// (the default), JSON or EDN. Only with POST, PUT, PATCH and DELETE. (`:form-params`)
    pub form_params: Option<Value>,
    /// The charset of form parameters, by its WHATWG label. *Default:* UTF-8.
    /// (`:form-param-encoding`)
    pub form_param_encoding: Option<String>,
    /// How form parameters are written as JSON. (`:json-opts`)
    pub json_opts: Option<Box<JsonOpts>>,
    /// Handlers for writing form parameters and reading bodies as Transit. (`:transit-opts`)
    pub transit_opts: Option<Box<TransitOpts>>,

    /// Header fields. They replace fields of the same name among the client's defaults.
    /// (`:headers`)
    pub headers: Headers,
    /// The media type that is wanted. (`:accept`)
    pub accept: Option<String>,
    /// The content codings that are wanted. *Default:* those that can be decoded.
    /// (`:accept-encoding`)
    pub accept_encoding: Option<Vec<String>>,
    /// The media type of the body. (`:content-type`)
    pub content_type: Option<String>,
    /// A charset for the content type: appended as `; charset=`. (`:character-encoding`)
    pub character_encoding: Option<String>,
    /// The name of the client. *Default:* `courser/` and the version. (`:user-agent`)
    pub user_agent: Option<String>,

    /// User name and password, sent unasked. (`:basic-auth`)
    pub basic_auth: Option<(String, Secret)>,
    /// A bearer token. (`:oauth-token`)
    pub oauth_token: Option<Secret>,

    /// Cookies that are sent: their names and values, in place of a `Cookie` header. Give
    /// [`Response::cookies`](crate::Response::cookies), or [`Cookie::new`]. (`:cookies`)
    pub cookies: Option<Vec<Cookie>>,
    /// Whether [`Response::cookies`](crate::Response::cookies) has the cookies of the response, in
    /// place of its `Set-Cookie` headers. *Default:* true. (`:decode-cookies`)
    pub decode_cookies: Option<bool>,
    /// Where cookies are kept, and sent from. *Default:* the memory of the client; without one,
    /// that of the call, which lasts over its redirects. (`:cookie-store`)
    pub cookie_store: Option<Arc<dyn CookieStore>>,
    /// Which cookies are kept and sent. (`:cookie-policy`, `:cookie-spec`)
    pub cookie_policy: Option<Policy>,

    /// The body. Text is sent as `text/plain` unless a content type is said. (`:body`)
    pub body: Body,
    /// The charset of a body of text, by its WHATWG label. *Default:* UTF-8. (`:body-encoding`)
    pub body_encoding: Option<String>,
    /// The length of a body that is a stream; without it, it is sent in chunks. (`:length`)
    pub length: Option<u64>,
    /// The body in parts; not with GET and HEAD. (`:multipart`)
    pub multipart: Option<Vec<Part>>,
    /// What kind of multipart body it is, unless [`content_type`](Request::content_type) says it.
    /// *Default:* `form-data`. (`:mime-subtype`)
    pub mime_subtype: Option<String>,
    /// How the heads of parts are written. (`:multipart-mode`)
    pub multipart_mode: Option<MultipartMode>,
    /// A charset, by its WHATWG label, for the content type of the whole, and in the mode of
    /// browsers for the heads of parts. *Default:* none said, and UTF-8. (`:multipart-charset`)
    pub multipart_charset: Option<String>,

    /// How the body is compressed on its way out; [`Compression::Identity`] says not at all, where
    /// the client does. One in memory of up to 64 KiB keeps a length that is told, others go out
    /// in chunks. Not a body of no bytes, nor one with a `Content-Encoding` or `Content-Range` of
    /// its own; together with a header that tells a digest, such as `Content-MD5`, it is an error.
    /// Servers have to know the coding: few ask for it. *Default:* not at all. (`:compress-body`)
    pub compress_body: Option<Compression>,
    /// Is told how far the bodies of request and response have come: of each piece, and of the
    /// end. Each try and each redirect begins at 0. It may not wait; a
    /// [canceller](Request::cancel) ends the call from within. (`:progress`)
    pub progress: Option<OnProgress>,

    /// What the body of the response becomes. *Default:* text. (`:as`)
    pub as_: Option<As>,
    /// Formats of your own for [`As::Auto`], the first that fits, before those that we have: mostly among
    /// the defaults of a client.
    pub codecs: Option<Vec<Codec>>,
    /// With which statuses a body is made data of. *Default:* unexceptional ones. (`:coerce`)
    pub coerce: Option<Coerce>,
    /// Whether bodies are decompressed. *Default:* true. (`:decompress-body`)
    pub decompress_body: Option<bool>,
    /// Whether the `<meta>` elements in the head of a page are read as header fields, which
    /// lets [`As::Auto`] take the charset that the page tells. Of `text/*` bodies only; an error
    /// for bodies that stay streams. *Default:* false. (`:decode-body-headers`)
    pub decode_body_headers: Option<bool>,

    /// Whether an exceptional status is an error. *Default:* true. (`:throw-exceptions`)
    pub throw_exceptions: Option<bool>,
    /// Which statuses are no errors. *Default:* 200–207, 300–304, 307, 308.
    /// (`:unexceptional-status`)
    pub unexceptional_status: Option<Unexceptional>,
    /// Whether the message of such an error has the response in it, as data. *Default:* false.
    /// (`:throw-entire-message`)
    pub throw_entire_message: Option<bool>,
    /// Whether the response has the request beside it, in its data form: for logs and tests.
    /// Credentials are in it as they were sent. *Default:* false. (`:save-request`)
    pub save_request: Option<bool>,
    /// Whether the request is shown on standard error before it goes out, and to `tracing`:
    /// without credentials, values of the query, and its body. *Default:* false. (`:debug`)
    pub debug: Option<bool>,
    /// Whether it is shown with its body. *Default:* false. (`:debug-body`)
    pub debug_body: Option<bool>,
    /// Whether an unknown host is no error but no response: for
    /// [`send_opt`](crate::RequestBuilder::send_opt) and
    /// [`call_opt`](crate::RequestBuilder::call_opt). (`:ignore-unknown-host`)
    pub ignore_unknown_host: Option<bool>,

    /// Which redirects are followed. *Default:* those of GET and HEAD, and 303 of any method.
    /// (`:redirect-strategy`)
    pub redirect_strategy: Option<Redirects>,
    /// How many redirects are followed; one more is an error. *Default:* 20. (`:max-redirects`)
    pub max_redirects: Option<usize>,
    /// Whether a redirect may lead to where another led before. *Default:* false.
    /// (`:allow-circular-redirects`)
    pub allow_circular_redirects: Option<bool>,
    /// Whether a `Location` may be without scheme and host. *Default:* true.
    /// (`:allow-relative-redirects`)
    pub allow_relative_redirects: Option<bool>,
    /// Names of header fields that do not follow a redirect to another origin, beside those that
    /// commonly carry credentials (`Authorization`, `Cookie`, `X-Api-Key` and their like). Logs
    /// hide them too. (`:secret-headers`)
    pub secret_headers: Option<Vec<String>>,
    /// Whether a redirect may lead from `https` to `http`. *Default:* false: it is an error.
    /// (`:allow-downgrade`)
    pub allow_downgrade: Option<bool>,
    /// Whether a redirect may take the body to another origin. *Default:* false: it is an error.
    /// (`:resend-body-cross-origin`)
    pub resend_body_cross_origin: Option<bool>,
    /// Whether redirects send `Referer`: the URL within an origin, the origin alone to another.
    /// *Default:* false. (`:referer`)
    pub referer: Option<bool>,
    /// Sees each request before it is sent, also those of redirects. (`:request-interceptor`)
    pub request_interceptor: Option<RequestInterceptor>,
    /// Sees the head of each response, also those of redirects. (`:response-interceptor`)
    pub response_interceptor: Option<ResponseInterceptor>,

    /// How long the whole exchange may take, body included. *Default:* no limit. (`:timeout`)
    pub timeout: Option<Duration>,
    /// How long nothing may move on the connection. *Default:* 60 s. (`:socket-timeout`)
    pub socket_timeout: Option<Duration>,
    /// How long connecting may take. *Default:* 10 s. (`:connection-timeout`)
    pub connection_timeout: Option<Duration>,
    /// How long to wait for a place in the pool. *Default:* 30 s. (`:connection-request-timeout`)
    pub connection_request_timeout: Option<Duration>,
    /// Decides whether a request that got no answer is sent again. *Default:* up to three times
    /// if its method is idempotent and the connection broke. (`:retry-handler`)
    pub retry_handler: Option<Arc<dyn RetryHandler>>,
    /// How a request that failed is sent again, in place of those rules: statuses, pauses,
    /// `Retry-After`, a budget. (`:retry`)
    pub retry: Option<Box<Retry>>,
    /// Cancels the call from outside.
    pub cancel: Option<Canceller>,

    /// The most bytes of a body that are collected. *Default:* 256 MiB. (`:max-body-size`)
    pub max_body_size: Option<u64>,
    /// The most bytes of the head of a response, status line and header fields. *Default:* 256
    /// KiB; over HTTP/2 at most 1 MiB. (`:max-header-size`)
    pub max_header_size: Option<u64>,
    /// The most header fields of a response. *Default:* 256. (`:max-header-count`)
    pub max_header_count: Option<u64>,
    /// The most interim responses (1xx) before the response. *Default:* 16; over HTTP/2 they are
    /// not counted, and `:socket-timeout` ends them. (`:max-interim-responses`)
    pub max_interim_responses: Option<u64>,
    /// The most bytes kept of the body of an error. *Default:* 64 KiB. (`:max-error-body`)
    pub max_error_body: Option<u64>,
    /// The most bytes that a body may have when decompressed. *Default:* no limit of its own.
    /// (`:max-decompressed-size`)
    pub max_decompressed_size: Option<u64>,
    /// How many times larger a body may become when decompressed, beyond 1 MiB. *Default:* 200.
    /// (`:max-decompression-ratio`)
    pub max_decompression_ratio: Option<u64>,

    /// The version of HTTP. *Default:* as negotiated. (`:protocol-version`)
    pub protocol_version: Option<HttpVersion>,
    /// Accepts any certificate: for tests only. *Default:* false. (`:insecure`)
    pub insecure: Option<bool>,
    /// Certificates that are trusted beside those of the system, in DER.
    pub trusted_certificates: Option<Vec<Bytes>>,
    /// Addresses of hosts, in place of a name lookup, as curl's `--resolve`.
    pub resolve: Option<Vec<(Arc<str>, SocketAddr)>>,
    /// Who looks up the hosts that [`resolve`](Request::resolve) does not name, in place of the
    /// system. (`:dns-resolver`)
    pub resolver: Option<Arc<dyn Resolver>>,
    /// Options of the socket: buffers, keep-alive, lingering. *Default:* those of
    /// [`SocketOptions`]. (`:io-config`)
    pub io_config: Option<Box<SocketOptions>>,
    /// The local address to connect from, in place of the one in `io_config`. (`:local-address`)
    pub local_address: Option<IpAddr>,
    /// The host of an HTTP proxy: http requests are sent to it, https goes through a tunnel that
    /// it opens. (`:proxy-host`)
    pub proxy_host: Option<String>,
    /// Its port. (`:proxy-port`)
    pub proxy_port: Option<u16>,
    /// A user name for it, sent unasked as Basic credentials. (`:proxy-user`)
    pub proxy_user: Option<String>,
    /// The password with that name. *Default:* an empty one. (`:proxy-pass`)
    pub proxy_pass: Option<Secret>,
    /// Hosts that are asked without it. *Default:* `localhost` and `127.0.0.1`.
    /// (`:proxy-ignore-hosts`)
    pub proxy_ignore_hosts: Option<Vec<String>>,
    /// Where connections come from, in place of the client's manager. (`:connection-manager`)
    pub connection_manager: Option<Arc<dyn ConnectionManager>>,

    /// Values for stages of your own, by type; they find them in `req.options`.
    pub extensions: Options,

    #[doc(hidden)] // forces the `..Default::default()`, so that a new field breaks nobody
    pub __more: (),
}

/// A kind of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Params {
    /// `query_params`
    Query,
    /// `form_params`
    Form,
}
