//! Allocations and system calls of a request, counted in processes of their own: counting costs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::clients;
use crate::report::Report;
use crate::workload::{Site, Workload};

/// The program that counts allocations; `cargo xtask bench` says where it is.
const COUNTING: &str = "COURSER_PEERS_COUNT";

/// What is counted is the difference between so many requests and so many.
const FEW: u64 = 100;
const MANY: u64 = 600;

/// Sends so many requests; prints the allocations, if this program counts them.
pub(crate) fn run(client: &str, workload: &str, requests: u64) -> Result<()> {
    let workload = Workload::by_name(workload).context("no such workload")?;
    let name = clients::NAMES.into_iter().find(|name| *name == client);
    let site = Site::start()?;
    let request = clients::request(name.context("no such client")?, &site, workload)?;
    let mut request = request.context("the client cannot do that")?;
    for _ in 0..requests {
        request()?;
    }
    // Zero where it is not the allocator.
    let stats = stats_alloc::INSTRUMENTED_SYSTEM.stats();
    println!("{}", stats.allocations + stats.reallocations);
    Ok(())
}

/// Counts for all clients.
pub(crate) fn all(report: &mut Report) -> Result<()> {
    let counting = std::env::var_os(COUNTING).map(PathBuf::from);
    let own = std::env::current_exe()?;
    let traced = Command::new("strace").arg("-V").output().is_ok();
    if !traced {
        println!("\nstrace is not at hand, so system calls are not counted");
    }
    println!(
        "\n{:<26} {:>11} {:>9}",
        "of a GET of 100 bytes", "allocations", "syscalls"
    );
    for client in clients::clients() {
        let allocations = counting
            .as_deref()
            .map(|path| per_request(|n| allocations(path, client, n)));
        let calls = traced.then(|| per_request(|n| calls(&own, client, n)));
        report.counted(client, allocations.transpose()?, calls.transpose()?);
    }
    Ok(())
}

fn per_request(count: impl Fn(u64) -> Result<u64>) -> Result<f64> {
    let (few, many) = (count(FEW)?, count(MANY)?);
    Ok(many.saturating_sub(few) as f64 / (MANY - FEW) as f64)
}

fn command(program: &Path, client: &str, requests: u64) -> Command {
    let mut command = Command::new(program);
    command.args([
        "count",
        client,
        Workload::Small.name(),
        &requests.to_string(),
    ]);
    command
}

fn allocations(program: &Path, client: &str, requests: u64) -> Result<u64> {
    let output = command(program, client, requests).output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let count = String::from_utf8(output.stdout)?;
    count.trim().parse().context("no count of allocations")
}

/// All threads of the client, but not the server, which is a process of its own.
fn calls(program: &Path, client: &str, requests: u64) -> Result<u64> {
    let folder = std::env::temp_dir();
    let stem = format!("courser-strace-{}", std::process::id());
    let plain = command(program, client, requests);
    // A file for each thread and process: those that began with `execve` of the server are not
    // the client's.
    let mut strace = Command::new("strace");
    strace.args(["-ff", "-qq", "-o"]).arg(folder.join(&stem));
    strace.arg(plain.get_program()).args(plain.get_args());
    let output = strace.output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut count = 0;
    let mut server = Vec::new();
    let mut traces = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if let Some(pid) = name.strip_prefix(&format!("{stem}.")) {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            std::fs::remove_file(&path)?;
            traces.push((pid.to_owned(), text));
        }
    }
    // The server and its threads, which it started in turn.
    for (pid, text) in &traces {
        if text
            .lines()
            .any(|line| line.starts_with("execve(") && line.contains("\"server\""))
        {
            server.push(pid.clone());
        }
    }
    let mut at = 0;
    while let Some(pid) = server.get(at).cloned() {
        let started = traces.iter().filter(|(other, _)| *other == pid);
        for (_, text) in started {
            for line in text.lines().filter(|line| line.starts_with("clone")) {
                if let Some(child) = line.rsplit(' ').next() {
                    server.push(child.to_owned());
                }
            }
        }
        at += 1;
    }
    for (pid, text) in traces {
        if !server.contains(&pid) {
            count += text.lines().count() as u64;
        }
    }
    Ok(count)
}
