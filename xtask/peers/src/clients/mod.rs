//! The clients. Each reads the whole answer, in the way that its users would.

mod courser;
mod hyper_util;
mod libcurl;
mod reqwest;
mod tcp;
mod ureq;

use std::sync::LazyLock;

use ::courser::Bytes;
use anyhow::{Result, bail, ensure};
use tokio::runtime::{Builder, Runtime};

use crate::server::{ITEMS, LARGE, SMALL};
use crate::workload::{Item, Site, Workload};

pub(crate) use courser::bare;
pub(crate) use reqwest::client as reqwest_client;

/// A client, on the calling thread or on the runtime.
pub(crate) trait Peer {
    /// GET, the body in memory, decompressed.
    fn bytes(&mut self, url: &str) -> Result<Bytes>;

    /// POST; what the server says.
    fn upload(&mut self, url: &str, body: &Bytes) -> Result<Bytes>;

    /// GET, the body as typed data. The default is for clients that know nothing of JSON.
    fn typed(&mut self, url: &str) -> Result<Vec<Item>> {
        Ok(serde_json::from_slice(&self.bytes(url)?)?)
    }

    /// GET, the body as data of any kind.
    fn value(&mut self, url: &str) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.bytes(url)?)?)
    }
}

/// In the order of the tables.
pub(crate) const NAMES: [&str; 12] = [
    "courser send()",
    "courser call()",
    "courser over reqwest",
    BARE,
    REFERENCE,
    "reqwest::blocking",
    "reqwest-middleware",
    "ureq",
    "hyper-util",
    "isahc",
    "curl",
    FLOOR,
];

/// Courser's transport with its pool, and no stage.
pub(crate) const BARE: &str = "courser, no stages";
/// Ratios are to this one.
pub(crate) const REFERENCE: &str = "reqwest";
/// No client: what none can be below.
pub(crate) const FLOOR: &str = "raw TCP";

/// Those that one would use.
pub(crate) fn clients() -> impl Iterator<Item = &'static str> {
    let all = NAMES.into_iter();
    all.filter(|name| ![BARE, FLOOR].contains(name))
}

/// A client by its name, as the workload wants it; `None` where it cannot do that.
fn make(name: &str, site: &Site, workload: Workload) -> Result<Option<Box<dyn Peer>>> {
    let tls = workload == Workload::Tls;
    let cookies = workload == Workload::Cookies;
    Ok(Some(match name {
        "courser send()" => Box::new(courser::Sending::native(site)?),
        "courser call()" => Box::new(courser::Calling::new(site)?),
        "courser over reqwest" => Box::new(courser::Sending::over_reqwest(site)?),
        BARE => match workload {
            Workload::Small => Box::new(courser::Sending::bare()),
            _ => return Ok(None),
        },
        REFERENCE => Box::new(reqwest::Reqwest::new(site, cookies)?),
        "reqwest::blocking" => Box::new(reqwest::Blocking::new(site, cookies)?),
        "reqwest-middleware" => Box::new(reqwest::Middleware::new(site, cookies)?),
        "ureq" => Box::new(ureq::Ureq::new(site)),
        // These are built without TLS, hyper-util and curl keep no cookies of themselves.
        _ if tls => return Ok(None),
        "isahc" => Box::new(libcurl::Isahc::new(cookies)?),
        _ if cookies => return Ok(None),
        "hyper-util" => Box::new(hyper_util::HyperUtil::new()),
        "curl" => Box::new(libcurl::Curl::new()?),
        FLOOR => match workload {
            Workload::Small | Workload::Large => Box::new(tcp::Tcp::new(site)?),
            _ => return Ok(None),
        },
        other => bail!("there is no client {other}"),
    }))
}

/// One request of a workload, over and over.
pub(crate) type Request<'a> = Box<dyn FnMut() -> Result<()> + 'a>;

/// The workload on a client; `None` where it cannot do that.
pub(crate) fn request<'a>(
    name: &'static str,
    site: &'a Site,
    workload: Workload,
) -> Result<Option<Request<'a>>> {
    let Some(mut peer) = make(name, site, workload)? else {
        return Ok(None);
    };
    let at = |path: &str| format!("{}{path}", site.plain);
    let got = |body: &[u8], size: usize| {
        ensure!(
            body.len() == size,
            "{} bytes in place of {size}",
            body.len()
        );
        Ok(())
    };
    let of = |count: usize| {
        ensure!(
            count == ITEMS as usize,
            "{count} elements in place of {ITEMS}"
        );
        Ok(())
    };
    let small = SMALL.len();
    Ok(Some(match workload {
        Workload::Small => {
            let url = at("/small");
            Box::new(move || got(&peer.bytes(&url)?, small))
        }
        Workload::Cookies => {
            peer.bytes(&at("/login"))?;
            let url = at("/small");
            Box::new(move || got(&peer.bytes(&url)?, small))
        }
        Workload::JsonTyped => {
            let url = at("/json");
            Box::new(move || of(peer.typed(&url)?.len()))
        }
        Workload::JsonValue => {
            let url = at("/json");
            Box::new(move || of(peer.value(&url)?.as_array().map_or(0, Vec::len)))
        }
        Workload::Gzip => {
            let (url, size) = (at("/gzip"), crate::server::document().len());
            Box::new(move || got(&peer.bytes(&url)?, size))
        }
        Workload::Large => {
            let url = at("/large");
            Box::new(move || got(&peer.bytes(&url)?, LARGE))
        }
        Workload::Upload => {
            let (url, told) = (at("/count"), LARGE.to_string());
            Box::new(move || {
                ensure!(
                    peer.upload(&url, &site.upload)? == told,
                    "a body came incomplete"
                );
                Ok(())
            })
        }
        Workload::Tls => {
            let url = format!("{}/small", site.tls);
            Box::new(move || got(&peer.bytes(&url)?, small))
        }
        Workload::Hosts => {
            let urls: Vec<String> = site
                .hosts
                .iter()
                .map(|host| format!("{host}/small"))
                .collect();
            let mut next = 0;
            Box::new(move || {
                next = (next + 1) % urls.len();
                got(&peer.bytes(&urls[next])?, small)
            })
        }
        Workload::Fresh => {
            let url = at("/small");
            Box::new(move || match make(name, site, workload)? {
                Some(mut peer) => got(&peer.bytes(&url)?, small),
                None => Ok(()),
            })
        }
    }))
}

/// The runtime of the clients that want one. It is there before they are: a new client is no new
/// runtime.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime on the calling thread")
});
