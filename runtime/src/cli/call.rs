//! `portcullis call`

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::home::Home;
use super::tried::Tried;
use super::{Global, block_on};
use crate::dispatch::{Caller, Dispatcher, DispatcherOptions, Outbound, Seal, TaskRoom};
use crate::policy::printable_lines;
use crate::protocol::members::Members;
use crate::registry::Registry;
use crate::state::State;
use crate::wasm::{CallLimits, Services};

/// Call one tool, as a client would, and print what it gives.
///
/// With --plugin, a tool of a plugin that is not installed: it is fetched, granted
/// what the --grant flags say, called, and forgotten.
///
/// Ends with 1 if the tool failed or gave no answer.
#[derive(Args)]
pub(super) struct Call {
    /// The tool's name, as clients see it.
    tool: String,
    /// Its arguments, a JSON object.
    #[arg(default_value = "{}")]
    arguments: String,
    #[command(flatten)]
    tried: Tried,
}

impl Call {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let arguments: &RawValue = serde_json::from_str(&self.arguments)
            .with_context(|| format!("the arguments are not JSON: `{}`", self.arguments))?;
        let params = serde_json::value::to_raw_value(&serde_json::json!({
            "name": self.tool,
            "arguments": arguments,
        }))?;
        let home = Home::open(global)?;
        let result = block_on(async {
            let audit = home.audit()?;
            let (home, _scratch) = self.tried.install(home).await?;
            let engine = home.engine(1)?;
            let state = Arc::new(State::new(&home.locations.data));
            let services = Services {
                keyvalue: Some(state.clone()),
                ..Services::default()
            };
            let (snapshot, unserved) = home.snapshot(&engine, services).await;
            for problem in &unserved {
                super::warn(problem);
            }
            let registry = Arc::new(Registry::new(snapshot));
            let dispatcher = Dispatcher::new(
                registry,
                DispatcherOptions {
                    page_size: 1,
                    seal: Seal::random()?,
                    tasks: TaskRoom::new(state, Duration::ZERO),
                    audit,
                    principal_limits: CallLimits::default(),
                    stop: watch::Sender::new(false).subscribe(),
                },
            );
            let (outbound, _) = Outbound::channel(1);
            let caller = Caller::local(outbound);
            let params = Members::parse("params", Some(&params))?;
            anyhow::Ok(dispatcher.answer("tools/call", &params, &caller).await?)
        })?;
        let result: Value = serde_json::from_slice(&result)?;
        if global.json {
            super::print_json(&result)?;
        } else {
            print_content(&result)?;
        }
        Ok(match result["isError"].as_bool() {
            Some(true) => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        })
    }
}

/// Texts as they are, everything else as JSON. What a terminal would obey is
/// escaped there.
fn print_content(result: &Value) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let terminal = stdout.is_terminal();
    for block in result["content"].as_array().into_iter().flatten() {
        let text = match block["text"].as_str() {
            Some(text) if block["type"] == "text" => text.to_owned(),
            _ => block.to_string(),
        };
        if terminal {
            writeln!(stdout, "{}", printable_lines(&text))?;
        } else {
            writeln!(stdout, "{text}")?;
        }
    }
    Ok(())
}
