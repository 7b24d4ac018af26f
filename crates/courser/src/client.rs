//! Clients.

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use courser_core::rt::Runtime;
use courser_core::{
    BoxFuture, Call, ConnectionManager, Connector, CookieStore, Error, ErrorKind, Hook, Method,
    Middleware, Phase, Result, Service, Stack, Stage,
};
use courser_middleware::trace;
use courser_pool::{PerRequest, Reusable};

use crate::builder::RequestBuilder;
use crate::data::with_entire_message;
use crate::handle::OnCancel;
use crate::memory::Memory;
use crate::request::{lower, spare};
use crate::response::Response;
use crate::{Request, default_stack, driver};

/// A client: a stack of stages over a connection manager, and defaults for its requests.
///
/// Cheap to clone; clones share everything. Make one and keep it: its connections are used
/// again.
///
/// ```no_run
/// # #[cfg(feature = "json")]
/// # async fn f() -> courser::Result<()> {
/// use courser::Client;
///
/// let client = Client::builder().base_url("https://api.example").bearer("token").build()?;
/// let user: serde_json::Value = client.get("/users/7").send().await?.json()?;
/// // The same client without async, also inside of a runtime:
/// let text = client.get("/health").call()?.text()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// `None` when there are none: the usual case needs no merging.
    defaults: Option<Request>,
    service: Service,
    memory: Memory,
    blocking: OnceLock<Arc<dyn Runtime>>,
}

impl Client {
    /// A client that keeps connections: as many as are needed, each for 90 s of rest. It keeps
    /// cookies too.
    #[must_use]
    pub fn new() -> Self {
        let manager = Arc::new(Reusable::unlimited(driver::transport()));
        Client::of(None, default_stack(), manager, Memory::kept())
    }

    /// A client that makes a connection for each request, as the free functions do, and forgets the
    /// cookies with the call.
    #[must_use]
    pub fn per_request() -> Self {
        let manager = Arc::new(PerRequest::new(driver::transport()));
        Client::of(None, default_stack(), manager, Memory::OfCall)
    }

