//! What a plugin can reach: nothing by default, and what was both asked for
//! and granted, no more.

mod empty_manifest;
mod filesystem;
mod http;
mod keyvalue;
mod secrets;
mod settings;
mod trace;

use serde_json::Value;

use crate::client::Client;

/// What the probe says of one attempt.
#[track_caller]
fn attempt(client: &mut Client, tool: &str, arguments: Value) -> String {
    client.text(tool, arguments)
}

#[track_caller]
fn assert_denied(client: &mut Client, tool: &str, arguments: Value) {
    let told = attempt(client, tool, arguments.clone());
    assert!(told.starts_with("denied: "), "{tool} {arguments}: {told}");
}

#[track_caller]
fn assert_ok(client: &mut Client, tool: &str, arguments: Value, expected: &str) {
    let told = attempt(client, tool, arguments.clone());
    assert_eq!(told, format!("ok: {expected}"), "{tool} {arguments}");
}
