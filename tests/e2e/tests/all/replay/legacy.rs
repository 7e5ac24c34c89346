//! A session: a handshake, and what is said after it.

use serde_json::{Value, json};

use super::modern::completion;
use super::{Step, fresh_id, malformed};

fn ask(method: &str, params: Value) -> Step {
    Step::ask(json!({ "jsonrpc": "2.0", "id": fresh_id(), "method": method, "params": params }))
}

fn call(tool: &str, arguments: Value) -> Step {
    ask(
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
}

/// A whole session at a revision.
pub(super) fn conversation(revision: &str) -> Vec<Step> {
    let initialize = json!({
        "protocolVersion": revision,
        "capabilities": { "elicitation": {}, "sampling": {}, "roots": {} },
        "clientInfo": { "name": "replay", "version": "1" },
    });
    let mut steps = vec![
        ask("initialize", initialize),
        Step::tell("notifications/initialized", json!({})),
        ask("ping", json!({})),
    ];
    steps.extend(lists());
    steps.extend(calls());
    steps.extend(contents());
    steps.extend(logging());
    steps.extend(questions(revision));
    steps.extend(unknown());
    steps.extend(malformed());
    steps.extend(batches());
    steps.push(Step::tell(
        "notifications/cancelled",
        json!({ "requestId": 1 }),
    ));
    steps.push(ask("ping", json!({})));
    steps
}

fn lists() -> impl Iterator<Item = Step> {
    let lists = [
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "prompts/list",
    ];
    lists.into_iter().flat_map(|method| {
        [
            json!({}),
            json!({ "cursor": "made up" }),
            json!({ "cursor": 7 }),
        ]
        .map(|params| ask(method, params))
    })
}

fn calls() -> impl Iterator<Item = Step> {
    let progress = json!({ "progressToken": "p" });
    let params = json!({ "name": "test_tool_with_progress", "_meta": progress });
    [
        ("all_content", json!({})),
        ("locate", json!({ "name": "four" })),
        ("locate", json!({})),
        ("locate", json!([])),
        (
            "odd.schema-1",
            json!({ "z": 1.5, "n": { "b": [], "a": null } }),
        ),
        ("with_meta", Value::Null),
        ("fail", json!({ "kind": "tool" })),
        ("fail", json!({ "kind": "arguments" })),
        ("fail", json!({ "kind": "internal" })),
        ("no such tool", json!({})),
        ("test_multiple_content_types", json!({})),
        ("test_audio_content", json!({})),
        ("greet", json!({ "name": "Ada" })),
        ("failing_job", json!({})),
    ]
    .map(|(tool, arguments)| call(tool, arguments))
    .into_iter()
    .chain([
        ask("tools/call", json!({ "arguments": {} })),
        ask("tools/call", params),
    ])
}

fn contents() -> impl Iterator<Item = Step> {
    let watched = || json!({ "uri": "test://watched-resource" });
    [
        ("resources/read", json!({ "uri": "offers://text" })),
        ("resources/read", json!({ "uri": "offers://bytes" })),
        ("resources/read", json!({ "uri": "offers://items/1/a/b" })),
        ("resources/read", json!({ "uri": "offers://items/0/a" })),
        ("resources/read", json!({ "uri": "no://where" })),
        ("resources/read", json!({})),
        ("resources/subscribe", watched()),
        ("resources/unsubscribe", watched()),
        ("resources/subscribe", json!({ "uri": "no://where" })),
        ("resources/subscribe", json!({})),
        (
            "prompts/get",
            json!({ "name": "say", "arguments": { "what": "hi" } }),
        ),
        ("prompts/get", json!({ "name": "say" })),
        ("prompts/get", json!({ "name": "picture" })),
        ("prompts/get", json!({ "name": "nobody" })),
        ("completion/complete", completion("say", "language", "E")),
        ("completion/complete", json!({})),
    ]
    .into_iter()
    .map(|(method, params)| ask(method, params))
}

fn logging() -> impl Iterator<Item = Step> {
    [
        call("test_logging_tool", json!({})),
        ask("logging/setLevel", json!({ "level": "error" })),
        call("test_logging_tool", json!({})),
        ask("logging/setLevel", json!({ "level": "debug" })),
        call("test_logging_tool", json!({})),
        ask("logging/setLevel", json!({ "level": "loud" })),
        ask("logging/setLevel", json!({})),
    ]
    .into_iter()
}

/// Calls on the way of which the client is asked for something; before
/// 2025-06-18 there was no asking the person.
fn questions(revision: &str) -> Vec<Step> {
    let said = json!({
        "role": "assistant", "model": "m", "content": { "type": "text", "text": "Paris" },
    });
    let user = json!({ "username": "ada", "email": "ada@example.com" });
    let mut sampled = call("test_sampling", json!({ "prompt": "?" }));
    sampled.replies.push(said);
    let mut roots = call("test_input_required_result_list_roots", json!({}));
    roots
        .replies
        .push(json!({ "roots": [{ "uri": "file:///home" }] }));
    let mut elicited = call("test_elicitation", json!({ "message": "?" }));
    let mut declined = call("test_elicitation", json!({ "message": "?" }));
    if revision >= "2025-06-18" {
        elicited
            .replies
            .push(json!({ "action": "accept", "content": user }));
        declined.replies.push(json!({ "action": "decline" }));
    }
    vec![sampled, roots, elicited, declined]
}

fn unknown() -> impl Iterator<Item = Step> {
    let methods = [
        "tools/cal",
        "",
        "server/discover",
        "subscriptions/listen",
        "tasks/get",
        "tasks/list",
        "notifications/initialized",
    ];
    methods.into_iter().map(|method| ask(method, json!({})))
}

/// Answered as such at 2025-03-26, and refused otherwise.
fn batches() -> impl Iterator<Item = Step> {
    let ping = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/of/tomorrow" });
    let many: Vec<Value> = (0..1000).map(ping).collect();
    [
        json!([]),
        json!([ping(1)]),
        json!([ping(1), note, ping(2), 7]),
        json!([{ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {} }]),
        json!(many),
    ]
    .map(|batch| batch.to_string())
    .into_iter()
    .chain(["[{]".to_owned()])
    .map(Step::ask)
}
