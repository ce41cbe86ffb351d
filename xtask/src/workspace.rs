//! The packages of the workspace, as `cargo metadata` tells of them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// One package of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name, such as `boathook-core`.
    pub(crate) name: String,
    /// Where its manifest is: absolute as cargo has it, from the root of the workspace once read.
    manifest_path: String,
    /// What it depends on directly.
    pub(crate) dependencies: Vec<Dependency>,
    /// What is compiled of it.
    targets: Vec<Target>,
}

/// One direct dependency.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The package that is depended on.
    pub(crate) name: String,
    /// The name that the code uses instead, if it has another.
    rename: Option<String>,
    /// `dev`, `build`, or none for a normal one.
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    src_path: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// Asks cargo what the workspace consists of. Neither the network nor a lock is needed.
pub(crate) fn packages(root: &Path) -> anyhow::Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cannot run cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let mut packages = serde_json::from_slice::<Metadata>(&output.stdout)?.packages;
    for package in &mut packages {
        package.manifest_path = relative(root, &package.manifest_path)?;
        for target in &mut package.targets {
            target.src_path = relative(root, &target.src_path)?;
        }
    }
    Ok(packages)
}

fn relative(root: &Path, path: &str) -> anyhow::Result<String> {
    let path = Path::new(path)
        .strip_prefix(root)
        .with_context(|| format!("{path} is outside the workspace"))?;
    Ok(path.to_string_lossy().replace('\\', "/"))
}

impl Package {
    /// What the layer table calls it: `core` for `boathook-core`.
    pub(crate) fn layer(&self) -> &str {
        layer(&self.name)
    }

    /// Its manifest, from the root of the workspace.
    pub(crate) fn manifest(&self) -> &str {
        &self.manifest_path
    }

    /// Its folder, from the root of the workspace.
    pub(crate) fn folder(&self) -> &str {
        self.manifest_path.trim_end_matches("/Cargo.toml")
    }

    /// The first file of each of its targets, from the root of the workspace.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|target| target.src_path.as_str())
    }

    /// A package that a test makes up, with normal and dev dependencies and `src/lib.rs`.
    #[cfg(test)]
    pub(crate) fn of(name: &str, normal: &[&str], dev: &[&str]) -> Self {
        let dependency = |name: &str, kind: Option<&str>| Dependency {
            name: name.to_owned(),
            rename: None,
            kind: kind.map(str::to_owned),
        };
        let folder = format!("crates/{}", layer(name));
        Self {
            name: name.to_owned(),
            manifest_path: format!("{folder}/Cargo.toml"),
            dependencies: (normal.iter().map(|name| dependency(name, None)))
                .chain(dev.iter().map(|name| dependency(name, Some("dev"))))
                .collect(),
            targets: vec![Target { src_path: format!("{folder}/src/lib.rs") }],
        }
    }
}

impl Dependency {
    /// Says whether only tests use it.
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }

    /// The name that the code knows it by.
    pub(crate) fn identifier(&self) -> String {
        self.rename.as_ref().unwrap_or(&self.name).replace('-', "_")
    }

    /// What the layer table calls it if it is ours.
    pub(crate) fn layer(&self) -> &str {
        layer(&self.name)
    }
}

fn layer(name: &str) -> &str {
    name.strip_prefix("boathook-").unwrap_or(name)
}
