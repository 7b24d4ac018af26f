//! Where connections come from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use courser_coerce::Value;
use courser_core::ConnectionManager;

use super::super::middleware::stack;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, put, text};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "connection-manager",
        "what names a connection manager",
        "a connection for each request",
        "where connections come from",
        |d, v, env| {
            let manager = env.thing::<Arc<dyn ConnectionManager>>(v, "conn-manager");
            put(&mut d.request.connection_manager, manager)
        },
    ),
    Entry::new(
        "dns-resolver",
        "a map of hosts to addresses",
        "the system's",
        "addresses of hosts, as curl's --resolve; in Rust the field `resolve`",
        |d, v, _| put(&mut d.request.resolve, addresses(v)),
    ),
    Entry::new(
        "local-address",
        "an address as a string",
        "the system's choice",
        "the address to connect from",
        |d, v, _| put(&mut d.request.local_address, address(v)),
    ),
    super::io_config::ROW,
    Entry::new(
        "middleware",
        "a sequence of clj-http's names, such as [wrap-method wrap-url]",
        "the default stack",
        "the stages of this request, in place of the client's; in Rust `Client::with_middleware`",
        |d, v, _| put(&mut d.sending.middleware, middleware(v)),
    ),
];

/// The names, known to be those of stages.
fn middleware(value: &Value) -> Outcome<Vec<String>> {
    let names = value.as_slice().ok_or(Unfit::Type)?.iter();
    let names: Option<Vec<&str>> = names.map(Value::as_name).collect();
    let names = names.ok_or(Unfit::Type)?;
    stack(names.iter().copied())?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn address(value: &Value) -> Outcome<IpAddr> {
    let written = text(value)?;
    let bare = written.trim_start_matches('[').trim_end_matches(']');
    bare.parse().map_err(|_| {
        Unfit::Because(format!(
            "has \"{}\", which is no IP address",
            courser_core::excerpt(&written, 60)
        ))
    })
}

/// Each port is that of the URL.
fn addresses(value: &Value) -> Outcome<Vec<(Arc<str>, SocketAddr)>> {
    let map = match value {
        Value::Tagged(tagged) if tagged.tag().as_str() == "dns" => tagged.value(),
        plain => plain,
    };
    let mut resolve = Vec::new();
    for (host, to) in map.as_map().ok_or(Unfit::Type)? {
        let host = host.as_name().ok_or(Unfit::Type)?;
        for to in to.as_slice().unwrap_or(std::slice::from_ref(to)) {
            resolve.push((Arc::from(host), SocketAddr::new(address(to)?, 0)));
        }
    }
    Ok(resolve)
}
