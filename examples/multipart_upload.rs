//! A file among other fields, uploaded in parts, with progress.
//!
//! `cargo run --example multipart_upload` needs no network: it brings its own server. Give a path to
//! upload that file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use courser::progress::Direction;
use courser::{Body, Client, Part};
use courser_testkit::RawPeer;

fn main() -> anyhow::Result<()> {
    let own = std::env::temp_dir().join(format!("courser-example-{}.bin", std::process::id()));
    let path = if let Some(path) = std::env::args_os().nth(1) {
        PathBuf::from(path)
    } else {
        std::fs::write(&own, vec![7; 4 << 20])?;
        own.clone()
    };
    let server = RawPeer::answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nuploaded");
    let client = Client::new();

    // A file is streamed, its length is told, and it can be sent again.
    let response = client
        .post(server.url("/files"))
        .part(Part::new("title", "My \"best\" picture"))
        .part(Part::new("file", Body::file(&path)).mime_type("image/jpeg"))
        .call()?;
    println!("{}: {}", path.display(), response.text()?);

    // With progress.
    let tenths = AtomicU64::new(0);
    let response = client
        .post(server.url("/files"))
        .part(Part::new("title", "The same again"))
        .part(Part::new("file", Body::file(&path)).file_name("again.jpg"))
        .progress(move |progress| {
            let (Direction::Upload, Some(total)) = (progress.direction, progress.total) else {
                return;
            };
            let now = progress.bytes * 10 / total.max(1);
            if tenths.swap(now, Ordering::Relaxed) < now {
                println!("{} % of {total} bytes", now * 10);
            }
        })
        .call()?;
    println!("{}", response.text()?);
    if path == own {
        std::fs::remove_file(own)?;
    }
    Ok(())
}
