//! `cargo xtask oracle`: see [`courser_oracle`].

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use courser_core::Capabilities;
use courser_oracle::client::Client;
use courser_oracle::deviations::{self, Deviations};
use courser_oracle::facade::Facade;
use courser_oracle::report::{Counts, mutations, report};
use courser_oracle::{case, echo, run, verdict};

const HELP: &str = "\
Usage: cargo xtask oracle FILE [options]

Runs the recorded cases of FILE and compares: method, target, headers, body and framing of every request, the number
of exchanges and connections, every key of the responses, errors, lookups, cookie stores.

  --topic T        only the cases of topic T (may be given again)
  --case ID        only this case (may be given again)
  --strict         the case of header names counts
  --transport T    the transport to run them on
  --self-test      compare the recordings with themselves instead of running Courser; try it with --mutate
  --mutate         change every expectation in turn; the comparison has to notice

passed: as in clj-http. deviations: as deviations.edn says, by the number of the decision. limits: the transport
cannot do it. failed: anything else.

Fails if a case failed and --topic or --case chose it, or if --mutate found a change that was not noticed; a run of
all cases is a report, and fails only if it could not be made.
";

#[derive(Debug, Default)]
struct Arguments {
    file: Option<PathBuf>,
    topics: Vec<String>,
    cases: Vec<String>,
    strict: bool,
    mutate: bool,
    self_test: bool,
    transport: Option<String>,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1))
        .and_then(|arguments| arguments.map_or(Ok(true), |a| go(&a)))
    {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// None if help was asked for, and given.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} wants a value"))
        };
        match word.as_str() {
            "--topic" => arguments.topics.push(value()?),
            "--case" => arguments.cases.push(value()?),
            "--transport" => arguments.transport = Some(value()?),
            "--strict" => arguments.strict = true,
            "--self-test" => arguments.self_test = true,
            "--mutate" => arguments.mutate = true,
            "--help" | "-h" | "help" => {
                print!("{HELP}");
                return Ok(None);
            }
            _ if word.starts_with('-') => bail!("there is no option {word}\n\n{HELP}"),
            _ if arguments.file.is_some() => bail!("one file at a time\n\n{HELP}"),
            _ => arguments.file = Some(PathBuf::from(word)),
        }
    }
    Ok(Some(arguments))
}

fn go(arguments: &Arguments) -> Result<bool> {
    let file = arguments.file.as_ref().context("which FILE? See --help")?;
    let chosen = !arguments.topics.is_empty() || !arguments.cases.is_empty();
    let mut cases = case::load(file)?;
    for id in &arguments.cases {
        ensure!(
            cases.iter().any(|case| case.id == *id),
            "there is no case {id}"
        );
    }
    for topic in &arguments.topics {
        ensure!(
            cases.iter().any(|case| case.topic == *topic),
            "there is no topic {topic}"
        );
    }
    cases.retain(|case| {
        !chosen || arguments.topics.contains(&case.topic) || arguments.cases.contains(&case.id)
    });
    let client = Arc::new(Facade::new(arguments.transport.as_deref())?);
    let mut can = client.capabilities();
    let (deviations, seen) = if arguments.self_test {
        can = complete();
        let seen = cases.iter().map(echo::observation).collect();
        (Deviations::default(), seen)
    } else {
        (deviations::load()?, run::run_all(&client, &cases)?)
    };
    let judged = cases
        .iter()
        .zip(seen)
        .map(|(case, seen)| verdict::judge(case, seen, &deviations, &can, arguments.strict));
    let judged = judged.collect::<Result<Vec<_>>>()?;
    print!("{}", report(&judged));
    let failed = chosen && Counts::of(&judged).failed > 0;
    if !arguments.mutate {
        return Ok(!failed);
    }
    let (text, all) = mutations(&judged, arguments.strict);
    print!("{text}");
    Ok(all)
}

/// A transport that can do everything.
fn complete() -> Capabilities {
    let mut can = Capabilities::default();
    can.exact_target = true;
    can.header_case = true;
    can.no_default_accept = true;
    can.connection_affinity = true;
    can
}
