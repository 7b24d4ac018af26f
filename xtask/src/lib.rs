//! The chores of the workspace, as a library that tests can call.

use std::path::{Path, PathBuf};

pub mod features;
pub mod fuzz;
pub mod marks;
pub mod metadata;
pub mod network;
pub mod options;
pub mod peers;
pub mod readme;
pub mod size;
pub mod steps;
pub mod test;
pub mod tidy;

/// The workspace's root.
pub fn root() -> PathBuf {
    // Asked when it runs, since a target folder may serve several copies of the tree.
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    own.parent().unwrap_or(Path::new(".")).to_owned()
}
