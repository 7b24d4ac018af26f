//! Who may depend on whom: members on members, and who knows the transports' crates.

use super::Finding;
use crate::metadata::{Dependency, Metadata, Package};

/// A member, the members it depends on, and whether it does so only with its feature `middleware`.
type Row = (&'static str, &'static [&'static str], bool);

const CORE: &[&str] = &["courser-core"];

/// As in ARCHITECTURE.md. Unpublished members are free.
const STAR: &[Row] = &[
    (
        "courser",
        &[
            "courser-auth",
            "courser-cache",
            "courser-coerce",
            "courser-cookies",
            "courser-core",
            "courser-fake",
            "courser-h1",
            "courser-middleware",
            "courser-pool",
            "courser-reqwest",
            "courser-rt",
            "courser-transport",
        ],
        false,
    ),
    ("courser-auth", CORE, true),
    ("courser-cache", CORE, true),
    ("courser-cli", &["courser"], false),
    ("courser-coerce", CORE, true),
    ("courser-cookies", CORE, true),
    ("courser-core", &[], false),
    ("courser-fake", CORE, false),
    ("courser-h1", &[], false),
    ("courser-middleware", CORE, false),
    ("courser-pool", CORE, false),
    ("courser-reqwest", &["courser-core", "courser-rt"], false),
    ("courser-rt", CORE, false),
    (
        "courser-transport",
        &["courser-core", "courser-h1", "courser-rt"],
        false,
    ),
];

/// Crates that only some published members may know.
const RESERVED: &[(&str, &[&str])] = &[
    ("reqwest", &["courser-reqwest"]),
    ("rustls", &["courser-reqwest", "courser-transport"]),
    (
        "rustls-platform-verifier",
        &["courser-reqwest", "courser-transport"],
    ),
    ("rustix", &["courser-rt"]),
    ("socket2", &["courser-rt"]),
    ("tokio-rustls", &[]),
];

/// Who may switch tokio's runtime on.
const RUNTIME: &[&str] = &["courser-reqwest", "courser-rt", "courser-transport"];
const RUNTIME_FEATURES: &[&str] = &["full", "rt", "rt-multi-thread"];

pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    let members: Vec<&str> = metadata
        .members()
        .map(|package| package.name.as_str())
        .collect();
    let published = metadata.published();
    published
        .flat_map(|package| check_package(package, &members))
        .collect()
}

fn check_package(package: &Package, members: &[&str]) -> Vec<Finding> {
    let file = format!("crates/{}/Cargo.toml", package.name);
    let finding = |what: String, remedy: &str| Finding::new(&file, what, remedy);
    let Some((_, allowed, by_feature)) = STAR.iter().find(|(name, ..)| *name == package.name)
    else {
        let what = format!("{} has no place in the star", package.name);
        return vec![finding(
            what,
            "add it to xtask/src/tidy/star.rs and to ARCHITECTURE.md, or do not publish it",
        )];
    };
    let mut findings = Vec::new();
    for dependency in package.shipped_dependencies() {
        let name = dependency.name.as_str();
        if members.contains(&name) {
            if !allowed.contains(&name) {
                let what = format!("depends on {name}, which is not in the star");
                findings.push(finding(
                    what,
                    "go by a trait of courser-core, or by the facade",
                ));
            } else if *by_feature && !only_by(package, dependency, "middleware") {
                let what = format!("needs {name} without its feature `middleware`");
                findings.push(finding(what, "make it optional, for that feature alone"));
            }
        }
        let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == name);
        if let Some((_, knowing)) = reserved
            && !knowing.contains(&package.name.as_str())
            && !is_cookie_provider(package, dependency)
        {
            let what = format!("depends on {name}, which only {knowing:?} may");
            findings.push(finding(what, "leave it to them"));
        }
        if name == "tokio"
            && !RUNTIME.contains(&package.name.as_str())
            && asks_for_runtime(package, dependency)
        {
            let what = format!("switches tokio's runtime on, which only {RUNTIME:?} may");
            findings.push(finding(
                what,
                "take `Timer`, `Spawn` and `Dial` of courser-core",
            ));
        }
    }
    findings
}

