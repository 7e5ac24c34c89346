//! The native server of the benchmark on the protocol's official Rust SDK: the
//! tools of the guest `echo` that are measured, with no sandbox.

#[path = "../pipes.rs"]
mod pipes;

use std::collections::{BTreeMap, HashMap};

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{ErrorData, ServiceExt as _, schemars, tool, tool_router};
use serde::Deserialize;
use serde_json::Value;

struct Native;

#[derive(Deserialize, schemars::JsonSchema)]
struct Text {
    text: String,
}

#[tool_router(server_handler)]
impl Native {
    /// Answer with the text.
    #[tool]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text
    }

    /// Count the words of a JSON text.
    #[tool]
    fn count(&self, Parameters(Text { text }): Parameters<Text>) -> Result<String, ErrorData> {
        let wrong = |what: String| ErrorData::invalid_params(what, None);
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let words = value.get("words").and_then(Value::as_array);
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for word in words.ok_or_else(|| wrong("no words".to_owned()))? {
            *counts.entry(word.as_str().unwrap_or_default()).or_default() += 1;
        }
        let sorted: BTreeMap<&str, u64> = counts.into_iter().collect();
        serde_json::to_string(&sorted).map_err(|error| wrong(error.to_string()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let running = Native.serve(pipes::streams()?).await?;
    running.waiting().await?;
    Ok(())
}
