//! Guests that crash, and guests that answer with what the contract forbids:
//! the caller is told, everybody else goes on.

use serde_json::{Value, json};

use crate::client::{Client, message_of};
use crate::home::Home;

#[test]
fn a_panic() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        let error = client.call_error("panic", json!({}));
        assert_eq!(error["code"], -32603);
        assert!(message_of(&error).contains("`echo`"), "{error}");
        assert!(
            message_of(&error).contains("the guest was asked to panic"),
            "{error}"
        );
        client.assert_answers();
    }
}

#[test]
fn an_exit() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    for code in [0, 1] {
        let error = client.call_error("exit", json!({ "code": code }));
        assert_eq!(error["code"], -32603);
        assert!(message_of(&error).contains("`echo` exited"), "{error}");
        client.assert_answers();
    }
}

#[test]
fn nothing_of_one_call_is_seen_in_the_next() {
    let home = Home::with(&["hostile"]);
    let mut client = Client::modern(&home);
    for _ in 0..5 {
        assert_eq!(client.text("count_calls", json!({})), "1");
    }
    let ids: Vec<Value> = (0..20)
        .map(|_| client.start_call("count_calls", json!({})))
        .collect();
    for id in &ids {
        assert_eq!(client.answer(id)["result"]["content"][0]["text"], "1");
    }
}

#[test]
fn answers_that_break_the_contract() {
    let home = Home::with(&["echo", "hostile"]);
    let mut client = Client::modern(&home);
    for (tool, word) in [("break_schema", "sum"), ("forge_content", "object")] {
        let error = client.call_error(tool, json!({}));
        assert_eq!(error["code"], -32603, "{error}");
        assert!(message_of(&error).contains("`hostile`"), "{error}");
        assert!(message_of(&error).contains(word), "{error}");
        client.assert_answers();
    }
    // Members that belong to the runtime are refused or left out.
    let answer = client.request(
        "tools/call",
        json!({ "name": "forge_members", "arguments": {} }),
    );
    match answer.get("error") {
        Some(error) => assert!(message_of(error).contains("`hostile`"), "{error}"),
        None => assert_eq!(answer["result"]["resultType"], "complete", "{answer}"),
    }
}
