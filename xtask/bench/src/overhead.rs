//! What a client costs with its whole stack, on its own transport and over reqwest, beside bare
//! reqwest.

use std::time::Duration;

use anyhow::{Context, Result};
use courser_testkit::Server;
use http::Response;

use courser_bench::rounds::{Stretch, quantile, stretch};

type Client<'a> = &'a mut dyn FnMut(Duration) -> Result<Stretch>;

const ROUND: Duration = Duration::from_millis(250);
const BODY: &str = r#"{"id":42,"name":"small","ok":true,"tags":["alpha","beta"],"ratio":0.25,"note":"about a hundred bytes"}"#;

/// Runs `rounds` of each client in turn; with `only`, that client alone for ten
/// times so many requests, for profilers.
pub(crate) fn run(rounds: usize, only: Option<&str>) -> Result<()> {
    // One core for client and server: the comparison of work done, without wake-ups between
    // cores. Where that cannot be had the figures are only noisier.
    let mut core = rustix::thread::CpuSet::new();
    core.set(0);
    let pinned = rustix::thread::sched_setaffinity(None, &core).is_ok();

    let server = Server::builder().http1_only().start(|_| {
        Response::builder()
            .header("content-type", "application/json")
            .body(BODY)
            .unwrap_or_default()
    });
    let url = server.url("/small");
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;

    // Without TLS in play, but reqwest wants a provider all the same; that there is one is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bare = reqwest::Client::builder().no_proxy().build()?;
    let mut reqwest = |time| {
        stretch(time, || {
            rt.block_on(async {
                let res = bare.get(&url).send().await?.error_for_status()?;
                anyhow::ensure!(res.bytes().await?.len() == BODY.len());
                Ok(())
            })
        })
    };
    let send = |client: &courser::Client, time| {
        stretch(time, || {
            rt.block_on(async {
                let res = client.get(&url).send().await?;
                anyhow::ensure!(res.body_bytes()?.len() == BODY.len());
                Ok(())
            })
        })
    };
    let client = courser::Client::new();
    let mut courser = |time| send(&client, time);
    let transport = std::sync::Arc::new(courser::reqwest::Reqwest::new());
    let client = courser::Client::builder().transport(transport).build()?;
    let mut over_reqwest = |time| send(&client, time);
    let blocking_client = courser::Client::new();
    let mut blocking = |time| {
        stretch(time, || {
            let res = blocking_client.get(&url).call()?;
            anyhow::ensure!(res.body_bytes()?.len() == BODY.len());
            Ok(())
        })
    };

    let mut clients: [(&str, Client<'_>); 4] = [
        ("reqwest", &mut reqwest),
        ("courser send()", &mut courser),
        ("over reqwest send()", &mut over_reqwest),
        ("courser call() (calling thread only)", &mut blocking),
    ];
    if let Some(only) = only {
        for (_, client) in clients
            .iter_mut()
            .filter(|(name, _)| name.starts_with(only))
        {
            for _ in 0..rounds {
                client(Duration::ZERO)?;
            }
        }
        return Ok(());
    }
    let mut cpu: [Vec<f64>; 4] = Default::default();
    let mut rate: [Vec<f64>; 4] = Default::default();
    for (_, client) in &mut clients {
        client(ROUND).context("warming up")?;
    }
    for _ in 0..rounds {
        for ((_, client), (cpu, rate)) in clients.iter_mut().zip(cpu.iter_mut().zip(&mut rate)) {
            let stretch = client(ROUND)?;
            cpu.push(stretch.cpu_us());
            rate.push(stretch.per_second());
        }
    }

    println!(
        "kept-alive GET of {} bytes, {rounds} rounds of {ROUND:?}, pinned to one core: {pinned}",
        BODY.len()
    );
    println!(
        "{:<38} {:>18} {:>10}",
        "client", "CPU µs (quartiles)", "req/s"
    );
    for ((name, _), (cpu, rate)) in clients.iter().zip(cpu.iter().zip(&rate)) {
        let [low, mid, high] = [0.25, 0.5, 0.75].map(|q| quantile(cpu, q));
        println!(
            "{name:<38} {mid:>5.1} ({low:.1}..{high:.1}) {:>10.0}",
            quantile(rate, 0.5)
        );
    }
    let [reqwest, courser, over_reqwest, _] = &cpu;
    compare("over reqwest", over_reqwest, reqwest);
    compare("overhead", courser, reqwest);
    Ok(())
}

/// Round by round, and the medians of that.
fn compare(name: &str, one: &[f64], reqwest: &[f64]) {
    let ratios: Vec<f64> = one.iter().zip(reqwest).map(|(c, r)| c / r).collect();
    let above: Vec<f64> = one.iter().zip(reqwest).map(|(c, r)| c - r).collect();
    println!(
        "{name}: {:.2} of reqwest, {:.1} µs",
        quantile(&ratios, 0.5),
        quantile(&above, 0.5)
    );
}
