//! The transports beside their peers: throughput and CPU, in one run.
//!
//! The server is a process of its own. A group is one situation: its clients take turns, a round
//! after the other, and each is compared with the first of its group in the same round.

use std::convert::Infallible;
use std::io::{self, BufRead as _, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use courser::middleware::Stack;
use courser::pool::{Connector, Reusable};
use courser::{Bytes, Client};
use courser_testkit::unpaced;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use courser_bench::rounds::{Stretch, quantile, tasks, threads, timed};

const ROUND: Duration = Duration::from_millis(250);
const SMALL: &str = r#"{"id":42,"name":"small","ok":true,"tags":["alpha","beta"],"ratio":0.25,"note":"about a hundred bytes"}"#;
const LARGE: usize = 1 << 20;

/// Answers `/small` and `/large` until whoever started it is gone: hyper's server on one thread,
/// every answer prepared, so that the clients are what is measured.
pub(crate) fn serve() -> Result<()> {
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let large = Bytes::from(vec![b'x'; LARGE]);
    let answer = move |req: Request<Incoming>| {
        let body = match req.uri().path() {
            "/large" => large.clone(),
            _ => Bytes::from_static(SMALL.as_bytes()),
        };
        let mut res = Response::new(Full::new(body));
        let json = HeaderValue::from_static("application/json");
        res.headers_mut().insert(CONTENT_TYPE, json);
        std::future::ready(Ok::<_, Infallible>(res))
    };
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    rt.block_on(async move {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        unpaced(&listener);
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service_fn(answer.clone());
            let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                // A client that hangs up is no concern of the server.
                let _ = serving.await;
            });
        }
    })
}

/// The child that serves; it ends when its input does.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("transports-server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        io::BufReader::new(child.stdout.take().context("no output")?).read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Serving { child, url })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A client, and what it has to reach beside the first of its group.
struct Entry<'a> {
    name: &'static str,
    target: Option<f64>,
    run: Box<dyn FnMut(Duration) -> Result<Stretch> + 'a>,
}

fn entry<'a>(
    name: &'static str,
    target: Option<f64>,
    run: impl FnMut(Duration) -> Result<Stretch> + 'a,
) -> Entry<'a> {
    let run = Box::new(run);
    Entry { name, target, run }
}

/// Runs all groups, and writes the figures as JSON if a file is named.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (mut rounds, mut file, mut report) = (16, None, Report::default());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--json" => file = Some(rest.next().context("--json wants a file")?),
            "--only" => {
                let name = rest.next().context("--only wants a part of a name")?;
                (*name).clone_into(&mut report.only);
            }
            "--rounds" => rounds = rest.next().context("--rounds wants a number")?.parse()?,
            other => bail!("there is no option {other}: --rounds N, --only NAME and --json FILE"),
        }
    }
    // Without TLS in play, but reqwest wants a provider; that there is one is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();

    unpinned(&mut report, rounds)?;
    // Last, because it is not undone: the server that starts from here on is pinned as well.
    let mut core = rustix::thread::CpuSet::new();
    core.set(0);
    let is_pinned = rustix::thread::sched_setaffinity(None, &core).is_ok();
    println!("pinned to one core from here on: {is_pinned}");
    pinned(&mut report, rounds)?;

    ensure!(
        !report.groups.is_empty(),
        "nothing is called `{}`: --only takes a part of a name such as `64 tasks, courser send()`",
        report.only
    );
    println!("{}", report.summary());
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&report.groups)?;
        std::fs::write(file, text).with_context(|| format!("writing {file}"))?;
    }
    // One by itself is its own measure.
    ensure!(
        report.missed.is_empty() || !report.only.is_empty(),
        "a target is missed"
    );
    Ok(())
}

