//! `cargo xtask bench`: ratios between clients in one run, and figures of memory.

mod codecs;
mod memory;
mod multipart;
mod overhead;
mod transports;

use anyhow::{Result, bail};

const HELP: &str = "\
Usage: cargo xtask bench <name>

  overhead [ROUNDS [CLIENT]]
                      CPU of a kept-alive GET of 100 bytes, beside bare reqwest
  codecs [ROUNDS [CODEC]]
                      CPU of reading 1 MiB of EDN beside clojure-reader, of JSON and Transit beside serde_json,
                      of writing forms beside serde_qs; time of a multipart upload beside the plain file
  transports [--rounds N] [--json FILE]
                      throughput and CPU of the native transport beside reqwest and ureq
  memory [MIB]        peak memory of bodies streamed each way, 1024 MiB unless said
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["overhead"] => overhead::run(16, None),
        ["overhead", rounds] => overhead::run(rounds.parse()?, None),
        ["overhead", rounds, only] => overhead::run(rounds.parse()?, Some(only)),
        ["codecs"] => codecs::run(41, None).and(multipart::run()),
        ["codecs", rounds] => codecs::run(rounds.parse()?, None),
        ["codecs", rounds, only] => codecs::run(rounds.parse()?, Some(only)),
        ["multipart"] => multipart::run(),
        ["memory"] => memory::run(1024),
        ["memory", mib] => memory::run(mib.parse()?),
        ["transports", rest @ ..] => transports::run(rest),
        ["transports-server"] => transports::serve(),
        ["memory-server"] => memory::serve(),
        _ => bail!("{HELP}"),
    }
}
