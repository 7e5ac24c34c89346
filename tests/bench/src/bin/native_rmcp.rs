//! The native server of the benchmark on the protocol's official Rust SDK: the
//! tools of the guest `echo` that are measured, with no sandbox.
//!
//! usage: native-rmcp [--http ADDRESS]
//!
//! Over HTTP it is set as fast as it can be: no sessions, and one JSON answer to
//! each request.

#[path = "../pipes.rs"]
mod pipes;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServiceExt as _, schemars, tool, tool_router};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

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
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => {
            let running = Native.serve(pipes::streams()?).await?;
            running.waiting().await?;
            Ok(())
        }
        [flag, address] if flag == "--http" => serve_http(address).await,
        _ => Err("usage: native-rmcp [--http ADDRESS]".into()),
    }
}

async fn serve_http(address: &str) -> Result<(), Box<dyn Error>> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(|| Ok(Native), sessions, config);
    let listener = TcpListener::bind(address).await?;
    eprintln!("serving on http://{}/mcp", listener.local_addr()?);
    // Nothing depends on it: answers that fail to turn it off are slow, not wrong.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, Router::new().nest_service("/mcp", service)).await?;
    Ok(())
}
