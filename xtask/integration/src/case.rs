//! A case, and what it runs on.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result};
use courser::pool::{ConnectionManager, Connector, Reusable};
use courser::{Bytes, Client, RequestBuilder, Response};

use crate::process::Server;

/// Something that a server and the client do together.
#[derive(Debug)]
pub(crate) struct Case {
    /// The server, and what it is about.
    pub name: &'static str,
    /// Does it; an error says what was wrong.
    pub run: fn(&Setup<'_>) -> Result<()>,
}

/// A transport, a driver, and the servers.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    /// `reqwest send()`
    pub name: String,
    /// Trusts the certificates of the servers.
    pub client: Client,
    transport: Arc<dyn Connector>,
    /// None on the calling thread.
    runtime: Option<tokio::runtime::Runtime>,
    /// The servers.
    pub nginx: &'a Server,
    pub apache: &'a Server,
    pub httpbin: &'a Server,
}

impl<'a> Setup<'a> {
    /// Every transport with every driver.
    pub(crate) fn all(root: &[u8], servers: [&'a Server; 3]) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (transport, connector) in transports() {
            for driver in ["send()", "call()"] {
                let runtime = (driver == "send()").then(|| {
                    tokio::runtime::Builder::new_multi_thread()
                        .worker_threads(1)
                        .enable_all()
                        .build()
                });
                let root = Bytes::copy_from_slice(root);
                let client = Client::builder()
                    .transport(connector.clone())
                    .defaults(|request| request.trusted_certificates = Some(vec![root]))
                    .build()?;
                let [nginx, apache, httpbin] = servers;
                all.push(Self {
                    name: format!("{transport} {driver}"),
                    client,
                    transport: connector.clone(),
                    runtime: runtime.transpose().context("starting a runtime")?,
                    nginx,
                    apache,
                    httpbin,
                });
            }
        }
        Ok(all)
    }

    /// Whether it is `send()`.
    pub(crate) fn is_async(&self) -> bool {
        self.runtime.is_some()
    }

    /// Sends a request, by whichever driver.
    pub(crate) fn send(&self, request: RequestBuilder) -> courser::Result<Response> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(request.send()),
            None => request.call(),
        }
    }

    /// A connection manager that nobody else uses.
    pub(crate) fn fresh_manager(&self) -> Arc<dyn ConnectionManager> {
        Arc::new(Reusable::unlimited(self.transport.clone()))
    }

    /// A GET to a server.
    pub(crate) fn get(&self, server: &Server, path: &str) -> RequestBuilder {
        self.client.get(http(server, path))
    }

    /// Runs what only the runtime can.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        Some(self.runtime.as_ref()?.block_on(future))
    }
}

/// The plain URL of a path.
pub(crate) fn http(server: &Server, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", server.http)
}

/// The URL of a path over TLS.
pub(crate) fn https(server: &Server, path: &str) -> String {
    format!("https://localhost:{}{path}", server.https)
}

fn transports() -> Vec<(&'static str, Arc<dyn Connector>)> {
    vec![
        ("native", Arc::new(courser::native::Native::new())),
        ("reqwest", Arc::new(courser::reqwest::Reqwest::new())),
    ]
}
