//! reqwest: alone, blocking, and with the middleware that its users put around it.

use anyhow::Result;
use courser::Bytes;
use http_cache_reqwest::{Cache, CacheMode, HttpCache, HttpCacheOptions, MokaManager};
use reqwest::{Certificate, Client};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use reqwest_tracing::TracingMiddleware;

use super::{Peer, RUNTIME};
use crate::workload::{Item, Site};

pub(crate) fn client(site: &Site, cookies: bool) -> Result<Client> {
    let builder = Client::builder().no_proxy().cookie_store(cookies);
    let builder = builder.tls_certs_only([Certificate::from_der(&site.ca)?]);
    Ok(builder.build()?)
}

pub(super) struct Reqwest(Client);

impl Reqwest {
    pub(super) fn new(site: &Site, cookies: bool) -> Result<Self> {
        Ok(Reqwest(client(site, cookies)?))
    }
}

impl Peer for Reqwest {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.bytes().await?)
        })
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        RUNTIME.block_on(async {
            let response = self.0.post(url).body(body.clone()).send().await?;
            Ok(response.error_for_status()?.bytes().await?)
        })
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.json().await?)
        })
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.json().await?)
        })
    }
}

pub(super) struct Blocking(reqwest::blocking::Client);

impl Blocking {
    pub(super) fn new(site: &Site, cookies: bool) -> Result<Self> {
        let builder = reqwest::blocking::Client::builder()
            .no_proxy()
            .cookie_store(cookies);
        let builder = builder.tls_certs_only([Certificate::from_der(&site.ca)?]);
        Ok(Blocking(builder.build()?))
    }

    fn get(&self, url: &str) -> Result<reqwest::blocking::Response> {
        Ok(self.0.get(url).send()?.error_for_status()?)
    }
}

impl Peer for Blocking {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        Ok(self.get(url)?.bytes()?)
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        let response = self.0.post(url).body(body.clone()).send()?;
        Ok(response.error_for_status()?.bytes()?)
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(self.get(url)?.json()?)
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(self.get(url)?.json()?)
    }
}

/// Tracing (nobody listens), retries, and a cache in memory, which the answers here do not go into.
pub(super) struct Middleware(ClientWithMiddleware);

impl Middleware {
    pub(super) fn new(site: &Site, cookies: bool) -> Result<Self> {
        let retries = ExponentialBackoff::builder().build_with_max_retries(3);
        let cache = HttpCache {
            mode: CacheMode::Default,
            manager: MokaManager::default(),
            options: HttpCacheOptions::default(),
        };
        let client = ClientBuilder::new(client(site, cookies)?)
            .with(TracingMiddleware::default())
            .with(RetryTransientMiddleware::new_with_policy(retries))
            .with(Cache(cache))
            .build();
        Ok(Middleware(client))
    }
}

impl Peer for Middleware {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.bytes().await?)
        })
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        RUNTIME.block_on(async {
            let response = self.0.post(url).body(body.clone()).send().await?;
            Ok(response.error_for_status()?.bytes().await?)
        })
    }

    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.json().await?)
        })
    }

    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        RUNTIME.block_on(async {
            let response = self.0.get(url).send().await?.error_for_status()?;
            Ok(response.json().await?)
        })
    }
}
