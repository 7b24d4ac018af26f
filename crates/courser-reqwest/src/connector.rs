//! The transport, as a connection manager sees it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use courser_core::rt::DriverId;
use courser_core::{
    BoxFuture, Call, Capabilities, Conn, Connect, Connector, Error, ErrorKind, Result,
};

use crate::background::Background;
use crate::build::reject_what_is_fixed;
use crate::clients::Clients;
use crate::conn::ReqwestConn;

/// The transport over reqwest.
///
/// One value of it serves any number of hosts and both drivers. It keeps a few
/// [`reqwest::Client`]s, one for each set of connection settings in use, because a client fixes
/// those; connections of different settings are never shared.
///
/// Dropping it lets exchanges under way come to their end.
///
/// ```
/// use courser_core::Connector;
///
/// let transport = courser_reqwest::Reqwest::new();
/// assert!(!transport.capabilities().exact_target);
/// ```
#[derive(Default)]
pub struct Reqwest {
    source: Source,
    background: Mutex<Option<Arc<Background>>>,
}

enum Source {
    Own(Clients),
    Given(reqwest::Client),
}

impl Default for Source {
    fn default() -> Self {
        Source::Own(Clients::default())
    }
}

impl Reqwest {
    /// A transport that makes its clients by itself, as requests ask for them.
    #[must_use]
    pub fn new() -> Self {
        Reqwest::default()
    }

    /// A transport that sends everything by `client`.
    ///
    /// What the client was built with stays: its proxies, TLS, resolver, versions and connect
    /// timeout. A request that asks for others of these fails with
    /// [`Unsupported`](courser_core::ErrorKind::Unsupported), naming the option. Switch off what
    /// Courser does itself, or it is done twice:
    ///
    /// ```no_run
    /// let client = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .retry(reqwest::retry::never())
    ///     .referer(false)
    ///     .build()?;
    /// let transport = courser_reqwest::Reqwest::from_client(client);
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    ///
    /// A reqwest client's connections live on the runtime that opened them: give it to one
    /// runtime, or to blocking calls, not to both.
    #[must_use]
    pub fn from_client(client: reqwest::Client) -> Self {
        Reqwest {
            source: Source::Given(client),
            background: Mutex::default(),
        }
    }

    fn conn(&self, to: &Connect, call: &Call) -> Result<ReqwestConn> {
        let driver = call.rt().driver();
        let settings = &to.settings;
        let (client, timeout) = match &self.source {
            Source::Own(clients) => (clients.get(to, driver)?, settings.connect_timeout),
            Source::Given(client) => {
                reject_what_is_fixed(settings)?;
                (client.clone(), None)
            }
        };
        let background = match driver {
            DriverId::BLOCKING => Some(self.background()?),
            _ => None,
        };
        Ok(ReqwestConn::new(
            client,
            background,
            settings.version,
            timeout,
            to.proxy().is_some(),
        ))
    }

    fn background(&self) -> Result<Arc<Background>> {
        let mut slot = self
            .background
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(background) = &*slot {
            return Ok(background.clone());
        }
        let background = Background::start().map_err(|source| {
            Error::new(ErrorKind::Io, "the thread of the transport did not start").because(source)
        })?;
        Ok(slot.insert(Arc::new(background)).clone())
    }
}

impl Connector for Reqwest {
    fn connect<'a>(
        &'a self,
        to: &'a Connect,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<Box<dyn Conn>>> {
        Box::pin(async {
            let conn: Box<dyn Conn> = Box::new(self.conn(to, call)?);
            Ok(conn)
        })
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.http2 = cfg!(feature = "http2");
        capabilities
    }

    fn close_idle(&self) {
        if let Source::Own(clients) = &self.source {
            clients.clear();
        }
    }
}

impl fmt::Debug for Reqwest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.source {
            Source::Own(_) => "Reqwest",
            Source::Given(_) => "Reqwest(a given client)",
        })
    }
}
