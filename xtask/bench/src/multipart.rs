//! What parts cost: a file of 100 MB uploaded as one of them, beside the plain file.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use courser::{Body, Client, Part};

use courser_bench::rounds::quantile;

const SIZE: usize = 100_000_000;
/// The least part of the plain file's speed.
const TARGET: f64 = 0.95;
const ROUNDS: usize = 9;

/// Uploads the file both ways in turn, and compares within each round.
pub(crate) fn run() -> Result<()> {
    let path = std::env::temp_dir().join(format!("courser-bench-{}.bin", std::process::id()));
    std::fs::write(&path, vec![b'x'; SIZE])?;
    let url = format!("http://{}/", sink()?);
    let client = Client::new();
    let plain = || client.post(&url).body(Body::file(&path));
    let parts = || client.post(&url).part(Part::new("file", Body::file(&path)));
    let timed = |request: courser::RequestBuilder| {
        let start = Instant::now();
        request.call()?;
        anyhow::Ok(start.elapsed().as_secs_f64())
    };
    timed(plain())?;
    timed(parts())?;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        ratios.push(timed(plain())? / timed(parts())?);
    }
    std::fs::remove_file(&path)?;
    let of = quantile(&ratios, 0.5);
    println!(
        "multipart upload: {of:.2} of the speed of the plain file, at least {TARGET:.2} wanted"
    );
    ensure!(of >= TARGET, "a target is missed");
    Ok(())
}

/// A server that throws away what it is sent.
fn sink() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while matches!(swallow(&stream), Ok(true)) {});
        }
    });
    Ok(address)
}

/// One request of a known length; false at the end of the connection.
fn swallow(mut stream: &TcpStream) -> Result<bool> {
    let mut head = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let body = loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(false);
        }
        head.extend_from_slice(buffer.get(..n).unwrap_or_default());
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(head.get(..body).unwrap_or_default()).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("no length")?.trim().parse()?;
    let mut left = length.saturating_sub(head.len() - body);
    while left > 0 {
        let n = stream.read(&mut buffer)?;
        ensure!(n > 0, "the upload was cut");
        left = left.saturating_sub(n);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    Ok(true)
}
