//! The workspace as cargo sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::steps::{cargo, output};

/// The packages of the lock, and who needs whom.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// All packages, members among them.
    pub packages: Vec<Package>,
    /// The members' ids.
    members: BTreeSet<String>,
    /// From a package to what it needs, all features on; dev-dependencies are left out.
    needs: BTreeMap<String, Vec<String>>,
}

/// A package of the lock.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// What the lock calls it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The oldest Rust it compiles with, if it says so.
    pub rust_version: Option<String>,
    /// Its licence, an SPDX expression.
    pub license: Option<String>,
    /// Where it is from; a member is from nowhere.
    pub source: Option<String>,
    /// Its `Cargo.toml`.
    pub manifest: PathBuf,
    /// Whether it may be published.
    pub published: bool,
    /// What its manifest asks for.
    pub dependencies: Vec<Dependency>,
    /// Its features, optional dependencies among them.
    pub features: BTreeMap<String, Vec<String>>,
    /// Its targets.
    pub targets: Vec<Target>,
}

/// A dependency as a manifest names it.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// What the manifest calls it.
    pub alias: String,
    /// The versions that will do.
    pub req: String,
    /// Whether it is for tests only.
    pub dev: bool,
    /// Whether a feature has to ask for it.
    pub optional: bool,
    /// The features asked for.
    pub features: Vec<String>,
    /// Whether it is in the workspace.
    pub local: bool,
}

/// A target of a package.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// `lib`, `bin`, `example`, `test` …
    pub kinds: Vec<String>,
}

impl Metadata {
    /// Asks cargo.
    pub fn load(root: &Path) -> Result<Self> {
        let arguments = ["metadata", "--format-version", "1", "--all-features"];
        Self::parse(&output(cargo(root, &arguments))?)
    }

    /// Reads what `cargo metadata` prints.
    pub fn parse(json: &str) -> Result<Self> {
        let json: &Value = &serde_json::from_str(json).context("the output of cargo metadata")?;
        let needs = items(json.pointer("/resolve/nodes").unwrap_or(&Value::Null)).map(|node| {
            let needed = items(&node["deps"])
                .filter(|dep| items(&dep["dep_kinds"]).any(|kind| kind["kind"] != "dev"));
            (
                text(&node["id"]),
                needed.map(|dep| text(&dep["pkg"])).collect(),
            )
        });
        Ok(Self {
            packages: items(&json["packages"]).map(Package::parse).collect(),
            members: strings(&json["workspace_members"]).into_iter().collect(),
            needs: needs.collect(),
        })
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.members.contains(&package.id))
    }

    /// The members that are published.
    pub fn published(&self) -> impl Iterator<Item = &Package> {
        self.members().filter(|package| package.published)
    }

    /// Everything that users of the published members compile, the members included.
    pub fn shipped(&self) -> Vec<&Package> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = self.published().map(|package| &package.id).collect();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.needs.get(id).into_iter().flatten());
            }
        }
        self.packages
            .iter()
            .filter(|package| seen.contains(&package.id))
            .collect()
    }
}

impl Package {
    fn parse(json: &Value) -> Self {
        let features = json["features"].as_object().into_iter().flatten();
        Self {
            id: text(&json["id"]),
            name: text(&json["name"]),
            version: text(&json["version"]),
            rust_version: maybe(&json["rust_version"]),
            license: maybe(&json["license"]),
            source: maybe(&json["source"]),
            manifest: text(&json["manifest_path"]).into(),
            // A list of registries, null for any, empty for none.
            published: json["publish"]
                .as_array()
                .is_none_or(|registries| !registries.is_empty()),
            dependencies: items(&json["dependencies"])
                .map(Dependency::parse)
                .collect(),
            features: features
                .map(|(name, asks)| (name.clone(), strings(asks)))
                .collect(),
            targets: items(&json["targets"])
                .map(|target| Target {
                    name: text(&target["name"]),
                    kinds: strings(&target["kind"]),
                })
                .collect(),
        }
    }

    /// Whether it has a target of that kind.
    pub fn has(&self, kind: &str) -> bool {
        self.targets
            .iter()
            .any(|target| target.kinds.iter().any(|k| k == kind))
    }

    /// The dependencies that its users compile.
    pub fn shipped_dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(|dependency| !dependency.dev)
    }

    /// The features that switch an optional dependency on.
    pub fn enablers(&self, dependency: &Dependency) -> Vec<&str> {
        let alias = dependency.alias.as_str();
        let enables = |ask: &String| {
            let ask = ask.strip_prefix("dep:").unwrap_or(ask);
            // `name?/feature` switches a feature on, not the dependency.
            ask == alias || ask.split_once('/').is_some_and(|(name, _)| name == alias)
        };
        let asking = self
            .features
            .iter()
            .filter(|(_, asks)| asks.iter().any(enables));
        asking.map(|(name, _)| name.as_str()).collect()
    }
}

impl Dependency {
    fn parse(json: &Value) -> Self {
        let name = text(&json["name"]);
        Self {
            alias: maybe(&json["rename"]).unwrap_or_else(|| name.clone()),
            name,
            req: text(&json["req"]),
            dev: json["kind"] == "dev",
            optional: json["optional"] == true,
            features: strings(&json["features"]),
            local: json["path"].is_string(),
        }
    }
}

fn items(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn strings(json: &Value) -> Vec<String> {
    items(json).map(text).collect()
}

fn text(json: &Value) -> String {
    maybe(json).unwrap_or_default()
}

fn maybe(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_leaves_tests_out() {
        let metadata = Metadata::parse(
            r#"{
            "packages": [
                {"id": "a", "name": "a", "publish": null, "features": {"x": ["dep:b", "c/std"]},
                 "dependencies": [{"name": "b", "kind": null}, {"name": "c", "rename": "see", "kind": "dev"}],
                 "targets": [{"name": "a", "kind": ["lib"]}]},
                {"id": "b", "name": "b", "publish": null},
                {"id": "c", "name": "c", "publish": null},
                {"id": "kit", "name": "kit", "publish": []}
            ],
            "workspace_members": ["a", "kit"],
            "resolve": {"nodes": [
                {"id": "a", "deps": [
                    {"pkg": "b", "dep_kinds": [{"kind": null}]},
                    {"pkg": "kit", "dep_kinds": [{"kind": "dev"}]}
                ]},
                {"id": "kit", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}]}]}
            ]}}"#,
        )
        .unwrap();
        let names =
            |packages: Vec<&Package>| packages.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(metadata.shipped()), ["a", "b"]);
        assert_eq!(names(metadata.members().collect()), ["a", "kit"]);
        assert_eq!(names(metadata.published().collect()), ["a"]);
        let a = &metadata.packages[0];
        assert!(a.has("lib") && !a.has("bin"));
        assert_eq!(a.shipped_dependencies().count(), 1);
        assert_eq!(a.enablers(&a.dependencies[0]), ["x"]);
        assert!(a.enablers(&a.dependencies[1]).is_empty());
    }
}
