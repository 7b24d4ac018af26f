//! Courser, under both drivers and over both transports.

use std::sync::Arc;

use anyhow::Result;
use courser::middleware::Stack;
use courser::pool::{Connector, Reusable};
use courser::{Bytes, Client};

use super::{Peer, RUNTIME};
use crate::workload::{Item, Site};

fn builder(site: &Site) -> courser::ClientBuilder {
    let ca = Bytes::copy_from_slice(&site.ca);
    Client::builder().defaults(|defaults| defaults.trusted_certificates = Some(vec![ca]))
}

/// The transport with its pool, and no stage.
pub(crate) fn bare() -> Client {
    let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
    Client::new()
        .with_connection_manager(Arc::new(Reusable::unlimited(transport)))
        .with_stack(Stack::new())
}

/// `.send().await`
pub(super) struct Sending(Client);

impl Sending {
    pub(super) fn native(site: &Site) -> Result<Self> {
        Ok(Sending(builder(site).build()?))
    }

    pub(super) fn over_reqwest(site: &Site) -> Result<Self> {
        let transport = Arc::new(courser::reqwest::Reqwest::new());
        Ok(Sending(builder(site).transport(transport).build()?))
    }

    pub(super) fn bare() -> Self {
        Sending(bare())
    }
}

impl Peer for Sending {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        Ok(RUNTIME
            .block_on(self.0.get(url).send())?
            .body_bytes()?
            .clone())
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        let response = RUNTIME.block_on(self.0.post(url).body(body.clone()).send())?;
        Ok(response.body_bytes()?.clone())
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(RUNTIME.block_on(self.0.get(url).send())?.json()?)
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(RUNTIME.block_on(self.0.get(url).send())?.json()?)
    }
}

/// `.call()`
pub(super) struct Calling(Client);

impl Calling {
    pub(super) fn new(site: &Site) -> Result<Self> {
        Ok(Calling(builder(site).build()?))
    }
}

impl Peer for Calling {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        Ok(self.0.get(url).call()?.body_bytes()?.clone())
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        let response = self.0.post(url).body(body.clone()).call()?;
        Ok(response.body_bytes()?.clone())
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(self.0.get(url).call()?.json()?)
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(self.0.get(url).call()?.json()?)
    }
}
