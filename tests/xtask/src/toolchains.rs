//! Components of other languages' toolchains, in `tests/toolchains/`: each is
//! built by its own tools, which know nothing of us, and served as it comes.
//!
//! What is skipped and when, `packages` says.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::packages::{answers, npm_installed, python_installed, skip};
use crate::summary::Summary;
use crate::workspace::{self, Workspace};

/// The world that each of them implements, and its name.
const WIT: &str = "tests/toolchains/wit/world.wit";
const WORLD: &str = "stock";

/// How often a component is called to say what that takes.
const MEASURED: usize = 20;

/// Builds a component and gives its file.
type Toolchain = fn(&Workspace) -> Result<PathBuf>;

/// Builds all and calls what they export.
pub(crate) fn run(workspace: &Workspace) -> Result<Summary> {
    let toolchains: [(&str, Toolchain); 2] = [("componentize-py", componentize_py), ("jco", jco)];
    let mut summary = Summary::default();
    for (name, build) in toolchains {
        summary += match build(workspace) {
            Ok(component) => check(workspace, name, &component)
                .with_context(|| format!("the component of {name}"))?,
            Err(error) => skip(&format!("the component of {name}"), &error)?,
        };
    }
    Ok(summary)
}

/// `cargo xtask toolchains`
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    workspace::run(&mut workspace.cargo(&["build", "--package", "portcullis"]))?;
    let summary = run(workspace)?;
    println!("\n{summary}");
    if summary.failed > 0 {
        bail!("{} checks failed", summary.failed);
    }
    Ok(())
}

fn componentize_py(workspace: &Workspace) -> Result<PathBuf> {
    let sources = workspace.root.join("tests/toolchains/python");
    let home = workspace.target.join("toolchains/python");
    let bin = python_installed(&home, &sources.join("requirements.txt"))?;
    let component = home.join("stock.wasm");
    let mut build = Command::new(bin.join("componentize-py"));
    build.arg("--wit-path").arg(workspace.root.join(WIT));
    build.args(["--world", WORLD, "componentize", "app"]);
    build.arg("--python-path").arg(&sources);
    build.arg("--output").arg(&component);
    // Not beside the sources.
    build.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(&home);
    workspace::run(&mut build)?;
    Ok(component)
}

fn jco(workspace: &Workspace) -> Result<PathBuf> {
    if !answers("node") {
        bail!("there is no node");
    }
    let sources = workspace.root.join("tests/toolchains/javascript");
    let home = workspace.target.join("toolchains/javascript");
    npm_installed(&home, &sources)?;
    fs::copy(sources.join("stock.js"), home.join("stock.js"))?;
    fs::copy(workspace.root.join(WIT), home.join("world.wit"))?;
    let component = home.join("stock.wasm");
    let mut build = Command::new("node");
    build.arg("node_modules/@bytecodealliance/jco/src/jco.js");
    build.args(["componentize", "stock.js", "--wit", "world.wit"]);
    build.args(["--world-name", WORLD, "--out"]).arg(&component);
    workspace::run(build.current_dir(&home))?;
    Ok(component)
}

