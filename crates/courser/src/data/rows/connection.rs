//! Where connections come from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use courser_coerce::Value;
use courser_core::{ConnectionManager, SocketOptions};

use super::super::middleware::stack;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, count, flag, put, text, time, unknown_word};
use crate::Request;

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
        "addresses of hosts, as curl's --resolve; in Rust the fields `resolve` and `resolver`",
        |d, v, _| put(&mut d.request.resolve, addresses(v)),
    ),
    Entry::new(
        "local-address",
        "an address as a string",
        "the system's choice",
        "the address to connect from",
        |d, v, _| put(&mut d.request.local_address, address(v)),
    ),
    Entry::new(
        "io-config",
        "a map: :rcv-buf-size, :snd-buf-size, :so-keep-alive, :so-linger, :tcp-no-delay",
        "the system's choices",
        "options of sockets; what else clj-http has there has no meaning here",
        |d, v, _| io_config(&mut d.request, v),
    ),
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

/// clj-http's names, with or without a question mark.
fn io_config(request: &mut Request, value: &Value) -> Outcome {
    let mut socket = SocketOptions::default();
    for (key, value) in value.as_map().ok_or(Unfit::Type)? {
        let name = key.as_name().ok_or(Unfit::Type)?;
        let bytes = || usize::try_from(count(value)?).map_err(|_| Unfit::Type);
        match name.trim_end_matches('?') {
            "rcv-buf-size" => socket.receive_buffer = Some(bytes()?).filter(|n| *n > 0),
            "snd-buf-size" => socket.send_buffer = Some(bytes()?).filter(|n| *n > 0),
            "so-keep-alive" => socket.keep_alive = flag(value)?,
            "tcp-no-delay" => socket.no_delay = flag(value)?,
            // Seconds, as Java has it; a negative number is the system's way.
            "so-linger" => {
                let seconds = value.as_i64().ok_or(Unfit::Type)?;
                socket.linger = u64::try_from(seconds).ok().map(Duration::from_secs);
            }
            "so-timeout" if request.socket_timeout.is_none() => {
                request.socket_timeout = Some(time(value)?);
            }
            "connect-timeout" if request.connection_timeout.is_none() => {
                request.connection_timeout = Some(time(value)?);
            }
            "so-timeout" | "connect-timeout" => _ = time(value)?,
            // Accepted, and without meaning here.
            "io-thread-count" | "shutdown-grace-period" | "select-interval" => _ = count(value)?,
            "interest-op-queued" => _ = flag(value)?,
            other => return Err(unknown_word(other, IO_CONFIG.iter().copied())),
        }
    }
    request.socket = Some(socket);
    Ok(())
}

const IO_CONFIG: [&str; 11] = [
    "connect-timeout",
    "interest-op-queued",
    "io-thread-count",
    "rcv-buf-size",
    "select-interval",
    "shutdown-grace-period",
    "snd-buf-size",
    "so-keep-alive",
    "so-linger",
    "so-timeout",
    "tcp-no-delay",
];

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
