//! libcurl: by its easy interface, and by isahc.

use anyhow::Result;
use courser::Bytes;
use curl::easy::{Easy2, Handler, WriteError};
use isahc::config::Configurable as _;
use isahc::{HttpClient, ReadResponseExt as _};

use super::Peer;
use crate::workload::Item;

struct Collect(Vec<u8>);

impl Handler for Collect {
    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.0.extend_from_slice(data);
        Ok(data.len())
    }
}

/// One handle, used again.
pub(super) struct Curl(Easy2<Collect>);

impl Curl {
    pub(super) fn new() -> Result<Self> {
        let mut easy = Easy2::new(Collect(Vec::new()));
        easy.noproxy("*")?;
        easy.accept_encoding("gzip")?;
        Ok(Curl(easy))
    }

    fn perform(&mut self, url: &str) -> Result<Bytes> {
        self.0.url(url)?;
        self.0.perform()?;
        Ok(std::mem::take(&mut self.0.get_mut().0).into())
    }
}

impl Peer for Curl {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        self.perform(url)
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        self.0.post(true)?;
        self.0.post_fields_copy(body)?;
        self.perform(url)
    }
}

pub(super) struct Isahc(HttpClient);

impl Isahc {
    pub(super) fn new(cookies: bool) -> Result<Self> {
        let builder = HttpClient::builder().proxy(None);
        let builder = if cookies { builder.cookies() } else { builder };
        Ok(Isahc(builder.build()?))
    }
}

impl Peer for Isahc {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        Ok(self.0.get(url)?.bytes()?.into())
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        Ok(self.0.post(url, body.to_vec())?.bytes()?.into())
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(self.0.get(url)?.json()?)
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(self.0.get(url)?.json()?)
    }
}
