//! Bodies dropped after every number of pieces, under both drivers.

use std::io::Read as _;

use courser::{Bytes, Client};
use courser_testkit::{Body, Server};
use http::Response;

use crate::counts::{
    alone, closed_down_to, closed_down_to_soon, descriptors, nothing_leased, runtime, tell,
};

/// What is left of a body is read if it is small and there; else its connection is closed.
const SIZES: [usize; 4] = [0, 5, 3_000, 600_000];

fn server(tls: bool) -> Server {
    let builder = Server::builder();
    let builder = if tls { builder.tls() } else { builder };
    builder.start(|request| {
        let (framing, size) = request.uri().path()[1..].split_once('/').unwrap();
        let size: usize = size.parse().unwrap();
        let pieces = vec![vec![b'x'; size / 10]; 10];
        Response::new(match framing {
            "chunked" => Body::chunks(pieces),
            _ => Body::sized((size / 10 * 10) as u64, pieces),
        })
    })
}

#[test]
fn dropped_half_read() {
    let _alone = alone();
    let before = descriptors();
    let mut dropped = 0;
    for tls in [false, true] {
        let server = server(tls);
        let builder = Client::builder();
        let builder = if tls {
            let der = Bytes::copy_from_slice(server.ca_der());
            builder.defaults(|d| d.trusted_certificates = Some(vec![der]))
        } else {
            builder
        };
        let client = builder.build().unwrap();
        for framing in ["sized", "chunked"] {
            for size in SIZES {
                let url = server.url(&format!("/{framing}/{size}"));
                dropped += tasks(&client, &url) + threads(&client, &url);
            }
        }
        let connected = server.stats().accepted;
        assert!(
            connected < dropped,
            "small rests do not cost the connection"
        );
    }
    closed_down_to(before, "after the last client");
    tell(&format!(
        "cancellation: {dropped} bodies dropped half-read, 0 leases and 0 descriptors left"
    ));
}

fn tasks(client: &Client, url: &str) -> usize {
    runtime().block_on(async {
        client.get(url).send().await.unwrap();
        let before = descriptors();
        for pieces in 0.. {
            let what = format!("{url}, dropped after {pieces} pieces");
            let mut response = client.get(url).as_stream().send().await.unwrap();
            let mut at_end = false;
            for _ in 0..pieces {
                at_end = response.body.next().await.transpose().unwrap().is_none();
            }
            drop(response);
            nothing_leased(client, &what);
            client.get(url).send().await.unwrap();
            closed_down_to_soon(before, &what).await;
            if at_end {
                return pieces;
            }
        }
        unreachable!("every body ends")
    })
}

fn threads(client: &Client, url: &str) -> usize {
    client.get(url).call().unwrap();
    let before = descriptors();
    let mut piece = vec![0; 30_000];
    for pieces in 0.. {
        let what = format!("{url}, dropped after {pieces} pieces");
        let mut reader = client.get(url).as_stream().call().unwrap().reader();
        let mut at_end = false;
        for _ in 0..pieces {
            at_end = reader.read(&mut piece).unwrap() == 0;
        }
        drop(reader);
        nothing_leased(client, &what);
        client.get(url).call().unwrap();
        closed_down_to(before, &what);
        if at_end {
            return pieces;
        }
    }
    unreachable!("every body ends")
}
