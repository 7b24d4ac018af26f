//! ureq.

use anyhow::Result;
use courser::Bytes;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Peer;
use crate::workload::{Item, Site};

pub(super) struct Ureq(Agent);

impl Ureq {
    pub(super) fn new(site: &Site) -> Self {
        let ca = Certificate::from_der(&site.ca).to_owned();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[ca]))
            .build();
        let config = Agent::config_builder()
            .proxy(None)
            .tls_config(tls)
            .max_idle_connections(64)
            .build();
        Ureq(config.new_agent())
    }
}

impl Peer for Ureq {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        Ok(self.0.get(url).call()?.body_mut().read_to_vec()?.into())
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        let mut response = self.0.post(url).send(&body[..])?;
        Ok(response.body_mut().read_to_vec()?.into())
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(self.0.get(url).call()?.body_mut().read_json()?)
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(self.0.get(url).call()?.body_mut().read_json()?)
    }
}
