//! hyper-util's client, which leaves decompression and formats to others.

use std::io::Read as _;

use anyhow::Result;
use courser::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{Peer, RUNTIME};

pub(super) struct HyperUtil(Client<HttpConnector, Full<Bytes>>);

impl HyperUtil {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        HyperUtil(client)
    }

    fn send(&self, request: Request<Full<Bytes>>) -> Result<Bytes> {
        RUNTIME.block_on(async {
            let response = self.0.request(request).await?;
            let gzip = response
                .headers()
                .get(CONTENT_ENCODING)
                .is_some_and(|v| v == "gzip");
            let body = response.into_body().collect().await?.to_bytes();
            if !gzip {
                return Ok(body);
            }
            let mut plain = Vec::with_capacity(4 * body.len());
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            Ok(plain.into())
        })
    }
}

impl Peer for HyperUtil {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        let request = Request::get(url).header(ACCEPT_ENCODING, "gzip");
        self.send(request.body(Full::default())?)
    }

    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes> {
        self.send(Request::post(url).body(Full::new(body.clone()))?)
    }
}
