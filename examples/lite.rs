//! Calls on the calling thread, in a build without any runtime: clj-http-lite's promise.
//!
//! `cargo run -p courser-examples --no-default-features --example lite` needs no network: it
//! brings its own server. In a project of yours:
//!
//! ```toml
//! courser = { version = "0.1", default-features = false, features = ["blocking"] }
//! ```

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use courser::{Body, Client, ErrorKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = serve()?;

    let response = courser::get(format!("{base}/hello")).call()?;
    println!("{} {}", response.status, response.text()?);

    // A client keeps its connections.
    let client = Client::builder().base_url(&base).build()?;
    for n in 1..=3 {
        let response = client.get("/count").query_params([("n", n)]).call()?;
        let of = response.exchanged().ok_or("the native transport tells")?;
        println!(
            "{} over a connection that is {}",
            response.text()?,
            if of.reused { "used again" } else { "new" }
        );
    }

    // A body of any length goes out as it is read.
    let body = Body::reader(std::io::repeat(b'x').take(100_000));
    let response = client.post("/upload").body(body).call()?;
    println!("{}", response.text()?);

    // A status that is no success is an error, with the response in it.
    match client.get("/missing").call() {
        Err(error) if matches!(error.kind(), ErrorKind::Status(_)) => println!("{error}"),
        other => println!("not expected: {other:?}"),
    }
    Ok(())
}

/// A server of the standard library, just good enough for this.
fn serve() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || while answer(&stream).unwrap_or(false) {});
        }
    });
    Ok(base)
}

fn answer(stream: &std::net::TcpStream) -> std::io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(false);
        }
    }
    let mut size = 0;
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let chunk = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
            std::io::copy(&mut reader.by_ref().take(chunk + 2), &mut std::io::sink())?;
            if chunk == 0 {
                break;
            }
            size += chunk;
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match target.split('?').next().unwrap_or_default() {
        "/hello" => ("200 OK", "hello".to_owned()),
        "/count" => ("200 OK", target.to_owned()),
        "/upload" => ("200 OK", format!("{size} bytes came")),
        _ => ("404 Not Found", "there is no such thing".to_owned()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    Ok(true)
}
