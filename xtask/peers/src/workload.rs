//! What is asked for, and of which server.

use std::io::{self, BufRead as _};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use courser::Bytes;
use serde::Deserialize;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    Small,
    JsonTyped,
    JsonValue,
    Gzip,
    Large,
    Upload,
    Tls,
    Hosts,
    Cookies,
    Fresh,
}

impl Workload {
    pub(crate) const ALL: [Workload; 10] = [
        Workload::Small,
        Workload::JsonTyped,
        Workload::JsonValue,
        Workload::Gzip,
        Workload::Large,
        Workload::Upload,
        Workload::Tls,
        Workload::Hosts,
        Workload::Cookies,
        Workload::Fresh,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Workload::Small => "100 bytes",
            Workload::JsonTyped => "10 KB JSON, typed",
            Workload::JsonValue => "10 KB JSON, untyped",
            Workload::Gzip => "10 KB gzip",
            Workload::Large => "1 MiB",
            Workload::Upload => "upload of 1 MiB",
            Workload::Tls => "100 bytes over TLS",
            Workload::Hosts => "16 hosts in turn",
            Workload::Cookies => "with a cookie",
            Workload::Fresh => "new client to first byte",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|workload| workload.name() == name)
    }
}

/// An element of the JSON document.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "what is read is thrown away")]
pub(crate) struct Item {
    id: u32,
    name: String,
    price: f64,
    active: bool,
    tags: Vec<String>,
    owner: Owner,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "what is read is thrown away")]
struct Owner {
    login: String,
    score: u32,
}

/// Where the server is, a process of its own that ends when its input does.
pub(crate) struct Site {
    child: Child,
    pub(crate) plain: String,
    pub(crate) tls: String,
    pub(crate) hosts: Vec<String>,
    /// Who signed the certificate, in DER.
    pub(crate) ca: Vec<u8>,
    pub(crate) upload: Bytes,
}

impl Site {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = io::BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut line = || -> Result<String> { Ok(lines.next().context("the server is gone")??) };
        let (plain, tls, ca) = (line()?, line()?, line()?);
        let ca = (0..ca.len() / 2).map(|at| u8::from_str_radix(&ca[2 * at..2 * at + 2], 16));
        Ok(Site {
            child,
            plain,
            tls,
            ca: ca.collect::<Result<_, _>>()?,
            hosts: line()?.split(' ').map(str::to_owned).collect(),
            upload: vec![b'x'; crate::server::LARGE].into(),
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
