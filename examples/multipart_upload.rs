//! A file among other fields, uploaded in parts, with progress.
//!
//! `cargo run --example multipart_upload` needs no network: it brings its own server. Give a path to
//! upload that file.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

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

    // The same with progress: what counts what is read is a stream, whose length is told.
    let file = File::open(&path)?;
    let size = file.metadata()?.len();
    let counted = Counted {
        file,
        size,
        read: 0,
        told: 0,
    };
    let response = client
        .post(server.url("/files"))
        .part(Part::new("title", "The same again"))
        .part(Part::new("file", Body::reader(counted).with_size(size)).file_name("again.jpg"))
        .call()?;
    println!("{}", response.text()?);
    if path == own {
        std::fs::remove_file(own)?;
    }
    Ok(())
}

/// A file that tells how far it was read, in tenths.
struct Counted {
    file: File,
    size: u64,
    read: u64,
    told: u64,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buf)?;
        self.read += n as u64;
        let tenths = self.read * 10 / self.size.max(1);
        if tenths > self.told {
            self.told = tenths;
            println!("{} % of {} bytes", tenths * 10, self.size);
        }
        Ok(n)
    }
}
