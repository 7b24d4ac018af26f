//! `cargo xtask bench size`: what it costs to have a client at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value as Json, json};

use crate::steps::{cargo, output, show};

/// A minimal program: its name, what it depends on, and its one line.
type Program = (&'static str, &'static str, &'static str);

const PROGRAMS: [Program; 5] = [
    (
        "courser",
        r#"courser = { path = "ROOT/crates/courser" }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "courser-lite",
        r#"courser = { path = "ROOT/crates/courser", default-features = false, features = ["blocking"] }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "courser-all",
        r#"courser = { path = "ROOT/crates/courser", features = [FEATURES] }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "reqwest",
        // Its default; `rt` brings no crate that it does not have.
        "reqwest = \"0.13\"\ntokio = { version = \"1\", features = [\"rt\"] }",
        r#"tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(reqwest::get("http://127.0.0.1:1/"))"#,
    ),
    (
        "ureq",
        r#"ureq = "3""#,
        r#"ureq::get("http://127.0.0.1:1/").call()"#,
    ),
];

/// Makes each program anew, and counts, times and weighs it.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let file = match arguments {
        [] => None,
        ["--json", file] => Some(*file),
        other => bail!("`bench size` takes --json FILE, not `{}`", other.join(" ")),
    };
    println!(
        "{:<14} {:>12} {:>12} {:>10}",
        "program", "dependencies", "build, s", "size, KiB"
    );
    let mut rows = Vec::new();
    for program in PROGRAMS {
        let row = measure(root, program)?;
        println!(
            "{:<14} {:>12} {:>12.1} {:>10}",
            program.0, row.dependencies, row.seconds, row.kib
        );
        rows.push(json!({
            "program": program.0, "dependencies": row.dependencies,
            "build_seconds": row.seconds, "size_kib": row.kib,
        }));
    }
    if let Some(file) = file {
        fs::write(file, serde_json::to_string_pretty(&Json::from(rows))?)
            .with_context(|| format!("writing {file}"))?;
    }
    Ok(())
}

struct Row {
    dependencies: usize,
    seconds: f64,
    kib: u64,
}

fn measure(root: &Path, (name, dependency, line): Program) -> Result<Row> {
    let folder = root.join("target/size").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    let at = root.to_str().context("the workspace's path is not UTF-8")?;
    let dependency = dependency
        .replace("ROOT", at)
        .replace("FEATURES", &features(root)?);
    let manifest = format!(
        "[package]\nname = \"size-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependency}\n\n[profile.release]\nstrip = true\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let main = format!("fn main() {{\n    println!(\"{{}}\", {line}.is_ok());\n}}\n");
    fs::write(folder.join("src/main.rs"), main)?;

    let dependencies = dependencies(&folder)?;
    show(cargo(&folder, &["fetch", "--quiet"]))?;
    let mut build = cargo(&folder, &["build", "--quiet", "--release"]);
    build.arg("--target-dir").arg(folder.join("target"));
    let start = Instant::now();
    show(build)?;
    let seconds = start.elapsed().as_secs_f64();
    let program = folder.join("target/release").join(format!("size-{name}"));
    let kib = fs::metadata(program)?.len() / 1024;
    Ok(Row {
        dependencies,
        seconds,
        kib,
    })
}

/// Packages that are compiled for it, without itself.
fn dependencies(folder: &Path) -> Result<usize> {
    let tree = [
        "tree",
        "--quiet",
        "--prefix",
        "none",
        "--no-dedupe",
        "--edges",
        "normal,build",
        "--format",
        "{p}",
    ];
    let text = output(cargo(folder, &tree))?;
    let name = |line: &str| line.split(" (").next().map(str::to_owned);
    let all: BTreeSet<String> = text.lines().filter_map(name).collect();
    Ok(all
        .iter()
        .filter(|package| !package.starts_with("size-"))
        .count())
}

/// All features of the facade, for a manifest.
fn features(root: &Path) -> Result<String> {
    let metadata = crate::metadata::Metadata::load(root)?;
    let facade = metadata
        .published()
        .find(|package| package.name == "courser")
        .context("there is no crate courser")?;
    let names = facade.features.keys().map(|name| format!("\"{name}\""));
    Ok(names.collect::<Vec<_>>().join(", "))
}
