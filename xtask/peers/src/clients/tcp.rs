//! The floor: a request written, an answer of known length read back, nothing looked at.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result};
use courser::Bytes;

use super::Peer;
use crate::workload::Site;

pub(super) struct Tcp {
    stream: TcpStream,
    authority: String,
    /// The request, and room for its answer, whose last bytes are the body.
    known: Option<(Vec<u8>, Vec<u8>, usize)>,
}

impl Tcp {
    pub(super) fn new(site: &Site) -> Result<Self> {
        let authority = site.plain.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&authority)?;
        stream.set_nodelay(true)?;
        Ok(Tcp {
            stream,
            authority,
            known: None,
        })
    }

    /// Learns how long the answer is.
    fn learn(&mut self, url: &str) -> Result<(Vec<u8>, Vec<u8>, usize)> {
        let path = url.rsplit('/').next().unwrap_or_default();
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.authority);
        self.stream.write_all(request.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let told = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        let length: usize = told.context("no content-length")?.parse()?;
        self.stream.read_exact(&mut vec![0; length])?;
        Ok((request.into_bytes(), vec![0; head.len() + length], length))
    }
}

impl Peer for Tcp {
    fn bytes(&mut self, url: &str) -> Result<Bytes> {
        let (request, mut answer, length) = match self.known.take() {
            Some(known) => known,
            None => self.learn(url)?,
        };
        self.stream.write_all(&request)?;
        self.stream.read_exact(&mut answer)?;
        self.known = Some((request, answer, length));
        // What it is, is not looked at: only its length counts.
        static ZEROS: [u8; crate::server::LARGE] = [0; crate::server::LARGE];
        Ok(Bytes::from_static(&ZEROS[..length]))
    }

    fn upload(&mut self, _: &str, _: &Bytes) -> Result<Bytes> {
        anyhow::bail!("the floor is measured by what it reads")
    }
}