fn only_by(package: &Package, dependency: &Dependency, feature: &str) -> bool {
    dependency.optional && package.enablers(dependency) == [feature]
}

/// The cookie jar may serve as reqwest's cookie provider.
fn is_cookie_provider(package: &Package, dependency: &Dependency) -> bool {
    package.name == "courser-cookies"
        && dependency.name == "reqwest"
        && only_by(package, dependency, "reqwest")
}

fn asks_for_runtime(package: &Package, tokio: &Dependency) -> bool {
    let of_runtime = |feature: &str| RUNTIME_FEATURES.contains(&feature);
    let asked = |ask: &String| match ask.split_once('/') {
        Some((name, feature)) => name.trim_end_matches('?') == tokio.alias && of_runtime(feature),
        None => false,
    };
    tokio.features.iter().any(|feature| of_runtime(feature))
        || package.features.values().flatten().any(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: Vec<Dependency>, features: &[(&str, &str)]) -> Package {
        Package {
            name: name.into(),
            dependencies,
            features: features
                .iter()
                .map(|(name, ask)| ((*name).into(), vec![(*ask).into()]))
                .collect(),
            ..Package::default()
        }
    }

    fn on(name: &str) -> Dependency {
        Dependency {
            name: name.into(),
            alias: name.into(),
            ..Dependency::default()
        }
    }

    fn optional(name: &str) -> Dependency {
        Dependency {
            optional: true,
            ..on(name)
        }
    }

    #[track_caller]
    fn check(package: &Package, expected: &[&str]) {
        let members = [
            "courser",
            "courser-core",
            "courser-pool",
            "courser-rt",
            "courser-testkit",
        ];
        let found: Vec<String> = check_package(package, &members)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn members_depend_as_the_star_says() {
        check(
            &package("courser-pool", vec![on("courser-core"), on("bytes")], &[]),
            &[],
        );
        check(
            &package("courser-pool", vec![on("courser-rt")], &[]),
            &["depends on courser-rt"],
        );
        check(
            &package("courser-core", vec![on("courser-testkit")], &[]),
            &["depends on courser-testkit"],
        );
        check(&package("courser-new", vec![], &[]), &["has no place"]);
        let dev = Dependency {
            dev: true,
            ..on("courser-testkit")
        };
        check(&package("courser-core", vec![dev], &[]), &[]);
    }

    #[test]
    fn standalone_crates_need_core_only_for_middleware() {
        let with = |dependency, features: &[_]| package("courser-auth", vec![dependency], features);
        check(
            &with(
                optional("courser-core"),
                &[("middleware", "dep:courser-core")],
            ),
            &[],
        );
        check(&with(on("courser-core"), &[]), &["without its feature"]);
        check(
            &with(optional("courser-core"), &[("digest", "dep:courser-core")]),
            &["without its feature"],
        );
    }

    #[test]
    fn transports_keep_their_crates() {
        check(&package("courser-transport", vec![on("rustls")], &[]), &[]);
        check(
            &package("courser-cache", vec![on("reqwest")], &[]),
            &["depends on reqwest"],
        );
        check(
            &package("courser", vec![on("rustls")], &[]),
            &["depends on rustls"],
        );
        check(
            &package(
                "courser-cookies",
                vec![optional("reqwest")],
                &[("reqwest", "dep:reqwest")],
            ),
            &[],
        );
        check(
            &package("courser-cookies", vec![on("reqwest")], &[]),
            &["depends on reqwest"],
        );
    }

    #[test]
    fn the_runtime_is_for_few() {
        let tokio = |feature: &str| Dependency {
            features: vec![feature.into()],
            ..on("tokio")
        };
        check(&package("courser-rt", vec![tokio("rt")], &[]), &[]);
        check(&package("courser", vec![tokio("sync")], &[]), &[]);
        check(
            &package("courser", vec![tokio("rt")], &[]),
            &["tokio's runtime"],
        );
        check(
            &package(
                "courser",
                vec![tokio("sync")],
                &[("async", "tokio?/rt-multi-thread")],
            ),
            &["tokio's runtime"],
        );
    }
}