/// Many at once: on all cores, and from several threads.
fn unpinned(report: &mut Report, rounds: usize) -> Result<()> {
    let server = Serving::start()?;
    let small = format!("{}/small", server.url);
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let peer = reqwest::Client::builder().no_proxy().build()?;
    let (bare, whole) = (bare(), Client::new());
    report.group(
        "64 tasks",
        rounds,
        vec![
            entry("reqwest", None, |time| {
                let (peer, small) = (peer.clone(), small.clone());
                tasks(&rt, time, 64, move || {
                    let sending = peer.get(&small).send();
                    async move { sized(sending.await?.bytes().await?.len()) }
                })
            }),
            entry("native, bare", Some(1.5), |time| {
                let (bare, small) = (bare.clone(), small.clone());
                tasks(&rt, time, 64, move || {
                    let sending = bare.get(&small).send();
                    async move { sized(sending.await?.body_bytes()?.len()) }
                })
            }),
            entry("courser send()", Some(1.3), |time| {
                let (whole, small) = (whole.clone(), small.clone());
                tasks(&rt, time, 64, move || {
                    let sending = whole.get(&small).send();
                    async move { sized(sending.await?.body_bytes()?.len()) }
                })
            }),
        ],
    )?;

    let peer = reqwest::blocking::Client::builder().no_proxy().build()?;
    let ureq = ureq::Agent::new_with_defaults();
    report.group(
        "16 threads",
        rounds,
        vec![
            entry("reqwest::blocking", None, |time| {
                threads(time, 16, || sized(peer.get(&small).send()?.bytes()?.len()))
            }),
            entry("ureq", None, |time| {
                threads(time, 16, || {
                    sized(ureq.get(&small).call()?.body_mut().read_to_vec()?.len())
                })
            }),
            entry("courser call()", Some(1.7), |time| {
                threads(time, 16, || {
                    sized(whole.get(&small).call()?.body_bytes()?.len())
                })
            }),
        ],
    )
}

/// One after the other, client and server on one core.
fn pinned(report: &mut Report, rounds: usize) -> Result<()> {
    let server = Serving::start()?;
    let (small, large) = (
        format!("{}/small", server.url),
        format!("{}/large", server.url),
    );
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let peer = reqwest::Client::builder().no_proxy().build()?;
    let (bare, whole) = (bare(), Client::new());
    let send = |client: &Client, url: &str, length: usize, timeout: Option<Duration>| {
        rt.block_on(async {
            let mut request = client.get(url);
            if let Some(timeout) = timeout {
                request = request.timeout(timeout);
            }
            ensure!(request.send().await?.body_bytes()?.len() == length);
            Ok(())
        })
    };
    let reqwest = |url: &str, length: usize| {
        rt.block_on(async {
            let res = peer.get(url).send().await?.error_for_status()?;
            ensure!(res.bytes().await?.len() == length);
            Ok(())
        })
    };
    report.group(
        "one at a time",
        rounds,
        vec![
            entry("reqwest", None, |t| {
                timed(t, || reqwest(&small, SMALL.len()))
            }),
            entry("native, bare", Some(1.27), |t| {
                timed(t, || send(&bare, &small, SMALL.len(), None))
            }),
            entry("courser send()", Some(1.12), |t| {
                timed(t, || send(&whole, &small, SMALL.len(), None))
            }),
            entry("courser send(), :timeout", None, |t| {
                timed(t, || {
                    send(&whole, &small, SMALL.len(), Some(Duration::from_secs(9)))
                })
            }),
        ],
    )?;
    report.group(
        "1 MiB",
        rounds,
        vec![
            entry("reqwest", None, |t| timed(t, || reqwest(&large, LARGE))),
            entry("courser send()", Some(1.3), |t| {
                timed(t, || send(&whole, &large, LARGE, None))
            }),
            entry("courser call()", None, |t| {
                timed(t, || {
                    ensure!(whole.get(&large).call()?.body_bytes()?.len() == LARGE);
                    Ok(())
                })
            }),
        ],
    )?;
    let peer = reqwest::blocking::Client::builder().no_proxy().build()?;
    let ureq = ureq::Agent::new_with_defaults();
    report.group(
        "one at a time, blocking",
        rounds,
        vec![
            entry("reqwest::blocking", None, |t| {
                timed(t, || sized(peer.get(&small).send()?.bytes()?.len()))
            }),
            entry("ureq", None, |t| {
                timed(t, || {
                    sized(ureq.get(&small).call()?.body_mut().read_to_vec()?.len())
                })
            }),
            entry("courser call()", Some(1.7), |t| {
                timed(t, || sized(whole.get(&small).call()?.body_bytes()?.len()))
            }),
            entry("courser call(), :timeout", None, |t| {
                timed(t, || {
                    let limited = whole.get(&small).timeout(Duration::from_secs(9));
                    sized(limited.call()?.body_bytes()?.len())
                })
            }),
        ],
    )
}

