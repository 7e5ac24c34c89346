//! Building plugins: each crate below `plugins/` and `tests/guests/` becomes
//! the component that its `plugin.toml` names.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::workspace::{Package, Workspace, run};

/// What components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// Builds the plugins whose folders are named, or all, and says where each
/// component is and how large.
pub(crate) fn build(workspace: &Workspace, names: &[&str]) -> Result<()> {
    let plugins = chosen(workspace, names)?;
    ensure_target(workspace, TARGET)?;
    let built = compile(workspace, &plugins)?;
    let width = plugins
        .iter()
        .map(|plugin| plugin.folder_name().len())
        .max()
        .unwrap_or(0);
    for plugin in plugins {
        let artifact = built.get(&plugin.folder).with_context(|| {
            format!(
                "{} builds no component; it needs crate-type = [\"cdylib\"]",
                plugin.name
            )
        })?;
        let component = component_path(&plugin.folder)?;
        let size = install(artifact, &component)?;
        let name = plugin.folder_name();
        println!(
            "{name:width$}  {:>5} KiB  {}",
            size.div_ceil(1024),
            workspace.shown(&component)
        );
    }
    Ok(())
}

fn chosen<'a>(workspace: &'a Workspace, names: &[&str]) -> Result<Vec<&'a Package>> {
    let all: Vec<_> = workspace.plugin_packages().collect();
    if names.is_empty() {
        return Ok(all);
    }
    names
        .iter()
        .map(|name| {
            let found = all
                .iter()
                .find(|plugin| plugin.folder_name() == *name)
                .copied();
            found.with_context(|| {
                let known: Vec<_> = all.iter().map(|plugin| plugin.folder_name()).collect();
                format!("no plugin `{name}`; there are: {}", known.join(", "))
            })
        })
        .collect()
}

/// Adds the target to the toolchain where it is missing.
pub(crate) fn ensure_target(workspace: &Workspace, target: &str) -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .current_dir(&workspace.root)
        .output()
        .context("cannot run rustc")?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && folder.is_dir() {
        return Ok(());
    }
    println!("adding the target {target}");
    run(Command::new("rustup")
        .args(["target", "add", target])
        .current_dir(&workspace.root))
    .with_context(|| format!("the toolchain has no target {target}, and rustup cannot add it"))
}

/// Compiles the plugins together; what each became, by its folder.
fn compile(workspace: &Workspace, plugins: &[&Package]) -> Result<HashMap<PathBuf, PathBuf>> {
    let mut cargo = workspace.cargo(&["build", "--target", TARGET, "--profile", "guest"]);
    cargo
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    for plugin in plugins {
        cargo.args(["--package", &plugin.name]);
    }
    let output = cargo.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the plugins do not build");
    }
    let mut built = HashMap::new();
    for line in output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let message: Value = serde_json::from_slice(line).context("cargo's messages are JSON")?;
        let manifest = message["manifest_path"].as_str().map(Path::new);
        let files = message["filenames"].as_array();
        let component = files
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .find(|file| file.ends_with(".wasm"));
        if let (Some(folder), Some(component)) = (manifest.and_then(Path::parent), component) {
            built.insert(folder.to_owned(), component.into());
        }
    }
    Ok(built)
}

/// The file that a plugin's manifest names as its component.
fn component_path(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("plugin.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table = text
        .parse()
        .with_context(|| format!("{} is not TOML", path.display()))?;
    let component = manifest
        .get("plugin")
        .and_then(|plugin| plugin.get("component"));
    let component = component.and_then(toml::Value::as_str);
    let component = component.with_context(|| format!("{} names no component", path.display()))?;
    Ok(folder.join(component))
}

/// Puts the artifact in its place in one step, so that nobody reads half of
/// it. Returns its size.
fn install(artifact: &Path, component: &Path) -> Result<u64> {
    let folder = component.parent().context("a component is in a folder")?;
    fs::create_dir_all(folder)?;
    let new = component.with_extension("wasm.new");
    let size =
        fs::copy(artifact, &new).with_context(|| format!("cannot write {}", new.display()))?;
    fs::rename(&new, component).with_context(|| format!("cannot write {}", component.display()))?;
    Ok(size)
}