    /// A client to be configured.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    fn of(
        defaults: Option<Request>,
        stack: Stack,
        manager: Arc<dyn ConnectionManager>,
        memory: Memory,
    ) -> Self {
        let service = stack.service(manager);
        Client(Arc::new(Inner {
            defaults,
            service,
            memory,
            blocking: OnceLock::new(),
        }))
    }

    /// The stages, outermost first.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        self.0.service.stack()
    }

    /// Where its connections come from: for statistics and shutdown.
    #[must_use]
    pub fn connection_manager(&self) -> &Arc<dyn ConnectionManager> {
        self.0.service.manager()
    }

    #[cfg(feature = "tower")]
    pub(crate) fn defaults(&self) -> Option<&Request> {
        self.0.defaults.as_ref()
    }

    /// A client with other stages, and the same defaults and connections.
    #[must_use]
    pub fn with_stack(&self, stack: Stack) -> Self {
        Client::of(
            self.0.defaults.clone(),
            stack,
            self.connection_manager().clone(),
            self.0.memory.clone(),
        )
    }

    /// A client with another connection manager, and the same defaults and stages.
    #[must_use]
    pub fn with_connection_manager(&self, manager: Arc<dyn ConnectionManager>) -> Self {
        let Inner {
            defaults, memory, ..
        } = &*self.0;
        let stack = self.stack().clone();
        Client::of(defaults.clone(), stack, manager, memory.clone())
    }

    /// A client that keeps its cookies in that store, with the same defaults, stages and
    /// connections: clj-http's `*cookie-store*`. A request's own
    /// [`cookie_store`](Request::cookie_store) comes before it.
    #[must_use]
    pub fn with_cookie_store(&self, store: Arc<dyn CookieStore>) -> Self {
        Client::of(
            self.0.defaults.clone(),
            self.stack().clone(),
            self.connection_manager().clone(),
            Memory::Kept(store),
        )
    }

    /// A request with any method. The URL may be a `&str`, `String`, [`Url`](crate::Url) or
    /// `http::Uri`.
    #[allow(clippy::needless_pass_by_value)] // `String` and `&str` are given alike
    pub fn request(&self, method: Method, url: impl ToString) -> RequestBuilder {
        // Filled where it stays: it is large.
        let mut request = spare::take();
        request.method = method;
        request.url = url.to_string();
        RequestBuilder::new(self.clone(), request)
    }

    /// GET.
    pub fn get(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// HEAD.
    pub fn head(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// POST.
    pub fn post(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// PUT.
    pub fn put(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// DELETE.
    pub fn delete(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// PATCH.
    pub fn patch(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// OPTIONS.
    pub fn options(&self, url: impl ToString) -> RequestBuilder {
        self.request(Method::OPTIONS, url)
    }

    /// COPY (`WebDAV`, RFC 4918).
    pub fn copy(&self, url: impl ToString) -> RequestBuilder {
        self.request(extension_method("COPY"), url)
    }

    /// MOVE (`WebDAV`, RFC 4918).
    pub fn move_(&self, url: impl ToString) -> RequestBuilder {
        self.request(extension_method("MOVE"), url)
    }

    /// Sends a request on the tokio runtime that we are in.
    ///
    /// # Errors
    /// See [`ErrorKind`]. Outside of a tokio runtime, an error that names [`call`](Client::call).
    pub async fn send(&self, request: impl Into<Request>) -> Result<Response> {
        self.send_boxed(Box::new(request.into())).await
    }

    /// Sends a request and waits for its response on the calling thread, which may be one of an
    /// async runtime (which it then blocks).
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub fn call(&self, request: impl Into<Request>) -> Result<Response> {
        self.call_boxed(Box::new(request.into()))
    }

    /// Like [`send`](Client::send), but an unknown host is no error: there is no response then
    /// (`:ignore-unknown-host`).
    pub async fn send_opt(&self, request: impl Into<Request>) -> Result<Option<Response>> {
        self.send_opt_boxed(Box::new(request.into())).await
    }

    /// Like [`call`](Client::call), but an unknown host is no error: there is no response then
    /// (`:ignore-unknown-host`).
    pub fn call_opt(&self, request: impl Into<Request>) -> Result<Option<Response>> {
        self.call_opt_boxed(Box::new(request.into()))
    }

    pub(crate) async fn send_boxed(&self, request: Box<Request>) -> Result<Response> {
        self.refuse_opt(&request)?;
        self.run(Call::new(driver::tokio()?), request)?
            .await
            .map(Response::from)
    }

    pub(crate) fn call_boxed(&self, request: Box<Request>) -> Result<Response> {
        self.refuse_opt(&request)?;
        driver::block_on(self.run_alone(request)?).map(Response::from)
    }

    pub(crate) async fn send_opt_boxed(&self, request: Box<Request>) -> Result<Option<Response>> {
        optional(self.run(Call::new(driver::tokio()?), request)?.await)
    }

    pub(crate) fn call_opt_boxed(&self, request: Box<Request>) -> Result<Option<Response>> {
        optional(driver::block_on(self.run_alone(request)?))
    }

    /// As [`run`](Client::run), for a future that is all its thread does.
    fn run_alone(
        &self,
        request: Box<Request>,
    ) -> Result<BoxFuture<'static, Result<courser_core::Response>>> {
        self.run(Call::new(self.blocking()?).alone(), request)
    }

    /// The option promises what `send` and `call` cannot give.
    pub(crate) fn refuse_opt(&self, request: &Request) -> Result<()> {
        let default = self
            .0
            .defaults
            .as_ref()
            .and_then(|defaults| defaults.ignore_unknown_host);
        if request.ignore_unknown_host.or(default) != Some(true) {
            return Ok(());
        }
        Err(
            Error::invalid(":ignore-unknown-host needs a result that can be without a response")
                .help("use send_opt() or call_opt()"),
        )
    }

    pub(crate) fn blocking(&self) -> Result<Arc<dyn Runtime>> {
        if let Some(rt) = self.0.blocking.get() {
            return Ok(rt.clone());
        }
        let rt = driver::blocking()?;
        Ok(self.0.blocking.get_or_init(|| rt).clone())
    }

    /// Makes the request ready, at once, and the future that does the rest.
    pub(crate) fn run(
        &self,
        mut call: Call,
        request: Box<Request>,
    ) -> Result<BoxFuture<'static, Result<courser_core::Response>>> {
        let request = match &self.0.defaults {
            Some(defaults) => Box::new(request.over(defaults)),
            None => request,
        };
        let entire_message = request.throw_entire_message == Some(true);
        if request.cookie_store.is_none()
            && let Some(store) = self.0.memory.store()
        {
            call = call.with_cookie_store(store);
        }
        let req = lower(request, call)?;
        if req.call.is_bounded() || entire_message || trace::is_on() {
            return Ok(self.run_watched(req, entire_message));
        }
        Ok(self.0.service.call(req))
    }

    /// Runs a call that can be ended from outside, that somebody follows, or whose error is to have
    /// the whole response in its message.
    #[inline(never)]
    fn run_watched(
        &self,
        req: courser_core::Request,
        entire_message: bool,
    ) -> BoxFuture<'static, Result<courser_core::Response>> {
        let span = trace::call(&req);
        if !req.call.is_bounded() && !entire_message {
            return trace::within(span, || self.0.service.call(req));
        }
        let (method, url, call) = (req.method.clone(), req.url.clone(), req.call.clone());
        let on_cancel = req.options.get_arc::<OnCancel>();
        let service = self.0.service.clone();
        trace::within(span, || {
            Box::pin(async move {
                // Nothing is done for a call that is cancelled already, nor before its task runs.
                let done = async { service.call(req).await };
                // Stages and transports wait through the call; this is for middleware that does
                // not.
                let result = match call.wait(Phase::Other, None, done).await {
                    Ok(result) => result,
                    Err(error) => Err(error.during(&method, &url)),
                };
                if let (Err(error), Some(on_cancel)) = (&result, on_cancel)
                    && error.kind() == ErrorKind::Cancelled
                {
                    on_cancel.run();
                }
                match result {
                    Err(error) if entire_message => Err(with_entire_message(error)),
                    result => result,
                }
            })
        })
    }
}

fn optional(result: Result<courser_core::Response>) -> Result<Option<Response>> {
    match result {
        Ok(response) => Ok(Some(response.into())),
        Err(error) if error.kind() == ErrorKind::Dns => Ok(None),
        Err(error) => Err(error),
    }
}

fn extension_method(name: &str) -> Method {
    // The names of this file are valid tokens.
    Method::from_bytes(name.as_bytes()).unwrap_or_default()
}

impl Default for Client {
    fn default() -> Self {
        Client::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("stack", self.stack())
            .field("connection_manager", self.connection_manager())
            .finish_non_exhaustive()
    }
}

/// The client of the free functions.
pub(crate) fn shared() -> &'static Client {
    static SHARED: LazyLock<Client> = LazyLock::new(Client::per_request);
    &SHARED
}

/// Configures a [`Client`].
///
/// What concerns requests are the defaults, a [`Request`] that is laid under each: the setters
/// here are the most common of its fields, [`defaults`](ClientBuilder::defaults) sets any.
#[derive(Debug, Default)]
pub struct ClientBuilder {
    defaults: Option<Request>,
    stack: Option<Stack>,
    transport: Option<Arc<dyn Connector>>,
    manager: Option<Arc<dyn ConnectionManager>>,
    cookies: Option<Arc<dyn CookieStore>>,
    error: Option<Error>,
}

impl ClientBuilder {
    /// Changes the defaults.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let client = courser::Client::builder()
    ///     .defaults(|request| request.socket_timeout = Some(Duration::from_secs(5)))
    ///     .build()?;
    /// # Ok::<(), courser::Error>(())
    /// ```
    pub fn defaults(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(self.defaults.get_or_insert_default());
        self
    }

    /// What URLs without scheme are appended to.
    #[allow(clippy::needless_pass_by_value)] // `String` and `&str` are given alike
    pub fn base_url(self, url: impl ToString) -> Self {
        self.defaults(|request| request.base_url = Some(url.to_string()))
    }

    /// A header field of each request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let headers = &mut self.defaults.get_or_insert_default().headers;
        let result = headers.append(name, value);
        self.note(result);
        self
    }

    /// The name of the client.
    pub fn user_agent(self, name: impl Into<String>) -> Self {
        self.defaults(|request| request.user_agent = Some(name.into()))
    }

    /// Basic credentials for each request.
    pub fn basic_auth(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.defaults(|request| request.basic_auth = Some((user.into(), password.into().into())))
    }

    /// A bearer token for each request.
    pub fn bearer(self, token: impl Into<String>) -> Self {
        self.defaults(|request| request.oauth_token = Some(token.into().into()))
    }

    /// How long an exchange may take, body included.
    pub fn timeout(self, timeout: std::time::Duration) -> Self {
        self.defaults(|request| request.timeout = Some(timeout))
    }

    /// A middleware around all stages that are there.
    pub fn middleware(self, middleware: impl Middleware + 'static) -> Self {
        self.stack(|stack| {
            stack.push_outermost(Stage::middleware(middleware));
            Ok(())
        })
    }

    /// A hook around all stages that are there.
    pub fn hook(self, hook: impl Hook + 'static) -> Self {
        self.stack(|stack| {
            stack.push_outermost(Stage::hook(hook));
            Ok(())
        })
    }

    /// Edits the list of stages: leaves out, replaces, puts between. Begins with
    /// [`default_stack`].
    ///
    /// ```
    /// let client = courser::Client::builder()
    ///     .stack(|stack| stack.remove("status").map(drop))
    ///     .build()?;
    /// assert!(!client.stack().names().any(|name| name == "status"));
    /// # Ok::<(), courser::Error>(())
    /// ```
    pub fn stack(mut self, edit: impl FnOnce(&mut Stack) -> Result<()>) -> Self {
        let result = edit(self.stack.get_or_insert_with(default_stack));
        self.note(result);
        self
    }

    /// The transport under the connection manager. *Default:* that of the build.
    pub fn transport(mut self, transport: Arc<dyn Connector>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The connection manager. *Default:* as in [`Client::new`]. It has a transport of its own.
    pub fn connection_manager(mut self, manager: Arc<dyn ConnectionManager>) -> Self {
        self.manager = Some(manager);
        self
    }

    /// Where cookies are kept. *Default:* in a memory of the client's own. For none, say
    /// [`Policy::None`](crate::cookies::Policy::None) by the defaults' `cookie_policy`.
    pub fn cookie_store(mut self, store: Arc<dyn CookieStore>) -> Self {
        self.cookies = Some(store);
        self
    }

    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// The client.
    ///
    /// # Errors
    /// The first thing that was wrong: a malformed header, a stage that is not there, a transport
    /// beside a connection manager.
    pub fn build(self) -> Result<Client> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let manager = match (self.manager, self.transport) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid(
                    "a client was given a connection manager and a transport",
                )
                .help("a manager has a transport of its own: give that one to the manager"));
            }
            (Some(manager), None) => manager,
            (None, transport) => Arc::new(Reusable::unlimited(
                transport.unwrap_or_else(driver::transport),
            )),
        };
        Ok(Client::of(
            self.defaults,
            self.stack.unwrap_or_else(default_stack),
            manager,
            self.cookies.map_or_else(Memory::kept, Memory::Kept),
        ))
    }
}
