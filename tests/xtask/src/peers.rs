//! The benchmark's peers, in `tests/bench/peers/`: other runtimes of sandboxed
//! tools, and what most servers are written with. Each serves the tools `echo`
//! and `count` over stdio, set up as its own documentation has it for speed.
//!
//! What is skipped and when, `packages` says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::packages::{npm_installed, python_installed, skip};
use crate::workspace::{self, Workspace};
use crate::{guests, node};

/// Those that are measured unless others are named.
pub(crate) const USUAL: [&str; 3] = ["act", "fastmcp", "typescript"];

/// All of them. The last has to be asked for: it is built from some seven hundred
/// crates.
const PEERS: [(&str, Peer); 4] = [
    ("act", act),
    ("fastmcp", fastmcp),
    ("typescript", typescript),
    (HYPER_MCP, hyper_mcp),
];

const HYPER_MCP: &str = "hyper-mcp";
/// The version of it that is measured, from crates.io.
const HYPER_MCP_VERSION: &str = "0.8.3";
/// The name of its plugin. Its tools have the name in front of theirs.
const HYPER_MCP_PLUGIN: &str = "peer";

/// Installs a peer and gives the words of the command that serves.
type Peer = fn(&Workspace) -> Result<Vec<PathBuf>>;

/// Installs the peers that are wanted, and gives for each `NAME=COMMAND LINE`, or
/// `NAME:PREFIX=COMMAND LINE` where all its tools have a prefix. Words of the
/// command line have no spaces in them. It runs with [`variables`].
pub(crate) fn commands(workspace: &Workspace, wanted: &[&str]) -> Result<Vec<String>> {
    let mut commands = Vec::new();
    for name in wanted {
        let Some((_, peer)) = PEERS.iter().find(|(known, _)| known == name) else {
            let known = PEERS.map(|(known, _)| known).join(", ");
            bail!("no peer `{name}`; there are: {known}");
        };
        println!("installing {name}");
        match peer(workspace).and_then(|words| joined(&words)) {
            Ok(command) if *name == HYPER_MCP => {
                commands.push(format!("{name}:{HYPER_MCP_PLUGIN}-={command}"));
            }
            Ok(command) => commands.push(format!("{name}={command}")),
            Err(error) => {
                skip(name, &error)?;
            }
        }
    }
    Ok(commands)
}

/// What peers find in their environment: where they put their caches and logs,
/// and that only errors go there.
pub(crate) fn variables(workspace: &Workspace) -> [(&'static str, PathBuf); 3] {
    let home = home(workspace);
    [
        ("ACT_WASMTIME_CACHE_DIR", home.join("act-cache")),
        ("HYPER_MCP_LOG_PATH", home.join(HYPER_MCP).join("logs")),
        ("RUST_LOG", "error".into()),
    ]
}

/// ACT, which keeps one instance of the component. Its audit trail is off, and a
/// first call fills the cache of what it compiles.
fn act(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let pins = sources(workspace, "act").join("requirements.txt");
    let act = python_installed(&home(workspace).join("act"), &pins)?.join("act");
    let component = component(workspace, "act", "wasm32-wasip2", "peer_act.wasm")?;
    let mut call = Command::new(&act);
    call.args(["call", "--no-audit"]).arg(&component);
    call.args(["echo", "--args", r#"{"text":"warm"}"#]);
    call.envs(variables(workspace)).stdout(Stdio::null());
    workspace::run(&mut call)?;
    let flags = ["run", "--mcp", "--no-audit"].map(PathBuf::from);
    Ok([vec![act], flags.into(), vec![component]].concat())
}

/// FastMCP, in Python.
fn fastmcp(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let sources = sources(workspace, "fastmcp");
    let home = home(workspace).join("fastmcp");
    let python = python_installed(&home, &sources.join("requirements.txt"))?.join("python");
    Ok(vec![python, sources.join("server.py")])
}

/// The official TypeScript SDK.
fn typescript(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let sources = sources(workspace, "typescript");
    let home = home(workspace).join("typescript");
    let node = node::find(workspace)?;
    npm_installed(&home, &sources)?;
    // Node looks for packages beside the script.
    let server = home.join("server.mjs");
    fs::copy(sources.join("server.mjs"), &server)?;
    Ok(vec![node, server])
}

/// hyper-mcp, which keeps one instance of the plugin.
fn hyper_mcp(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let plugin = component(workspace, HYPER_MCP, "wasm32-wasip1", "peer_hyper_mcp.wasm")?;
    let home = home(workspace).join(HYPER_MCP);
    let mut install = workspace.cargo(&["install", "--locked"]);
    install.arg(format!("{HYPER_MCP}@{HYPER_MCP_VERSION}"));
    install.arg("--root").arg(&home);
    // Kept, so that a build that was ended goes on where it was.
    workspace::run(install.arg("--target-dir").arg(home.join("build")))?;
    let path = text(&plugin)?.replace('\\', "/");
    let url = format!("file:///{}", path.trim_start_matches('/'));
    let config = home.join("config.json");
    let plugins = json!({"plugins": {HYPER_MCP_PLUGIN: {"url": url}}});
    fs::write(&config, plugins.to_string())?;
    let program = home.join("bin").join(HYPER_MCP);
    Ok(vec![program, "--config-file".into(), config])
}

/// Builds the crate of a peer, which is a workspace of its own, and gives the
/// path of what it built.
fn component(workspace: &Workspace, peer: &str, target: &str, file: &str) -> Result<PathBuf> {
    guests::ensure_target(workspace, target)?;
    let built = home(workspace).join("build");
    let mut cargo = workspace.cargo(&["build", "--release", "--locked", "--target", target]);
    cargo.arg("--manifest-path");
    cargo.arg(sources(workspace, peer).join("Cargo.toml"));
    workspace::run(cargo.arg("--target-dir").arg(&built))?;
    Ok(built.join(target).join("release").join(file))
}

/// Where the sources of a peer are.
fn sources(workspace: &Workspace, peer: &str) -> PathBuf {
    workspace.root.join("tests/bench/peers").join(peer)
}

/// Where peers are installed.
fn home(workspace: &Workspace) -> PathBuf {
    workspace.target.join("peers")
}

/// The words of a command, with spaces between them, where they are split again.
fn joined(words: &[PathBuf]) -> Result<String> {
    let words: Vec<&str> = words.iter().map(|word| text(word)).collect::<Result<_>>()?;
    if let Some(word) = words.iter().find(|word| word.contains(char::is_whitespace)) {
        bail!("`{word}` has a space in it, and commands are split at spaces");
    }
    Ok(words.join(" "))
}

fn text(path: &Path) -> Result<&str> {
    let text = path.to_str();
    text.with_context(|| format!("`{}` is not Unicode", path.display()))
}
