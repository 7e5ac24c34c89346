//! The guest without the runtime: what it lists, and one file for each kind of
//! call.

use portcullis_sdk::{Value, json};

use super::everything;

mod answers;
mod jobs;
mod questions;
mod reports;

fn call(tool: &str, arguments: Value) -> String {
    let output = everything::plugin().call_tool(tool, arguments);
    output.unwrap_or_else(|error| panic!("{error}")).to_text()
}

/// The message of a call that fails.
fn failed(tool: &str, arguments: Value) -> String {
    let output = everything::plugin().call_tool(tool, arguments);
    output.expect_err("it fails").message()
}

fn tool(name: &str) -> Value {
    let tools = everything::plugin().tools();
    let found = tools.into_iter().find(|tool| tool["name"] == name);
    found.unwrap_or_else(|| panic!("there is no tool `{name}`"))
}

#[test]
fn what_the_suite_takes_first_comes_first() {
    let plugin = everything::plugin();
    let tools = plugin.tools();
    assert_eq!(tools[0]["name"], "test_simple_text");
    assert_eq!(tools[0]["inputSchema"].get("required"), None);
    let uri = plugin.resources()[0]["uri"].clone();
    assert_eq!(uri, "test://static-text");
    assert_eq!(
        plugin
            .read_resource(uri.as_str().unwrap())
            .unwrap()
            .remove(0)
            .as_text(),
        Some("This is the content of the static text resource.")
    );
    let with_header = tools
        .iter()
        .find(|tool| tool["inputSchema"].to_string().contains("x-mcp-header"));
    assert_eq!(with_header.unwrap()["name"], "test_custom_header");
}

#[test]
fn every_tool_and_prompt_is_described_and_well_named() {
    let plugin = everything::plugin();
    let (tools, prompts) = (plugin.tools(), plugin.prompts());
    assert_eq!((tools.len(), prompts.len()), (36, 5));
    for described in tools.iter().chain(&prompts) {
        let name = described["name"].as_str().unwrap();
        let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
        assert!(name.len() <= 64 && name.chars().all(allowed), "{name}");
        let description = described["description"].as_str();
        assert!(description.is_some_and(|text| !text.is_empty()), "{name}");
    }
}

#[test]
fn schemas_are_what_the_suite_compares() {
    let schema = &tool("json_schema_2020_12_tool")["inputSchema"];
    let keys: Vec<&str> = schema.as_object().unwrap().keys().map(|k| &**k).collect();
    assert_eq!(
        keys,
        [
            "$schema",
            "type",
            "$defs",
            "properties",
            "allOf",
            "if",
            "then",
            "else",
            "additionalProperties"
        ]
    );
    assert_eq!(schema["$defs"]["address"]["$anchor"], "addressDef");
    assert_eq!(schema["allOf"][0]["anyOf"].as_array().unwrap().len(), 2);
    let value = &tool("test_custom_header")["inputSchema"]["properties"]["value"];
    assert_eq!(
        (&value["type"], &value["x-mcp-header"]),
        (&json!("string"), &json!("Value"))
    );
}

#[test]
fn tools_say_whether_they_become_tasks() {
    let support = |name: &str| tool(name)["execution"]["taskSupport"].clone();
    assert_eq!(support("failing_job"), "required");
    for name in [
        "slow_compute",
        "protocol_error_job",
        "confirm_delete",
        "multi_input",
    ] {
        assert_eq!(support(name), "optional", "{name}");
    }
    for name in ["greet", "test_tool_with_task", "test_simple_text"] {
        assert_eq!(support(name), Value::Null, "{name}");
    }
}
