//! `cargo xtask bench`: Courser beside the other clients, in one run.

#![forbid(unsafe_code)]

mod chart;
mod clients;
mod count;
mod many;
mod report;
mod server;
mod workload;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use courser_bench::rounds::timed;

use report::{Entry, Report};
use workload::{Site, Workload};

/// Where `cargo xtask` shows it too, without building this.
const HELP: &str = include_str!("../help.txt");

/// How long each client is measured, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    rounds: usize,
    round: Duration,
}

/// Does what the arguments say; fails if that fails, or a target is missed.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // Two providers are compiled in: Courser's and reqwest's own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["server"] => return server::serve(),
        ["count", client, workload, requests] => {
            return count::run(client, workload, requests.parse()?);
        }
        ["--help" | "-h"] => {
            print!("{HELP}");
            return Ok(());
        }
        _ => {}
    }
    let mut pace = Pace {
        rounds: 16,
        round: Duration::from_millis(250),
    };
    let (mut json, mut svg, mut only) = (None, None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .with_context(|| format!("{argument} wants a value"))
        };
        match *argument {
            "--quick" => {
                pace = Pace {
                    rounds: 6,
                    round: Duration::from_millis(60),
                }
            }
            "--json" => json = Some(value()?),
            "--svg" => svg = Some(value()?),
            "--only" => only = Some(*value()?),
            other => bail!("there is no option {other}\n\n{HELP}"),
        }
    }
    let wanted = |name: &str| only.is_none_or(|only| only == name);

    let mut report = Report::default();
    // First what uses all cores; that it then is one alone is not undone.
    many::run(&mut report, pace, wanted)?;
    let mut core = rustix::thread::CpuSet::new();
    core.set(0);
    let pinned = rustix::thread::sched_setaffinity(None, &core).is_ok();
    println!("\none request after the other; client and server on one core: {pinned}");
    let site = Site::start()?;
    for workload in Workload::ALL {
        if wanted(workload.name()) {
            one_at_a_time(&mut report, &site, workload, pace)?;
        }
    }
    if wanted(Workload::Small.name()) {
        count::all(&mut report)?;
    }
    let only = only.unwrap_or_default();
    ensure!(report.is_filled(), "there is no workload \"{only}\"");
    let met = report.check_targets();
    if let Some(file) = json {
        report.write_json(file, pace, pinned)?;
    }
    if let Some(file) = svg {
        chart::write(&report, file)?;
    }
    ensure!(met, "a target is missed");
    Ok(())
}

fn one_at_a_time(report: &mut Report, site: &Site, workload: Workload, pace: Pace) -> Result<()> {
    let mut entries = Vec::new();
    for name in clients::NAMES {
        if let Some(mut request) = clients::request(name, site, workload)? {
            entries.push(Entry::new(name, move |time| timed(time, &mut request)));
        }
    }
    report.group(workload.name(), pace, entries)
}