/// The transport with its pool, and no stage.
fn bare() -> Client {
    let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
    Client::new()
        .with_connection_manager(Arc::new(Reusable::unlimited(transport)))
        .with_stack(Stack::new())
}

fn sized(length: usize) -> Result<()> {
    ensure!(length == SMALL.len(), "a body of {length} bytes");
    Ok(())
}

/// What came out, and which targets were missed.
#[derive(Default)]
struct Report {
    groups: Vec<Json>,
    met: usize,
    missed: Vec<String>,
    /// Of what has this in its name, for profilers.
    only: String,
}

impl Report {
    fn group(&mut self, group: &str, rounds: usize, mut entries: Vec<Entry<'_>>) -> Result<()> {
        entries.retain(|entry| format!("{group}, {}", entry.name).contains(&self.only));
        if entries.is_empty() {
            return Ok(());
        }
        let mut rates = vec![Vec::new(); entries.len()];
        let mut cpus = rates.clone();
        for entry in &mut entries {
            (entry.run)(ROUND).with_context(|| format!("warming up {}", entry.name))?;
        }
        for _ in 0..rounds {
            for ((entry, rate), cpu) in entries.iter_mut().zip(&mut rates).zip(&mut cpus) {
                let stretch = (entry.run)(ROUND).with_context(|| entry.name.to_owned())?;
                rate.push(stretch.per_second());
                cpu.push(stretch.cpu_us());
            }
        }
        println!(
            "\n{group:<26} {:>9} {:>7} (quartiles)   {:>7}  target",
            "req/s", "ratio", "CPU µs"
        );
        let first = rates.first().cloned().unwrap_or_default();
        for ((entry, rate), cpu) in entries.iter().zip(&rates).zip(&cpus) {
            let ratios: Vec<f64> = rate
                .iter()
                .zip(&first)
                .map(|(one, first)| one / first)
                .collect();
            let [low, ratio, high] = [0.25, 0.5, 0.75].map(|q| quantile(&ratios, q));
            let target = entry
                .target
                .map_or(String::new(), |target| format!("{target}"));
            println!(
                "  {:<24} {:>9.0} {ratio:>7.2} ({low:.2}..{high:.2}) {:>9.1}  {target}",
                entry.name,
                quantile(rate, 0.5),
                quantile(cpu, 0.5),
            );
            match entry.target {
                Some(target) if ratio < target => self
                    .missed
                    .push(format!("{group}, {}: {ratio:.2} of {target}", entry.name)),
                Some(_) => self.met += 1,
                None => {}
            }
            self.groups.push(json!({
                "group": group, "client": entry.name, "per_second": quantile(rate, 0.5),
                "ratio": ratio, "quartiles": [low, high], "cpu_us": quantile(cpu, 0.5),
                "target": entry.target,
            }));
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let all = self.met + self.missed.len();
        let missed = self.missed.iter().map(|missed| format!("missed: {missed}"));
        let met = format!("transports: {} of {all} targets met", self.met);
        missed.chain([met]).collect::<Vec<_>>().join("\n")
    }
}
