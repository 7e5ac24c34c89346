//! `portcullis inspect`

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::home::Home;
use super::progress::Bar;
use super::{Global, block_on, table};
use crate::package::{CacheHints, Carried, Content, Digest, Package, Source, TaskMark, icon_type};
use crate::policy::{self, RequestLine, printable};
use crate::registry::hidden_text;
use crate::wasm::{self, Inspection, LeftOut, Services};

/// Show what a plugin is, what it asks for, what it is granted.
#[derive(Args)]
pub(super) struct Inspect {
    /// An installed plugin's name, or where one is: a folder, a component's file,
    /// https://HOST/FILE.wasm, or oci://REGISTRY/REPOSITORY:TAG.
    plugin: String,
    /// Print the manifest of what is not installed, and nothing else: for a component
    /// that has none the one that `add` would make, a beginning for one of your own.
    #[arg(long)]
    manifest: bool,
}

#[derive(Serialize)]
struct Inspected {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    installed: bool,
    exports: Vec<&'static str>,
    /// The tools that a plain component's functions are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
    imports: Vec<String>,
    requests: Vec<RequestLine>,
    /// The URIs of directories' files, by directory.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resources: BTreeMap<String, String>,
    /// When calls become tasks, by tool.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tasks: BTreeMap<String, TaskMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheHints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted: Option<Vec<String>>,
    /// What a model reads in what it offers and a person does not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden_text: Vec<String>,
    /// The key that its signature was checked by when it was installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    component: String,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    /// Where exactly it was fetched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<Packed>,
}

/// What the component carries beside its code, in bytes.
#[derive(Serialize)]
struct Packed {
    manifest: usize,
    readme: usize,
    icon: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon_type: Option<&'static str>,
}

impl Packed {
    fn of(component: &[u8]) -> Option<Self> {
        let carried = Carried::of(component).ok()?;
        let size = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        carried.manifest.map(|manifest| Packed {
            manifest: manifest.len(),
            readme: size(carried.readme),
            icon: size(carried.icon),
            icon_type: carried.icon.map(icon_type),
        })
    }
}

