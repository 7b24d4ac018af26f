//! `cargo xtask bench size`: what it costs to have a client at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value as Json, json};

use crate::steps::{cargo, output, show};

/// A minimal program: its name, that for readers, what it depends on, and its one line.
type Program = (&'static str, &'static str, &'static str, &'static str);

const PROGRAMS: [Program; 5] = [
    (
        "courser",
        "**Courser**",
        r#"courser = { path = "ROOT/crates/courser" }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "courser-lite",
        "**Courser**, `blocking` alone",
        r#"courser = { path = "ROOT/crates/courser", default-features = false, features = ["blocking"] }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "courser-all",
        "**Courser**, all features",
        r#"courser = { path = "ROOT/crates/courser", features = [FEATURES] }"#,
        r#"courser::get("http://127.0.0.1:1/").call()"#,
    ),
    (
        "reqwest",
        "reqwest",
        // Its default; `rt` brings no crate that it does not have.
        "reqwest = \"0.13\"\ntokio = { version = \"1\", features = [\"rt\"] }",
        r#"tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(reqwest::get("http://127.0.0.1:1/"))"#,
    ),
    (
        "ureq",
        "ureq",
        r#"ureq = "3""#,
        r#"ureq::get("http://127.0.0.1:1/").call()"#,
    ),
];

/// What has to be reached: a program has at most as many dependencies as another, and so many.
const TARGETS: [(&str, &str, usize); 2] = [("courser", "reqwest", 0), ("courser-lite", "ureq", 10)];

/// Makes each program anew, and counts, times and weighs it.
///
/// # Errors
/// Also if a target is missed.
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
            row.name, row.dependencies, row.seconds, row.kib
        );
        rows.push(row);
    }
    let targets: Vec<Target> = TARGETS
        .into_iter()
        .filter_map(|target| Target::of(target, &rows))
        .collect();
    println!();
    for target in &targets {
        println!("{}", target.line());
    }
    let met = targets.iter().filter(|target| target.is_met()).count();
    println!("size: {met} of {} targets met", TARGETS.len());
    if let Some(file) = file {
        let all = json!({
            "programs": rows.iter().map(Row::json).collect::<Json>(),
            "targets": targets.iter().map(Target::json).collect::<Json>(),
        });
        fs::write(file, serde_json::to_string_pretty(&all)?)
            .with_context(|| format!("writing {file}"))?;
    }
    ensure!(met == TARGETS.len(), "a target is missed");
    Ok(())
}

struct Row {
    name: &'static str,
    title: &'static str,
    dependencies: usize,
    seconds: f64,
    kib: u64,
}

impl Row {
    fn json(&self) -> Json {
        json!({
            "program": self.name, "title": self.title, "dependencies": self.dependencies,
            "build_seconds": self.seconds, "size_kib": self.kib,
        })
    }
}

/// A comparison of dependencies.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    program: &'static str,
    over: &'static str,
    dependencies: usize,
    most: usize,
}

impl Target {
    fn of(
        (program, over, more): (&'static str, &'static str, usize),
        rows: &[Row],
    ) -> Option<Self> {
        let of = |name| Some(rows.iter().find(|row| row.name == name)?.dependencies);
        Some(Target {
            program,
            over,
            dependencies: of(program)?,
            most: of(over)? + more,
        })
    }

    fn is_met(&self) -> bool {
        self.dependencies <= self.most
    }

    fn line(&self) -> String {
        let Target {
            program,
            over,
            dependencies,
            most,
        } = self;
        let met = if self.is_met() { "met   " } else { "missed" };
        format!(
            "{met}: {program} has {dependencies} dependencies, at most {most} wanted for those of {over}"
        )
    }

    fn json(&self) -> Json {
        json!({
            "program": self.program, "over": self.over, "dependencies": self.dependencies,
            "most": self.most, "met": self.is_met(),
        })
    }
}

fn measure(root: &Path, (name, title, dependency, line): Program) -> Result<Row> {
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
    // Hundreds of megabytes that nobody needs any more.
    fs::remove_dir_all(folder)?;
    Ok(Row {
        name,
        title,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_by_as_many_as_wanted() {
        let row = |name, dependencies| Row {
            name,
            title: name,
            dependencies,
            seconds: 1.0,
            kib: 1,
        };
        let rows = [row("a", 40), row("b", 30)];
        for (more, met) in [(9, false), (10, true)] {
            let target = Target::of(("a", "b", more), &rows).unwrap();
            assert_eq!((target.most, target.is_met()), (30 + more, met));
            assert_eq!(target.line().starts_with("met"), met);
        }
        assert_eq!(Target::of(("a", "c", 0), &rows), None);
    }
}
