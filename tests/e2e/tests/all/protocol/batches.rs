//! Batches: revision 2025-03-26 has them, and no other does.

use serde_json::{Value, json};

use crate::client::{Client, LEGACY_REVISIONS, MODERN, initialize, message_of};
use crate::home::Home;

const REVISION: &str = "2025-03-26";

fn request(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": method, "params": params })
}

fn echo(id: impl Into<Value>, text: &str) -> Value {
    let call = json!({ "name": "echo", "arguments": { "text": text } });
    request(id, "tools/call", call)
}

fn notification() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} })
}

/// Sends an array and gives the answers in it, by id.
#[track_caller]
fn answers(client: &mut Client, batch: &[Value]) -> Vec<Value> {
    client.send_line(json!(batch).to_string());
    let mut answers = client.read_batch();
    answers.sort_by_key(|answer| answer["id"].to_string());
    answers
}

fn codes(answers: &[Value]) -> Vec<Option<i64>> {
    let codes = answers
        .iter()
        .map(|answer| answer["error"]["code"].as_i64());
    codes.collect()
}

#[test]
fn requests_are_answered_by_one_array() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let batch = [
        echo("a", "one"),
        notification(),
        request("b", "ping", json!({})),
        echo("c", "two"),
        request("d", "no/such", json!({})),
    ];
    let answers = answers(&mut client, &batch);
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    assert_eq!(answers[0]["result"]["content"][0]["text"], "one");
    assert_eq!(answers[1]["result"], json!({}));
    assert_eq!(answers[2]["result"]["content"][0]["text"], "two");
    assert_eq!(answers[3]["error"]["code"], -32601);
    client.assert_answers();
}

#[test]
fn one_request_is_answered_by_an_array_too() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let answers = answers(&mut client, &[echo(7, "alone")]);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["id"], 7);
}

#[test]
fn notifications_alone_are_answered_by_nothing() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let response = json!({ "jsonrpc": "2.0", "id": 99, "result": {} });
    client.send_line(json!([notification(), response, notification()]).to_string());
    client.result("ping", json!({}));
    let ended = client.close();
    assert_eq!((ended.code, ended.rest), (Some(0), Vec::new()));
}

#[test]
fn an_empty_array_is_refused() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    for empty in ["[]", " [ ] "] {
        client.send_line(empty);
        let refused = client.read();
        assert_eq!(refused["error"]["code"], -32600, "{refused}");
        assert_eq!(refused["id"], Value::Null);
    }
}

#[test]
fn what_is_no_message_is_answered_beside_the_others() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let batch = [
        json!(1),
        echo("a", "one"),
        json!([]),
        json!({ "id": "b" }),
        json!(null),
    ];
    let answers = answers(&mut client, &batch);
    assert_eq!(answers.len(), 5, "{answers:?}");
    let good: Vec<_> = answers
        .iter()
        .filter(|answer| answer.get("result").is_some())
        .collect();
    assert_eq!(good.len(), 1);
    assert_eq!(good[0]["id"], "a");
    let mut codes = codes(&answers);
    codes.sort_unstable();
    assert_eq!(
        codes,
        [None, Some(-32600), Some(-32600), Some(-32600), Some(-32600)]
    );
}

#[test]
fn an_array_that_is_no_json_is_refused_as_a_whole() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    client.send_line(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},"#);
    let refused = client.read();
    assert_eq!(refused["error"]["code"], -32700, "{refused}");
    client.assert_answers();
}

#[test]
fn the_handshake_is_not_part_of_a_batch() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let batch = [
        request("a", "initialize", initialize(REVISION)),
        echo("b", "one"),
    ];
    let refused = answers(&mut client, &batch);
    assert_eq!(codes(&refused), [Some(-32600), None]);
    assert!(message_of(&refused[0]["error"]).contains("initialize"));

    // Nor may it begin with one.
    let mut client = Client::raw(&home);
    client.send_line(json!(batch).to_string());
    assert_eq!(client.read()["error"]["code"], -32600);
    client.result("initialize", initialize(REVISION));
    client.assert_answers();
}