impl Inspect {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let engine = home.engine(1)?;
        let inspection = |component: &[u8]| {
            wasm::inspect(&engine, component)
                .map_err(|cause| anyhow::anyhow!("`{}` is no plugin: {cause}", self.plugin))
        };
        let inspected =
            if let Some(configured) = home.read.config.plugins.get(&self.plugin) {
                let locked =
                    home.read.lock.plugins.get(&self.plugin).with_context(|| {
                        format!("plugin `{}` is not in the lock file", self.plugin)
                    })?;
                let package = Package::from_store(&home.store, &self.plugin, locked)?;
                let granted = super::granted(&configured.grant);
                Inspected {
                    hidden_text: hidden(&home, &self.plugin)?,
                    signed_by: locked.signed_by.as_ref().map(|signer| signer.name.clone()),
                    ..of_package(&package, inspection(&package.component)?, Some(granted))
                }
            } else {
                match self.look(&home)? {
                    Content::Plugin(package) if self.manifest => {
                        io::stdout().write_all(&package.manifest_bytes)?;
                        return Ok(ExitCode::SUCCESS);
                    }
                    Content::Component(_, problem) if self.manifest => {
                        bail!("`{}` {problem}", self.plugin);
                    }
                    Content::Plugin(package) => {
                        of_package(&package, inspection(&package.component)?, None)
                    }
                    Content::Component(component, _) => {
                        of_component(&component, inspection(&component)?)
                    }
                }
            };
        if global.json {
            super::print_json(&inspected)?;
        } else {
            print(&inspected);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What is where the name of no installed plugin says.
    fn look(&self, home: &Home) -> anyhow::Result<Content> {
        let source = Source::parse(&self.plugin)?;
        if let Source::Path(path) = &source
            && !path.exists()
        {
            let known: Vec<&str> = home
                .read
                .config
                .plugins
                .keys()
                .map(String::as_str)
                .collect();
            bail!(
                "`{}` is neither an installed plugin nor a file; installed: {}",
                self.plugin,
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            );
        }
        block_on(async { Ok(source.look(Bar::on_terminal()).await?) })
    }
}

/// What is hidden in what an installed plugin offers, as far as it is known
/// without asking it.
fn hidden(home: &Home, name: &str) -> anyhow::Result<Vec<String>> {
    let engine = home.engine(1)?;
    let (snapshot, _) =
        super::block_on(async { Ok(home.snapshot(&engine, Services::default()).await) })?;
    let entry = snapshot.plugin(name);
    let kept = entry.and_then(|entry| home.descriptions.kept(entry).ok().flatten());
    let found = kept.map(|description| hidden_text(&description));
    let found = found.unwrap_or_default();
    Ok(found.iter().map(ToString::to_string).collect())
}

fn of_component(component: &[u8], found: Inspection) -> Inspected {
    Inspected {
        name: None,
        version: None,
        description: None,
        installed: false,
        exports: found.exports.names(),
        functions: found.functions,
        left_out: found.left_out,
        imports: found.imports,
        requests: Vec::new(),
        resources: BTreeMap::new(),
        tasks: BTreeMap::new(),
        cache: None,
        granted: None,
        signed_by: None,
        hidden_text: Vec::new(),
        component: Digest::of(component).to_string(),
        size: component.len(),
        manifest: None,
        origin: None,
        packed: Packed::of(component),
    }
}

fn of_package(package: &Package, found: Inspection, granted: Option<Vec<String>>) -> Inspected {
    let manifest = &package.manifest;
    let directories = manifest.request.filesystem.iter();
    let resources = directories
        .filter_map(|directory| Some((directory.name.clone(), directory.resources.clone()?)));
    let tasks = manifest.tools.iter();
    Inspected {
        name: Some(manifest.name.clone()),
        version: Some(manifest.version.to_string()),
        description: Some(manifest.description.clone()),
        installed: granted.is_some(),
        requests: policy::summary(&manifest.request),
        resources: resources.collect(),
        tasks: tasks
            .map(|(name, mark)| (name.clone(), mark.task))
            .collect(),
        cache: Some(manifest.cache).filter(|hints| *hints != CacheHints::default()),
        granted,
        manifest: Some(package.manifest_digest.to_string()),
        origin: package.origin.clone(),
        ..of_component(&package.component, found)
    }
}

fn print(inspected: &Inspected) {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = Vec::new();
    if let (Some(name), Some(version)) = (&inspected.name, &inspected.version) {
        rows.push(row("plugin", format!("{name} {version}")));
    }
    if let Some(description) = &inspected.description {
        rows.push(row("description", description.clone()));
    }
    if inspected.functions.is_empty() {
        rows.push(row("exports", inspected.exports.join(", ")));
    } else {
        rows.push(row("functions", inspected.functions.join(", ")));
    }
    rows.push(row(
        "component",
        format!("{} ({} bytes)", inspected.component, inspected.size),
    ));
    if let Some(manifest) = &inspected.manifest {
        rows.push(row("manifest", manifest.clone()));
    }
    if let Some(origin) = &inspected.origin {
        rows.push(row("origin", origin.clone()));
    }
    if let Some(packed) = &inspected.packed {
        let mut parts = format!("manifest ({} bytes)", packed.manifest);
        if packed.readme > 0 {
            parts.push_str(&format!(", README ({} bytes)", packed.readme));
        }
        if let Some(kind) = packed.icon_type {
            parts.push_str(&format!(", icon ({kind}, {} bytes)", packed.icon));
        }
        rows.push(row("carries", parts));
    }
    if let Some(signer) = &inspected.signed_by {
        rows.push(row("signed by", signer.clone()));
    }
    for (directory, uri) in &inspected.resources {
        rows.push(row("resources", format!("/{directory} as {uri}")));
    }
    for (tool, task) in &inspected.tasks {
        rows.push(row("task", format!("{tool}: {task}")));
    }
    if let Some(cache) = &inspected.cache {
        rows.push(row("cache", cache.to_string()));
    }
    if let Some(granted) = &inspected.granted {
        let granted = match granted.as_slice() {
            [] => "nothing".to_owned(),
            granted => granted.join(" "),
        };
        rows.push(row("granted", granted));
    }
    table::print(&rows);
    if inspected.manifest.is_some() || !inspected.requests.is_empty() {
        println!("asks for:");
        if inspected.requests.is_empty() {
            println!("  nothing");
        }
        print!(
            "{}",
            table::rendered(&request_rows(&inspected.requests), "  ")
        );
    }
    for found in &inspected.hidden_text {
        super::warn(found);
    }
    inspected.left_out.iter().for_each(super::warn);
    println!("imports:");
    for import in &inspected.imports {
        println!("  {}", printable(import));
    }
}

/// What is asked for, as rows of kind, thing and reason.
pub(super) fn request_rows(requests: &[RequestLine]) -> Vec<Vec<String>> {
    requests
        .iter()
        .map(|line| {
            vec![
                line.kind.to_string(),
                line.what.clone(),
                line.reason.clone().unwrap_or_default(),
            ]
        })
        .collect()
}
