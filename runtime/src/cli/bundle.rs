//! `portcullis bundle`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::home::Home;
use super::{Global, block_on};
use crate::bundle::{About, Archive, Contents, manifest, server_json, sha256};
use crate::config::Config;
use crate::package::write_atomically;
use crate::policy::check_name;
use crate::wasm::Services;

/// Make an MCP Bundle of this program and installed plugins, which Claude Desktop
/// and other host programs install by one click.
///
/// The plugins keep the hosts, stores and limits that they are granted here. Their
/// directories, settings and secrets are chosen by whoever installs the bundle; no
/// secret of yours is in it, and of your settings those are that need a value. It
/// runs on machines like this one.
#[derive(Args)]
pub(super) struct Bundle {
    /// The plugins; by default all that are served.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The file to write.
    #[arg(short, long, value_name = "FILE.mcpb")]
    output: PathBuf,
    /// What the bundle is called; by default as its one plugin, else portcullis.
    #[arg(long = "name", value_name = "BUNDLE")]
    name: Option<String>,
    /// Who made it.
    #[arg(long)]
    author: Option<String>,
    /// Write server.json beside it, for the MCP registry, where the server is
    /// called NAMESPACE/NAME, such as io.github.acme/tools.
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "url", value_parser = parse_server_name)]
    server_json: Option<String>,
    /// Where the bundle will be offered for download.
    #[arg(long, value_name = "URL", requires = "server_json", value_parser = parse_url)]
    url: Option<String>,
}

impl Bundle {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let path = &home.locations.config;
        let text = Config::read(path)?.unwrap_or_default();
        let text = String::from_utf8(text).context("the configuration is not UTF-8")?;
        let (config, lock) = (&home.read.config, &home.read.lock);
        let contents = Contents::of(&self.names, path, &text, config, lock, &home.store)?;
        let mut about = About::of(&contents);
        if let Some(name) = self.name {
            check_name(&name).map_err(|invalid| anyhow::anyhow!("--name: {invalid}"))?;
            about.name = name;
        }
        if let Some(author) = self.author {
            about.author = author;
        }
        let (snapshot, unserved) = block_on(async {
            let engine = home.engine(1)?;
            anyhow::Ok(home.snapshot(&engine, Services::default()).await)
        })?;
        let chosen = |name: &str| contents.plugins.iter().any(|plugin| plugin.name == name);
        if let Some(problem) = unserved.iter().find(|problem| chosen(&problem.plugin)) {
            bail!("{problem}");
        }
        let catalog = &snapshot.catalog;
        let tools = catalog.tools().iter();
        let tools = tools.filter(|entry| chosen(&entry.plugin.name));
        let tools: Vec<(String, Option<String>)> = tools
            .map(|entry| (entry.tool.name.clone(), entry.tool.description.clone()))
            .collect();
        let mut prompts = catalog.prompts().iter();
        let has_prompts = prompts.any(|entry| chosen(&entry.plugin.name));
        let manifest = manifest(&about, &contents, &tools, has_prompts);
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let program = std::fs::read(&program)
            .with_context(|| format!("cannot read `{}`", program.display()))?;
        let archive = Archive::pack(&about, &contents, &manifest, &program)?;
        write_atomically(&self.output, &archive.bytes)
            .with_context(|| format!("cannot write `{}`", self.output.display()))?;
        let mut beside = None;
        if let (Some(name), Some(url)) = (&self.server_json, &self.url) {
            let path = self.output.with_file_name("server.json");
            let entry = server_json(&about, &archive, name, url);
            let text = serde_json::to_string_pretty(&entry)? + "\n";
            write_atomically(&path, text.as_bytes())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            beside = Some(path);
        }
        let names: Vec<&str> = contents
            .plugins
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let asks: Vec<&str> = contents.values.iter().map(|one| one.key.as_str()).collect();
        let digest = sha256(&archive.bytes);
        if global.json {
            super::print_json(&serde_json::json!({
                "bundle": self.output,
                "name": about.name,
                "version": about.version,
                "plugins": names,
                "user_config": asks,
                "bytes": archive.bytes.len(),
                "sha256": digest,
                "server_json": beside,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (name, version) = (&about.name, &about.version);
        println!("wrote {}: {name} {version}", self.output.display());
        println!("  plugins: {}", names.join(", "));
        if !asks.is_empty() {
            println!("  asks its user for: {}", asks.join(", "));
        }
        println!("  sha256: {digest}");
        if let Some(beside) = beside {
            println!("wrote {}", beside.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The registry's rule: `^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$`, at most 200 letters.
fn parse_server_name(text: &str) -> Result<String, String> {
    let all = |part: &str, more: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !part.is_empty() && part.chars().all(allowed)
    };
    match text.split_once('/') {
        Some((namespace, name))
            if text.len() <= 200 && all(namespace, ".-") && all(name, "._-") =>
        {
            Ok(text.to_owned())
        }
        _ => Err("accepted: NAMESPACE/NAME, such as io.github.acme/tools".to_owned()),
    }
}

fn parse_url(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "https" => Ok(text.to_owned()),
        _ => Err("accepted: an https:// URL".to_owned()),
    }
}
