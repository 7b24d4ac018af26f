//! Bodies stream: what memory a large one takes, in each direction, under each driver.

use std::io::{self, BufRead as _, Read};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use courser::{Body, Client};
use courser_testkit::{Body as ServerBody, Server, peak_rss_bytes, reset_peak_rss};
use http::Response;

/// The server is a process of its own, so that only the client is measured.
pub(crate) fn serve() -> Result<()> {
    let server = Server::start_streaming(|mut req| async move {
        if req.method() == http::Method::POST {
            let count = req.body_mut().count().await.unwrap_or_default();
            return Response::new(ServerBody::from(count.to_string()));
        }
        let length = req
            .uri()
            .path()
            .trim_start_matches('/')
            .parse()
            .unwrap_or_default();
        Response::new(ServerBody::zeros(length))
    });
    println!("{}", server.url("/"));
    // Until whoever started it is gone.
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

pub(crate) fn run(mib: u64) -> Result<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("memory-server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    io::BufReader::new(child.stdout.take().context("no output")?).read_line(&mut url)?;
    let url = url.trim();
    let bytes = mib << 20;

    let client = Client::new();
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let upload = || Body::reader(io::repeat(0).take(bytes)).with_size(bytes);
    let download = format!("{url}{bytes}");
    let mut worst = 0;
    let mut measure = |name: &str, work: &dyn Fn() -> Result<u64>| {
        let reset = reset_peak_rss();
        ensure!(work()? == bytes, "{name}: a body came incomplete");
        let peak = peak_rss_bytes().context("no figure of memory on this system")?;
        worst = peak.max(worst);
        let since = if reset { "" } else { " (since the start)" };
        println!(
            "{name:<18} {mib} MiB, peak {:.1} MiB{since}",
            peak as f64 / (1 << 20) as f64
        );
        Ok(())
    };
    measure("download, send()", &|| {
        rt.block_on(async {
            let mut res = client.get(&download).as_stream().send().await?;
            let mut count = 0;
            while let Some(piece) = res.body.next().await {
                count += piece?.len() as u64;
            }
            Ok(count)
        })
    })?;
    measure("upload, send()", &|| {
        rt.block_on(async {
            Ok(client
                .post(url)
                .body(upload())
                .send()
                .await?
                .text()?
                .parse()?)
        })
    })?;
    measure("download, call()", &|| {
        let res = client.get(&download).as_stream().call()?;
        Ok(io::copy(&mut res.reader(), &mut io::sink())?)
    })?;
    measure("upload, call()", &|| {
        Ok(client.post(url).body(upload()).call()?.text()?.parse()?)
    })?;

    drop(child.stdin.take());
    child.wait()?;
    println!("memory: peak {:.1} MiB", worst as f64 / (1 << 20) as f64);
    Ok(())
}
