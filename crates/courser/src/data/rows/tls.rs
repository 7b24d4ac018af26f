//! TLS and proxies.

use courser_coerce::Value;
use courser_core::Bytes;

use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, count, flag, items, put, text};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::flag(
        "insecure",
        "false",
        "accepts any certificate: for tests only",
        |d, v, _| put(&mut d.request.insecure, flag(v)),
    ),
    Entry::new(
        "trusted-certificates",
        "a sequence of certificates in DER, as #bytes",
        "none",
        "certificates that are trusted beside those of the system",
        |d, v, env| {
            let all: Outcome<Vec<Bytes>> = items(v)?
                .iter()
                .map(|item| env.thing(item, "bytes"))
                .collect();
            put(&mut d.request.trusted_certificates, all)
        },
    ),
    Entry::later("keystore", STORE, "the client's certificate and key"),
    Entry::later("keystore-type", KIND, "what kind of file :keystore is"),
    Entry::later("keystore-pass", "a string", "the password of :keystore").secret(),
    Entry::later("trust-store", STORE, "the certificates that are trusted"),
    Entry::later(
        "trust-store-type",
        KIND,
        "what kind of file :trust-store is",
    ),
    Entry::later(
        "trust-store-pass",
        "a string",
        "the password of :trust-store",
    )
    .secret(),
    Entry::later(
        "key-managers",
        "an object",
        "chooses the client's certificate",
    ),
    Entry::later(
        "trust-managers",
        "an object",
        "checks the server's certificate",
    ),
    Entry::new(
        "proxy-host",
        "a host as a string",
        "no proxy",
        "an HTTP proxy; https goes through a tunnel that it opens",
        |d, v, _| put(&mut d.request.proxy_host, text(v)),
    ),
    Entry::new(
        "proxy-port",
        "a port",
        "none",
        "the port of the proxy",
        |d, v, _| put(&mut d.request.proxy_port, port(v)),
    ),
    Entry::new(
        "proxy-user",
        "a string",
        "none",
        "the user name for the proxy, sent unasked",
        |d, v, _| put(&mut d.request.proxy_user, text(v)),
    ),
    Entry::new(
        "proxy-pass",
        "a string",
        "an empty one",
        "the password for the proxy",
        |d, v, _| put(&mut d.request.proxy_pass, text(v).map(Into::into)),
    )
    .secret(),
    Entry::new(
        "proxy-ignore-hosts",
        "a set or sequence of hosts",
        "localhost and 127.0.0.1",
        "hosts that are asked without the proxy",
        |d, v, _| {
            let hosts: Outcome<Vec<String>> = items(v)?.iter().map(text).collect();
            put(&mut d.request.proxy_ignore_hosts, hosts)
        },
    ),
];

fn port(value: &Value) -> Outcome<u16> {
    let port = count(value)?;
    let port = u16::try_from(port).ok().filter(|port| *port > 0);
    port.ok_or(Unfit::Type)
}

const STORE: &str = "a path or a loaded store";
const KIND: &str = "\"jks\", \"pkcs12\" or \"pem\"";
