//! Calls.

use serde_json::json;

use super::assert_says;
use crate::client::{Client, message_of};
use crate::home::Home;

#[test]
fn arguments_that_break_a_tools_schema() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    for (arguments, parts) in [
        (json!({}), ["text", "required"]),
        (json!({ "text": 7 }), ["text", "string"]),
    ] {
        let error = client.tool_error("echo", arguments);
        assert_says(&error, &["`echo`"]);
        assert_says(&error, &parts);
    }
    let error = client.tool_error("sleep", json!({ "ms": -1 }));
    assert_says(&error, &["ms", "-1"]);
    let ran = home.run(&["call", "echo", r#"{"text":7}"#]);
    assert_eq!(ran.code, 1);
    assert_says(&ran.stdout, &["text", "string"]);
}

#[test]
fn a_tool_that_is_unknown() {
    let home = Home::with(&["echo"]);
    for mut client in [Client::modern(&home), Client::legacy(&home)] {
        let error = client.call_error("ecco", json!({}));
        assert_eq!(error["code"], -32602);
        assert_says(message_of(&error), &["`ecco`"]);
    }
    assert_says(&home.run(&["call", "ecco", "{}"]).failed(1), &["`ecco`"]);
}

#[test]
fn a_calls_arguments_that_are_no_object() {
    let home = Home::with(&["echo"]);
    assert_says(
        &home.run(&["call", "echo", "{\"text\":"]).failed(1),
        &["JSON"],
    );
    assert_says(
        &home.run(&["call", "echo", "[1]"]).failed(1),
        &["arguments", "[1]", "an object"],
    );
}
