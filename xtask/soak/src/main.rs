//! `cargo xtask soak`: very many requests against a server that closes, half-closes, resets and
//! stalls at random, answers early, and sends junk behind bodies.
//!
//! Afterwards nothing is left over, and no request ever got the answer of another.

mod client;
mod plan;
mod server;
mod tally;

use std::io::{self, BufRead as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use courser::Client;
use courser::pool::{Connector, Reusable};

use plan::Plan;
use tally::Tally;

const HELP: &str = "\
Usage: cargo xtask soak [--requests N] [--seed N] [--dev]

  --requests N   how many, 1000000 unless said
  --seed N       what the server and the clients do follows from it, 1 unless said
  --dev          in a build without optimization, for CI
";

/// Places in the pool.
const CONNECTIONS: usize = 50;
/// Fewer than want one.
const TASKS: u64 = 32;
const THREADS: u64 = 32;

/// How much more memory than after warm-up is still flat: what an allocator keeps, in bytes.
const SLACK: u64 = 8 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (mut requests, mut seed) = (1_000_000, 1);
    match arguments.as_slice() {
        ["serve", seed] => return Ok(server::serve(seed.parse()?)?),
        ["--help" | "-h"] => {
            print!("{HELP}");
            return Ok(());
        }
        _ => {}
    }
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let number = match *argument {
            "--requests" => &mut requests,
            "--seed" => &mut seed,
            other => bail!("there is no option {other}\n\n{HELP}"),
        };
        let value = rest
            .next()
            .with_context(|| format!("{argument} wants a number"))?;
        *number = value
            .parse()
            .with_context(|| format!("{argument} {value} is no number"))?;
    }
    soak(requests, seed)
}

/// The child that serves; it ends when its input does.
struct Serving(Child, String);

impl Serving {
    fn start(seed: u64) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut port = String::new();
        io::BufReader::new(child.stdout.take().context("no output")?).read_line(&mut port)?;
        Ok(Serving(child, format!("http://127.0.0.1:{}", port.trim())))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What all workers share.
struct Work {
    client: Client,
    base: String,
    seed: u64,
    requests: u64,
    next: AtomicU64,
    /// Memory after warm-up.
    warm: OnceLock<u64>,
}

impl Work {
    /// The next request, if there is one left.
    fn next(&self) -> Option<Plan> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number == self.requests / 5 {
            self.warm.get_or_init(resident);
        }
        (number < self.requests).then(|| Plan::of(self.seed, number))
    }

    async fn task(self: Arc<Self>) -> Tally {
        let mut tally = Tally::default();
        while let Some(plan) = self.next() {
            tally.add(
                plan.fate,
                client::send(&self.client, &self.base, &plan).await,
            );
        }
        tally
    }

    fn thread(&self) -> Tally {
        let mut tally = Tally::default();
        while let Some(plan) = self.next() {
            tally.add(plan.fate, client::call(&self.client, &self.base, &plan));
        }
        tally
    }
}

fn soak(requests: u64, seed: u64) -> Result<()> {
    println!(
        "soak: seed {seed}, {requests} requests, {TASKS} tasks and {THREADS} threads on {CONNECTIONS} connections"
    );
    let serving = Serving::start(seed)?;
    let start = Instant::now();
    let before = descriptors();
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
    let manager = Reusable::builder(transport)
        .max_total(Some(CONNECTIONS))
        .max_per_route(Some(CONNECTIONS))
        .build()?;
    let client = Client::builder()
        .connection_manager(Arc::new(manager))
        .build()?;
    let work = Arc::new(Work {
        client: client.clone(),
        base: serving.1.clone(),
        seed,
        requests,
        next: AtomicU64::new(0),
        warm: OnceLock::new(),
    });

    let tasks: Vec<_> = (0..TASKS).map(|_| rt.spawn(work.clone().task())).collect();
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| work.thread()))
            .collect();
        for thread in threads {
            let of = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?;
            tally.merge(of);
        }
        anyhow::Ok(())
    })?;
    for task in tasks {
        tally.merge(rt.block_on(task)?);
    }
    let memory = resident();
    let warm = work.warm.get().copied().unwrap_or(memory);
    drop(work);

    println!("{}", tally.table());
    let statistics = client.connection_manager().statistics();
    let leases = statistics.leased + statistics.pending;
    // The transport has no tasks of its own here; what a runtime still does is to come to an end.
    settle(|| rt.metrics().num_alive_tasks() == 0);
    let alive = rt.metrics().num_alive_tasks();
    let (created, reused) = (statistics.created, statistics.reused);
    drop((client, rt));
    settle(|| descriptors() <= before);
    let open = descriptors().saturating_sub(before);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{created} connections made, {reused} uses of one that rested; {:.0} requests/s",
        requests as f64 / seconds
    );
    println!("left: {leases} leases, {open} descriptors, {alive} tasks");
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "memory: {:.1} MiB after warm-up, {:.1} MiB at the end",
        mib(warm),
        mib(memory)
    );
    let leaked = leases + open + alive;
    println!(
        "soak: {} requests, {} wrong, {leaked} leaked",
        tally.all(),
        tally.wrong
    );
    ensure!(tally.all() == requests, "some requests came to nothing");
    ensure!(tally.wrong == 0, "{} of {requests} are wrong", tally.wrong);
    ensure!(leaked == 0, "something is left");
    ensure!(memory <= warm + warm / 10 + SLACK, "memory grows");
    Ok(())
}

/// Waits for what ends by itself; not for long.
fn settle(ended: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !ended() && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// What this process has open; only Linux tells.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// The memory of this process, in bytes; only Linux tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kibibytes.map_or(0, |kibibytes: u64| kibibytes * 1024)
}