#[test]
fn other_revisions_have_none() {
    let home = Home::with(&["echo"]);
    let batch = json!([echo(1, "one"), echo(2, "two")]).to_string();
    for revision in LEGACY_REVISIONS
        .into_iter()
        .filter(|revision| *revision != REVISION)
    {
        let mut client = Client::at(&home, revision);
        client.send_line(&batch);
        let refused = client.read();
        assert_eq!(refused["error"]["code"], -32600, "{revision}");
        assert_eq!(refused["id"], Value::Null);
        client.assert_answers();
    }
    let mut client = Client::modern(&home);
    client.send_line(&batch);
    assert_eq!(client.read()["error"]["code"], -32600);
    // Modern requests in the batch of a legacy session are answered as such.
    let mut client = Client::at(&home, REVISION);
    let listed = request("m", "tools/list", crate::client::modern_params(json!({})));
    let answers = answers(&mut client, &[listed, request("n", "ping", json!({}))]);
    assert_eq!(answers[0]["result"]["resultType"], "complete", "{MODERN}");
    assert_eq!(answers[1]["result"], json!({}));
}

#[test]
fn a_batch_has_a_hundred_messages_at_most() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let batch = |length: i64| {
        (0..length)
            .map(|id| request(id, "ping", json!({})))
            .collect::<Vec<_>>()
    };
    assert_eq!(answers(&mut client, &batch(100)).len(), 100);
    client.send_line(json!(batch(101)).to_string());
    let refused = client.read();
    assert_eq!(refused["error"]["code"], -32600);
    let message = message_of(&refused["error"]);
    assert!(
        message.contains("101") && message.contains("100"),
        "{message}"
    );
    client.assert_answers();
}

#[test]
fn what_is_cancelled_is_left_out_of_the_answer() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let spin = request(
        "s",
        "tools/call",
        json!({ "name": "spin", "arguments": {} }),
    );
    client.send_line(json!([spin, echo("a", "one")]).to_string());
    client.cancel(&json!("s"));
    let answers = client.read_batch();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["id"], "a");
    // A cancellation may be part of the batch.
    let cancel = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "s" },
    });
    client.send_line(json!([spin, cancel]).to_string());
    client.assert_answers();
}

#[test]
fn one_id_for_two_requests_is_refused() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let sleep = json!({ "name": "sleep", "arguments": { "ms": 200 } });
    let batch = [
        request(1, "tools/call", sleep),
        request(1, "ping", json!({})),
    ];
    let mut codes = codes(&answers(&mut client, &batch));
    codes.sort_unstable();
    assert_eq!(codes, [None, Some(-32600)]);
}

#[test]
fn what_a_request_tells_comes_before_the_array() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let call = json!({
        "name": "progress", "arguments": { "steps": 2 }, "_meta": { "progressToken": "t" },
    });
    client.send_line(json!([request(1, "tools/call", call), echo(2, "one")]).to_string());
    let mut progress = 0;
    while progress < 2 {
        let message = client.read();
        progress += i32::from(message["method"] == "notifications/progress");
    }
    assert_eq!(client.read_batch().len(), 2);
}

#[test]
fn a_call_in_a_batch_may_ask() {
    let home = Home::with(&["everything"]);
    let mut client = Client::able_at(&home, REVISION, json!({ "roots": {} }));
    let tool = "test_input_required_result_list_roots";
    let call = json!({ "name": tool, "arguments": {} });
    let batch = [
        request("a", "tools/call", call),
        request("b", "ping", json!({})),
    ];
    client.send_line(json!(batch).to_string());
    let asked = client.read();
    assert_eq!(asked["method"], "roots/list");
    // The answer may come in a batch, too.
    let roots = json!({ "roots": [{ "uri": "file:///project" }] });
    let response = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": roots });
    client.send_line(json!([response, notification()]).to_string());
    let mut answers = client.read_batch();
    answers.sort_by_key(|answer| answer["id"].to_string());
    assert_eq!(
        answers[0]["result"]["content"][0]["text"],
        "you work in file:///project"
    );
    assert_eq!(answers[1]["result"], json!({}));
}

#[test]
fn a_subscription_in_a_batch_keeps_no_answer_back() {
    let home = Home::with(&["echo"]);
    let mut client = Client::at(&home, REVISION);
    let listen = crate::client::modern_params(json!({ "notifications": {} }));
    let listen = request("a", "subscriptions/listen", listen);
    client.send_line(json!([listen, request("b", "ping", json!({}))]).to_string());
    let answers = client.read_batch();
    assert_eq!(codes(&answers), [Some(-32600), None]);
}
