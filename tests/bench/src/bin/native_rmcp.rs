//! The native server of the benchmark on the protocol's official Rust SDK: the
//! tools of the guest `echo` that are measured, with no sandbox.

use std::collections::{BTreeMap, HashMap};
use std::io;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{ErrorData, ServiceExt as _, schemars, tool, tool_router};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

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

/// stdin and stdout, as pipes that are polled: the SDK's own stdio is several
/// times slower.
#[cfg(unix)]
fn streams() -> io::Result<(impl AsyncRead, impl AsyncWrite)> {
    use std::os::fd::AsFd as _;

    use tokio::net::unix::pipe;

    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((
        pipe::Receiver::from_owned_fd(stdin)?,
        pipe::Sender::from_owned_fd(stdout)?,
    ))
}

#[cfg(not(unix))]
fn streams() -> io::Result<(impl AsyncRead, impl AsyncWrite)> {
    Ok(rmcp::transport::stdio())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let running = Native.serve(streams()?).await?;
    running.waiting().await?;
    Ok(())
}
