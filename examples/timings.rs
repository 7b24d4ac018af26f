//! Where the time of a request went, and over which connection: over TLS, over HTTP/2, and over a
//! connection that is used again.
//!
//! `cargo run --example timings` needs no network: it brings its own server.

use std::time::Duration;

use courser::{Bytes, Client, HttpVersion, Response};
use courser_testkit::Server;

fn main() -> anyhow::Result<()> {
    let server = Server::builder()
        .tls()
        .start(|_| http::Response::new("hello"));
    // The server has signed its own certificate, so it is named here.
    let certificate = Bytes::copy_from_slice(server.ca_der());
    let client = Client::builder()
        .base_url(server.url_at("localhost", ""))
        .defaults(|defaults| defaults.trusted_certificates = Some(vec![certificate]))
        .build()?;

    show("HTTP/1.1 over TLS", &client.get("/").call()?)?;
    show("the same again", &client.get("/").call()?)?;

    // HTTP/2 is for `.send()`, whose connections are its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let ask = || {
            let request = client.get("/");
            let request = request.with(|r| r.protocol_version = Some(HttpVersion::Http2));
            request.send()
        };
        show("HTTP/2 over TLS", &ask().await?)?;
        show("the same again", &ask().await?)
    })
}

/// Prints what the transport tells. What did not take place has no time, and over HTTP/2 nobody knows
/// when a request is out.
fn show(what: &str, response: &Response) -> anyhow::Result<()> {
    let of = response.exchanged();
    let of = of.ok_or_else(|| anyhow::anyhow!("the native transport tells"))?;
    let connection = if of.reused { "used again" } else { "new" };
    println!(
        "{what}: {:?}, a connection that is {connection}",
        response.version
    );
    if let Some(tls) = &of.connection.tls {
        let (version, cipher) = (tls.version.as_deref(), tls.cipher.as_deref());
        println!(
            "  {}, {}",
            version.unwrap_or_default(),
            cipher.unwrap_or_default()
        );
    }
    let times = of.timings;
    let all = response.request_time;
    let body = all
        .zip(times.head)
        .map(|(all, head)| all.saturating_sub(head));
    for (name, time) in [
        ("waiting for a place", times.pool),
        ("looking up the host", times.dns),
        ("connecting", times.connect),
        ("agreeing on TLS", times.tls),
        ("sending", times.send),
        ("until the first byte", times.first_byte),
        ("until the body was there", body),
        ("in all", all),
    ] {
        println!("  {name:<26}{}", shown(time));
    }
    Ok(())
}

fn shown(time: Option<Duration>) -> String {
    time.map_or_else(
        || "–".to_owned(),
        |time| format!("{:>8.1} µs", time.as_secs_f64() * 1e6),
    )
}
