//! What `deny.toml` says of licences, wildcards and sources, held against the lock.

use std::path::Path;

use super::{Finding, read, spdx};
use crate::metadata::{Metadata, Package};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(root: &Path, metadata: &Metadata) -> Vec<Finding> {
    let deny = match read(root, "deny.toml") {
        Ok(deny) => deny,
        Err(finding) => return vec![finding],
    };
    let allowed = list(&deny, "licenses", "allow");
    if allowed.is_empty() {
        return vec![Finding::new(
            "deny.toml",
            "allows no licence",
            "list them at `allow` in `[licenses]`",
        )];
    }
    let mut findings: Vec<Finding> = metadata
        .packages
        .iter()
        .flat_map(|package| check_package(package, &allowed))
        .collect();
    findings.extend(
        metadata
            .members()
            .flat_map(|member| wildcards(root, member)),
    );
    findings
}

fn check_package(package: &Package, allowed: &[String]) -> Vec<Finding> {
    let finding = |what: String, remedy: &str| {
        let what = format!("{} {} {what}", package.name, package.version);
        Finding::new("Cargo.lock", what, remedy)
    };
    let mut findings = Vec::new();
    match &package.license {
        None => findings.push(finding("names no licence".into(), "do without it")),
        Some(license) if !spdx::allows(license, allowed) => {
            findings.push(finding(
                format!("is under {license}"),
                "do without it, or allow that in deny.toml",
            ));
        }
        Some(_) => {}
    }
    if let Some(source) = package
        .source
        .as_deref()
        .filter(|source| *source != CRATES_IO)
    {
        findings.push(finding(
            format!("is from {source}"),
            "take it from crates.io",
        ));
    }
    findings
}

fn wildcards(root: &Path, member: &Package) -> Vec<Finding> {
    let wild = member
        .dependencies
        .iter()
        .filter(|dependency| dependency.req == "*" && !dependency.local);
    wild.map(|dependency| {
        let what = format!("takes any version of {}", dependency.name);
        Finding::new(
            super::relative(root, &member.manifest),
            what,
            "name the version",
        )
    })
    .collect()
}

/// The strings of `key = ["…", …]` in a section of a TOML file, which may go over several lines.
fn list(toml: &str, section: &str, key: &str) -> Vec<String> {
    let header = format!("[{section}]");
    let lines = toml
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let lines = lines.skip_while(|line| *line != header).skip(1);
    let body: String = lines
        .take_while(|line| !is_header(line))
        .collect::<Vec<_>>()
        .join("\n");
    let value = body.split('\n').position(|line| {
        line.split('=')
            .next()
            .is_some_and(|name| name.trim() == key)
    });
    let Some(start) = value else {
        return Vec::new();
    };
    let rest = body.split('\n').skip(start).collect::<Vec<_>>().join("\n");
    let inside = rest
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(inside, _)| inside);
    inside
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// A section's header stands alone on its line, and an item of a list does not begin with a name.
fn is_header(line: &str) -> bool {
    line.starts_with('[') && line.ends_with(']') && !line.contains('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    #[test]
    fn reads_a_list() {
        let toml = "[bans]\nallow = [\"no\"]\n[licenses]\n# allow = [\"no\"]\nunused-allow = \"x\"\nallow = [\n    \"MIT\",\n    \"ISC\",\n]\n[sources]\nallow = [\"no\"]\n";
        assert_eq!(list(toml, "licenses", "allow"), ["MIT", "ISC"]);
        assert_eq!(
            list("[licenses]\nallow = [\"MIT\"]\n", "licenses", "allow"),
            ["MIT"]
        );
        assert!(list(toml, "advisories", "allow").is_empty());
    }

    #[test]
    fn foreign_licences_and_sources_are_found() {
        let package = |license: Option<&str>, source: &str| Package {
            name: "p".into(),
            version: "1.2.3".into(),
            license: license.map(str::to_owned),
            source: Some(source.into()),
            ..Package::default()
        };
        let check = |package: &Package| {
            let findings = check_package(package, &["MIT".into()]);
            findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(check(&package(Some("MIT OR Apache-2.0"), CRATES_IO)), "");
        assert!(
            check(&package(Some("GPL-3.0"), CRATES_IO))
                .starts_with("Cargo.lock: p 1.2.3 is under GPL-3.0; ")
        );
        assert!(check(&package(None, CRATES_IO)).contains("names no licence"));
        assert!(check(&package(Some("MIT"), "git+https://example.test")).contains("is from git+"));
    }

    #[test]
    fn wildcards_are_for_members_only() {
        let dependency = |req: &str, local| Dependency {
            name: "d".into(),
            req: req.into(),
            local,
            ..Dependency::default()
        };
        let member = Package {
            manifest: "/tree/crates/p/Cargo.toml".into(),
            dependencies: vec![
                dependency("^1", false),
                dependency("*", true),
                dependency("*", false),
            ],
            ..Package::default()
        };
        let findings = wildcards(Path::new("/tree"), &member);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].file, "crates/p/Cargo.toml");
    }
}
