//! A JSON array of 1 GB, item by item, in less than 32 MiB of memory.
//!
//! `cargo run --release --example big_json` needs no network: it brings its own server, which
//! makes the array up as it is read. `-- 50` reads 50 MB.

use std::fmt::Write;

use courser_testkit::{Body, Server};
use http::Response;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[derive(serde::Deserialize)]
struct Reading {
    id: u64,
    values: Vec<f64>,
}

fn main() -> anyhow::Result<()> {
    let megabytes: u64 = std::env::args().nth(1).map_or(Ok(1000), |n| n.parse())?;
    let server = Server::start(move |_| Response::new(array(megabytes * 1_000_000)));

    let response = courser::get(server.url("/")).as_stream().call()?;
    let (mut count, mut sum) = (0, 0.0);
    for reading in response.items::<Reading>()? {
        let reading = reading?;
        anyhow::ensure!(reading.id == count, "item {count} is missing");
        count += 1;
        sum += reading.values.iter().sum::<f64>();
    }

    let peak = MEMORY.peak_usage_as_mb();
    println!("{count} items of {megabytes} MB, their sum {sum:.1}, in {peak:.1} MiB of memory");
    anyhow::ensure!(peak < 32.0, "it took too much memory");
    Ok(())
}

/// An array of so many bytes, or a little more, in pieces.
fn array(bytes: u64) -> Body {
    let mut made = 0;
    let mut id = 0;
    let mut is_done = false;
    Body::chunks(std::iter::from_fn(move || {
        let mut piece = if id == 0 { "[" } else { "" }.to_owned();
        while piece.len() < 32 * 1024 && made + (piece.len() as u64) < bytes {
            if id > 0 {
                piece.push(',');
            }
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                piece,
                r#"{{"id": {id}, "name": "reading [{id}]", "values": [0.5, 1.25, -1e-1]}}"#
            );
            id += 1;
        }
        made += piece.len() as u64;
        if piece.is_empty() {
            if is_done {
                return None;
            }
            is_done = true;
            piece.push(']');
        }
        Some(piece)
    }))
}
