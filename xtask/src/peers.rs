//! `cargo xtask bench`: builds the clients and compares them.
//!
//! They are no member of the workspace, so that nobody else waits for libcurl to be compiled, and
//! their many dependencies bind nobody.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::network::apart;
use crate::steps::{cargo, show};

/// The program, and the same with an allocator that counts.
const PROGRAM: &str = "courser-peers";
const COUNTING: &str = "courser-peers-count";

/// Builds both programs and runs the comparison with these arguments where the caller stands.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let target = root.join("target/peers");
    let mut build = cargo(root, &["build", "--quiet", "--release", "--manifest-path"]);
    build.arg(root.join("xtask/peers/Cargo.toml"));
    build.arg("--target-dir").arg(&target);
    show(build)?;
    let path = |name: &str| target.join("release").join(name);
    let mut compare = Command::new(path(PROGRAM));
    compare.args(arguments);
    compare.env("COURSER_PEERS_COUNT", path(COUNTING));
    apart(&mut compare)
}
