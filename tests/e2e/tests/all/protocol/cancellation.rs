//! Cancelling a request.

use serde_json::json;

use super::both;
use crate::client::{Client, result, text_of};
use crate::home::Home;

#[test]
fn ends_a_call_without_an_answer() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let spinning = client.start_call("spin", json!({}));
        let sleeping = client.start_call("sleep", json!({ "ms": 600_000 }));
        let other = client.start_call("sleep", json!({ "ms": 50 }));
        client.cancel(&spinning);
        client.cancel(&sleeping);
        assert_eq!(text_of(&result(client.answer(&other))), "slept 50 ms");
        client.assert_answers();
        let ended = client.close();
        assert_eq!(
            (ended.code, ended.rest),
            (Some(0), Vec::new()),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn gives_back_the_calls_place() {
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.concurrency=1"]);
    let mut client = Client::modern(&home);
    for _ in 0..5 {
        let id = client.start_call("spin", json!({}));
        client.cancel(&id);
    }
    client.assert_answers();
}

#[test]
fn of_what_is_answered_or_unknown_is_ignored() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let id = client.start_call("echo", json!({ "text": "a" }));
        client.answer(&id);
        client.cancel(&id);
        client.cancel(&json!("never sent"));
        client.cancel(&json!({}));
        client.assert_answers();
    }
}

#[test]
fn of_the_number_leaves_the_string_alone() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let sleep = json!({ "name": "sleep", "arguments": { "ms": 100 } });
    client.send_as(json!("1"), "tools/call", sleep);
    client.cancel(&json!(1));
    assert_eq!(text_of(&result(client.answer(&json!("1")))), "slept 100 ms");
}

#[test]
fn frees_the_id() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    client.send_as(
        json!("again"),
        "tools/call",
        json!({ "name": "spin", "arguments": {} }),
    );
    client.cancel(&json!("again"));
    client.send_as(
        json!("again"),
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "new" } }),
    );
    assert_eq!(text_of(&result(client.answer(&json!("again")))), "new");
}
