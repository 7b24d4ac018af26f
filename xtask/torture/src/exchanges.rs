//! The exchanges that are harmed.

use std::io::Write as _;

use courser::{Client, RequestBuilder};

/// What the client asks, what the server says, and what the client is to make of it.
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    pub(crate) request: fn(&Client, &str) -> RequestBuilder,
    /// To be followed by the end of the connection, where `closes`.
    pub(crate) answer: fn() -> Vec<u8>,
    pub(crate) closes: bool,
    pub(crate) status: u16,
    pub(crate) body: fn() -> Vec<u8>,
    pub(crate) tls: bool,
    /// Whether twice does no harm.
    pub(crate) idempotent: bool,
}

const PLAIN: Exchange = Exchange {
    name: "length",
    request: |client, url| client.get(url),
    answer: || plain("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", &text()),
    closes: false,
    status: 200,
    body: text,
    tls: false,
    idempotent: true,
};

pub(crate) const ALL: &[Exchange] = &[
    PLAIN,
    Exchange {
        name: "chunked",
        answer: || {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n\
              12;a=\"b\"\r\nto be read whole, \r\n11\r\nor not at all: so\r\n0\r\nX: y\r\n\r\n"
                .to_vec()
        },
        body: || b"to be read whole, or not at all: so".to_vec(),
        ..PLAIN
    },
    Exchange {
        name: "gzip",
        answer: || {
            plain(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n",
                &gzip(&text()),
            )
        },
        ..PLAIN
    },
    Exchange {
        // Only the coding tells whether it is whole.
        name: "gzip until close",
        answer: || {
            let head = b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
            [&head[..], &gzip(&text())].concat()
        },
        closes: true,
        ..PLAIN
    },
    Exchange {
        name: "interim",
        answer: || {
            let early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
            [&early[..], &plain("HTTP/1.1 200 OK\r\n", &text())].concat()
        },
        ..PLAIN
    },
    Exchange {
        name: "no content",
        answer: || b"HTTP/1.1 204 No Content\r\nServer: s\r\n\r\n".to_vec(),
        status: 204,
        body: Vec::new,
        ..PLAIN
    },
    Exchange {
        name: "head",
        request: |client, url| client.head(url),
        answer: || b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n".to_vec(),
        body: Vec::new,
        ..PLAIN
    },
    Exchange {
        name: "not found",
        answer: || plain("HTTP/1.1 404 Not Found\r\n", b"{\"error\": \"none such\"}"),
        status: 404,
        body: || b"{\"error\": \"none such\"}".to_vec(),
        ..PLAIN
    },
    Exchange {
        name: "redirect",
        request: |client, url| client.get(format!("{url}?to")),
        ..PLAIN
    },
    Exchange {
        name: "put",
        request: |client, url| client.put(url).body(text()),
        ..PLAIN
    },
    Exchange {
        name: "post",
        request: |client, url| client.post(url).body(text()),
        status: 201,
        answer: || plain("HTTP/1.1 201 Created\r\nLocation: /7\r\n", b"{\"id\": 7}"),
        body: || b"{\"id\": 7}".to_vec(),
        idempotent: false,
        ..PLAIN
    },
    Exchange {
        name: "tls",
        tls: true,
        ..PLAIN
    },
];

/// What a request for `?to` is answered with: it leads to the same path without.
pub(crate) const REDIRECT: &[u8] =
    b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 4\r\n\r\ngone";

/// What the probe between two harmed exchanges asks for, and gets.
pub(crate) const PROBE: &str = "/probe";

pub(crate) fn probe() -> Vec<u8> {
    plain("HTTP/1.1 200 OK\r\n", b"alive")
}

fn text() -> Vec<u8> {
    b"a body that is to arrive whole or not at all".to_vec()
}

fn plain(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("{head}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
