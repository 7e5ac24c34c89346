//! Plain components, which know nothing of the contract: their functions are tools.
//!
//! The guest `plain` is made with `wit-bindgen` alone. Components of other
//! languages' toolchains are tested by `cargo xtask toolchains`.

mod described;
mod ends;
mod exports;
mod installed;
mod limits;
mod outside;
mod values;

use serde_json::Value;

use crate::client::Client;
use crate::home::Home;

/// A client of a home where `plain` is installed, granted nothing.
fn client() -> (Home, Client) {
    let home = Home::with(&["plain"]);
    let client = Client::modern(&home);
    (home, client)
}

/// What a tool's description has under this name.
#[track_caller]
fn tool(client: &mut Client, name: &str) -> Value {
    let listed = client.result("tools/list", serde_json::json!({}));
    let tools = listed["tools"].as_array().expect("tools");
    let found = tools.iter().find(|tool| tool["name"] == name);
    found
        .unwrap_or_else(|| panic!("no tool `{name}` in {listed}"))
        .clone()
}