/// Installs the component as it is, without a manifest, and calls its functions.
fn check(workspace: &Workspace, toolchain: &str, component: &Path) -> Result<Summary> {
    let home = workspace.target.join("toolchains/home").join(toolchain);
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    fs::create_dir_all(&home)?;
    let portcullis = |verb: &[&str]| {
        let mut command = Command::new(workspace.binary("debug", "portcullis"));
        command.args(verb);
        command.env("PORTCULLIS_CONFIG", home.join("portcullis.toml"));
        command.env("PORTCULLIS_DATA", home.join("data"));
        command
    };
    let mut add = portcullis(&["add", "--grant-none"]);
    workspace::run(add.arg(component))?;

    let shelf = json!([
        { "name": "nails", "price-cents": 2, "count": 1000 },
        { "name": "hammer", "price-cents": 1999, "count": 3 },
    ]);
    let mut requests = vec![
        ("tools/list", json!({})),
        call("hello", json!({ "name": "Rust" })),
        call("shelf_total", json!({ "articles": shelf })),
        call(
            "shelf_scarce",
            json!({ "articles": shelf, "fewer-than": 10 }),
        ),
        call("shelf_find", json!({ "articles": shelf, "name": "nails" })),
        call("shelf_find", json!({ "articles": shelf, "name": "saw" })),
        call("shelf_total", json!({ "articles": [{ "name": "saw" }] })),
    ];
    requests.extend((0..MEASURED).map(|_| call("shelf_total", json!({ "articles": shelf }))));
    let results = converse(portcullis(&["serve"]), &requests)?;

    let mut names: Vec<&str> = members(&results[0]["tools"])
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    names.sort_unstable();
    let structured = |index: usize| results[index]["structuredContent"].clone();
    let told = |index: usize| {
        let text = results[index]["content"][0]["text"].as_str();
        (
            results[index]["isError"] == true,
            text.unwrap_or_default().to_owned(),
        )
    };
    let checks = [
        (
            "offers its functions",
            names == ["hello", "shelf_find", "shelf_scarce", "shelf_total"],
        ),
        (
            "a text",
            structured(1) == json!({ "result": "Hello, Rust!" }),
        ),
        (
            "a list of records",
            structured(2) == json!({ "result": 7997 }),
        ),
        (
            "records given back",
            structured(3) == json!({ "result": [shelf[1]] }),
        ),
        ("a record given back", structured(4) == shelf[0]),
        (
            "its own error",
            told(5) == (true, "there is no saw".to_owned()),
        ),
        (
            "what is missing",
            told(6).0 && told(6).1.contains("price-cents"),
        ),
    ];
    let mut summary = Summary::default();
    for (name, holds) in checks {
        if holds {
            println!("ok {toolchain}: {name}");
            summary.passed += 1;
        } else {
            println!("FAILED {toolchain}: {name}: {results:?}");
            summary.failed += 1;
        }
    }
    let audit = portcullis(&["audit", "--json"]).output()?;
    summary
        .shown
        .push(format!("{toolchain}: {}", taken(&audit.stdout)?));
    Ok(summary)
}

fn call(tool: &str, arguments: Value) -> (&'static str, Value) {
    (
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The results of requests that are made one after the other.
fn converse(mut server: Command, requests: &[(&str, Value)]) -> Result<Vec<Value>> {
    let mut server = server
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run the server")?;
    let mut input = server.stdin.take().context("its input is piped")?;
    let output = server.stdout.take().context("its output is piped")?;
    let mut lines = BufReader::new(output).lines();
    let client = json!({ "name": "xtask", "version": "0" });
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client,
    });
    let all = [("initialize", hello)];
    let mut results = Vec::new();
    for (id, (method, params)) in all.iter().chain(requests).enumerate() {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        writeln!(input, "{request}")?;
        if id == 0 {
            let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            writeln!(input, "{ready}")?;
        }
        let result = loop {
            let line = lines.next().context("the server ended")??;
            let mut message: Value = serde_json::from_str(&line)?;
            if message["id"] == id {
                break message["result"].take();
            }
        };
        results.push(result);
    }
    drop(input);
    server.wait()?;
    results.remove(0);
    Ok(results)
}

/// What the last calls took, from the lines of the audit log.
fn taken(audit: &[u8]) -> Result<String> {
    let lines = std::str::from_utf8(audit)?.lines();
    let calls: Vec<Value> = lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["event"] == "call")
        .collect();
    let last = &calls[calls.len().saturating_sub(MEASURED)..];
    let figures = |key: &str| {
        let mut figures: Vec<f64> = last.iter().filter_map(|line| line[key].as_f64()).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let (times, memory) = (figures("duration_ms"), figures("peak_memory"));
    let (Some(median), Some(most)) = (times.get(times.len() / 2), memory.last()) else {
        bail!("the audit log has no calls");
    };
    Ok(format!(
        "a call takes {median:.1} ms and {:.0} MiB",
        most / f64::from(1 << 20)
    ))
}
