//! TLS and proxies.

use courser_core::Bytes;

use super::super::option::Entry;
use super::super::parse::{Outcome, flag, items, put};

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
    Entry::later("proxy-host", "a host as a string", "the proxy"),
    Entry::later("proxy-port", "a port", "the port of the proxy"),
    Entry::later("proxy-user", "a string", "the user name for the proxy"),
    Entry::later("proxy-pass", "a string", "the password for the proxy").secret(),
    Entry::later(
        "proxy-ignore-hosts",
        "a set or sequence of hosts",
        "hosts that are asked without the proxy",
    ),
];

const STORE: &str = "a path or a loaded store";
const KIND: &str = "\"jks\", \"pkcs12\" or \"pem\"";
