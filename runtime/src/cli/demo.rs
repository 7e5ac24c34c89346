//! `portcullis demo`

mod forecast;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::protocol::jsonrpc::shortened;

/// Install the sample plugins into a scratch home, serve them, and show a
/// conversation with them.
///
/// Everything is real: this program installs and serves as it does for anybody,
/// and the forecast comes from an HTTP server on loopback.
#[derive(Args)]
pub(super) struct Demo {
    /// The folder with the plugins `weather`, `filesystem`, `calculator` and
    /// `review`, built.
    #[arg(default_value = "plugins")]
    plugins: PathBuf,
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let scratch = tempfile::tempdir()?;
        let home = ScratchHome::new(scratch.path())?;
        let notes = scratch.path().join("notes");
        fs::create_dir(&notes)?;
        fs::write(notes.join("todo.txt"), "buy a portcullis\n")?;
        let secret = scratch.path().join("secret.txt");
        fs::write(&secret, "not for plugins\n")?;
        let forecast = forecast::start()?;

        let url = format!("http://{forecast}");
        let plugin = |name: &str| self.plugins.join(name).display().to_string();
        println!("# the admin installs four plugins, each with what it asks for");
        home.portcullis(&[
            "add",
            &plugin("weather"),
            "--grant",
            &format!("settings.forecast-url={url}"),
            "--grant",
            &format!("settings.geocoding-url={url}"),
            "--grant",
            &format!("http={url}"),
        ])?;
        home.portcullis(&[
            "add",
            &plugin("filesystem"),
            "--grant",
            &format!("filesystem.notes={}:ro", notes.display()),
        ])?;
        home.portcullis(&["add", &plugin("calculator")])?;
        home.portcullis(&["add", &plugin("review")])?;
        home.portcullis(&["list"])?;

        println!("\n# a client talks to `portcullis serve` over stdio");
        let mut client = Client::start(&home)?;
        let discovered = client.request("server/discover", json!({}))?;
        let tools = client.request("tools/list", json!({}))?;
        let forecast = client.call("get_forecast", json!({ "city": "Bergen", "days": 2 }))?;
        let sum = client.call("calculate", json!({ "expression": "sqrt(2) * 3 ^ 2" }))?;
        let inside = client.call("read_file", json!({ "path": "/notes/todo.txt" }))?;
        println!("\n# outside of what is granted, everything is refused");
        let outside = client.call("read_file", json!({ "path": "/notes/../secret.txt" }))?;
        let write = client.call(
            "write_file",
            json!({ "path": "/notes/new.txt", "content": "x" }),
        )?;
        client.end()?;

        let worked = discovered["supportedVersions"].is_array()
            && tools["tools"]
                .as_array()
                .is_some_and(|tools| !tools.is_empty())
            && forecast["isError"] == false
            && sum["isError"] == false
            && inside["isError"] == false
            && outside["isError"] == true
            && write["isError"] == true;
        if !worked {
            bail!("the conversation did not go as it should; it is printed above");
        }
        println!("\nall as it should be");
        Ok(ExitCode::SUCCESS)
    }
}

/// This program, with a config and data of its own.
struct ScratchHome {
    program: PathBuf,
    config: PathBuf,
    data: PathBuf,
}

impl ScratchHome {
    fn new(folder: &Path) -> anyhow::Result<ScratchHome> {
        Ok(ScratchHome {
            program: std::env::current_exe()?,
            config: folder.join("portcullis.toml"),
            data: folder.join("data"),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("PORTCULLIS_CONFIG", &self.config)
            .env("PORTCULLIS_DATA", &self.data)
            .env("PORTCULLIS_LOG", "warn");
        command
    }

    /// Runs a verb to its end, its output shown.
    fn portcullis(&self, arguments: &[&str]) -> anyhow::Result<()> {
        println!("\n$ portcullis {}", arguments.join(" "));
        let status = self.command().args(arguments).status()?;
        if !status.success() {
            bail!("`portcullis {}` ended with {status}", arguments[0]);
        }
        Ok(())
    }
}

/// A client of the modern revision, as small as one can be.
struct Client {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next_id: u32,
}

impl Client {
    fn start(home: &ScratchHome) -> anyhow::Result<Client> {
        let mut server = home
            .command()
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = server.stdin.take().context("the server has no stdin")?;
        let output = server.stdout.take().context("the server has no stdout")?;
        Ok(Client {
            server,
            input,
            output: BufReader::new(output),
            next_id: 1,
        })
    }

    fn call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        self.request(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
    }

    /// Sends a request and waits for its result; both are shown.
    fn request(&mut self, method: &str, mut params: Value) -> anyhow::Result<Value> {
        println!("\n→ {method} {}", shown(&params));
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "demo", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let id = self.next_id;
        self.next_id += 1;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        writeln!(self.input, "{request}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("the server answered `{}`", shortened(&line)))?;
        if let Some(error) = answer.get("error") {
            println!("← error {}", shown(error));
        }
        let result = answer["result"].clone();
        match method {
            "tools/list" => {
                for tool in result["tools"].as_array().into_iter().flatten() {
                    let what = tool["description"].as_str().unwrap_or_default();
                    let what = what.lines().next().unwrap_or_default();
                    println!("← {}: {what}", tool["name"].as_str().unwrap_or_default());
                }
            }
            "tools/call" => {
                let error = if result["isError"] == true {
                    "refused: "
                } else {
                    ""
                };
                for block in result["content"].as_array().into_iter().flatten() {
                    let text = block["text"].as_str().unwrap_or_default();
                    println!("← {error}{}", text.trim_end().replace('\n', "\n  "));
                }
            }
            _ => println!("← {}", shown(&result)),
        }
        Ok(result)
    }

    /// Closes the server's input, upon which it ends.
    fn end(mut self) -> anyhow::Result<()> {
        drop(self.input);
        let status = self.server.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
