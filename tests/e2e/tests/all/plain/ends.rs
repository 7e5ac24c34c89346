//! What a function ends with: a value, nothing, an error, a crash.

use std::fs;

use serde_json::{Value, json};

use super::{client, tool};
use crate::client::{Client, message_of};
use crate::home::{Home, path};

#[test]
fn a_result_is_its_value_or_a_tool_error() {
    let (_home, mut client) = client();
    let result = client.call("ends_divide", json!({ "dividend": 7, "divisor": -2 }));
    assert_eq!(result["structuredContent"], json!({ "result": -3 }));
    let text = client.tool_error("ends_divide", json!({ "dividend": 7, "divisor": 0 }));
    assert_eq!(text, "7 cannot be divided by 0");
    let divide = tool(&mut client, "ends_divide");
    assert_eq!(
        divide["outputSchema"]["properties"]["result"]["type"],
        "integer"
    );
}

#[test]
fn an_error_that_is_no_text_is_given_as_json() {
    let (_home, mut client) = client();
    let text = client.tool_error("ends_refuse", json!({ "reason": { "square": 2 } }));
    assert_eq!(text, r#"{"square":2}"#);
    let text = client.tool_error("ends_refuse", json!({ "reason": "nothing" }));
    assert_eq!(text, "nothing");
    let text = client.tool_error("ends_silent", json!({ "fails": true }));
    assert!(text.contains("gave no reason"), "{text}");
}

#[test]
fn what_gives_nothing_has_an_empty_content() {
    let (_home, mut client) = client();
    for (name, arguments) in [
        ("ends_nothing", json!({})),
        ("ends_silent", json!({ "fails": false })),
        ("ends_refuse", json!({})),
    ] {
        let result = client.call(name, arguments);
        assert_eq!(result["isError"], false, "{result}");
        assert_eq!(result["content"], json!([]), "{result}");
        assert_eq!(result["structuredContent"], Value::Null, "{result}");
        assert_eq!(tool(&mut client, name)["outputSchema"], Value::Null);
    }
}

#[test]
fn numbers_that_json_has_not_are_words() {
    let (_home, mut client) = client();
    let result = client.call("ends_floats", json!({}));
    let floats = json!({ "result": ["NaN", "Infinity", "-Infinity", -0.5] });
    assert_eq!(result["structuredContent"], floats);
}

#[test]
fn every_call_has_an_instance_of_its_own() {
    let (_home, mut client) = client();
    for _ in 0..3 {
        let result = client.call("ends_count", json!({}));
        assert_eq!(result["structuredContent"], json!({ "result": 1 }));
    }
}

#[test]
fn instances_are_kept_where_that_is_granted() {
    let home = Home::empty();
    let folder = home.plugin("plain", "");
    let manifest = folder.join("plugin.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, format!("{text}instances = \"reuse\"\n")).expect("written");
    home.add_folder(&folder, &["--grant", "instances=reuse"]);
    let mut client = Client::modern(&home);
    for calls in 1..4 {
        let result = client.call("ends_count", json!({}));
        assert_eq!(result["structuredContent"], json!({ "result": calls }));
    }
}

#[test]
fn a_function_may_be_a_task() {
    let home = Home::empty();
    let folder = home.plugin("plain", "[tools.ends_count]\ntask = \"optional\"");
    home.add_folder(&folder, &[]);
    let extension = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let mut client = Client::able(&home, extension);
    let result = client.call("ends_count", json!({}));
    assert_eq!(result["resultType"], "task", "{result}");
    let folder = home.plugin("plain", "[tools.ends_counts]\ntask = \"optional\"");
    let arguments = ["add", path(&folder), "--name", "other", "--prefix", "o"];
    let stderr = home.run(&arguments).failed(1);
    assert!(stderr.contains("[tools.ends_counts]"), "{stderr}");
}

#[test]
fn a_crash_ends_its_call_alone() {
    let (_home, mut client) = client();
    let error = client.call_error("ends_crash", json!({ "words": "no further" }));
    assert_eq!(error["code"], -32603);
    assert!(
        message_of(&error).contains("plugin `plain` crashed"),
        "{error}"
    );
    assert!(message_of(&error).contains("no further"), "{error}");
    let result = client.call("add", json!({ "a": 1, "b": 2 }));
    assert_eq!(result["structuredContent"], json!({ "result": 3 }));
}

#[test]
fn functions_of_the_world_and_of_interfaces() {
    let (_home, mut client) = client();
    for (name, arguments, text) in [
        ("add", json!({ "a": 40, "b": 2 }), r#"{"result":42}"#),
        ("join", json!({ "words": ["a", "b"] }), "a b"),
        (
            "join",
            json!({ "words": ["a", "b"], "separator": "-" }),
            "a-b",
        ),
        ("words_reverse", json!({ "text": "abc" }), "cba"),
    ] {
        assert_eq!(client.text(name, arguments), text);
    }
    let error = client.error(
        "tools/call",
        json!({ "name": "ends_divid", "arguments": {} }),
    );
    assert_eq!(error["code"], -32602);
}
