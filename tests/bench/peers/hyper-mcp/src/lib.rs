//! The tools of the guest `echo` that are measured, as a plugin of hyper-mcp.

use std::collections::{BTreeMap, HashMap};

use extism_pdk::{Error, FnResult, Json, plugin_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the host hands to `call_tool`, as far as it is needed here.
#[derive(Deserialize)]
struct Call {
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    name: String,
    arguments: Arguments,
}

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

/// Says which tools there are.
#[plugin_fn]
pub fn list_tools() -> FnResult<Json<Value>> {
    let tool = |name, description| {
        json!({
            "name": name,
            "description": description,
            "inputSchema": {
                "type": "object",
                "properties": {"text": {"type": "string"}},
                "required": ["text"],
            },
        })
    };
    Ok(Json(json!({
        "tools": [
            tool("echo", "Answer with the text."),
            tool("count", "Count the words of a JSON text."),
        ],
    })))
}

/// Calls one of them.
#[plugin_fn]
pub fn call_tool(Json(Call { request }): Json<Call>) -> FnResult<Json<Value>> {
    let Arguments { text } = request.arguments;
    let text = match request.name.as_str() {
        "echo" => text,
        "count" => count(&text)?,
        other => return Err(Error::msg(format!("no tool `{other}`")).into()),
    };
    Ok(Json(
        json!({"content": [{"type": "text", "text": text}], "isError": false}),
    ))
}

fn count(text: &str) -> Result<String, Error> {
    let value: Value = serde_json::from_str(text)?;
    let words = value.get("words").and_then(Value::as_array);
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in words.ok_or_else(|| Error::msg("no words"))? {
        *counts.entry(word.as_str().unwrap_or_default()).or_default() += 1;
    }
    let sorted: BTreeMap<&str, u64> = counts.into_iter().collect();
    Ok(serde_json::to_string(&sorted)?)
}
