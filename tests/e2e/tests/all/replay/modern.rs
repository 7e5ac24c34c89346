//! Modern requests: each carries all that there is to know.

use serde_json::{Value, json};

use super::{Comes, Step, fresh_id, malformed};
use crate::client::MODERN;

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

pub(super) fn conversations() -> Vec<(&'static str, Vec<Step>)> {
    vec![
        ("lists", lists().collect()),
        ("calls", calls()),
        ("contents", contents().collect()),
        ("rounds", rounds()),
        ("tasks", tasks()),
        ("subscriptions", subscriptions()),
        ("unknown methods", unknown().collect()),
        ("the fields of a request", fields()),
        ("ids", ids().collect()),
        ("malformed messages", malformed().chain(batches()).collect()),
    ]
}

/// A request of a client that can be asked for everything.
fn request(method: &str, mut params: Value) -> Value {
    let meta = &mut params["_meta"];
    if meta.get(VERSION).is_none() {
        meta[VERSION] = json!(MODERN);
    }
    if meta.get(CAPABILITIES).is_none() {
        meta[CAPABILITIES] = json!({ "elicitation": {}, "sampling": {}, "roots": {} });
    }
    json!({ "jsonrpc": "2.0", "id": fresh_id(), "method": method, "params": params })
}

fn ask(method: &str, params: Value) -> Step {
    Step::ask(request(method, params))
}

fn call(tool: &str, arguments: Value) -> Step {
    ask(
        "tools/call",
        json!({ "name": tool, "arguments": arguments }),
    )
}

fn lists() -> impl Iterator<Item = Step> {
    let lists = [
        "server/discover",
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

fn calls() -> Vec<Step> {
    let mut steps: Vec<Step> = [
        ("all_content", json!({})),
        ("locate", json!({ "name": "four" })),
        ("locate", json!({})),
        ("locate", json!({ "name": 4 })),
        ("locate", json!([])),
        ("locate", json!("four")),
        (
            "odd.schema-1",
            json!({ "z": 1.5, "n": { "b": [], "a": null } }),
        ),
        ("with_meta", Value::Null),
        ("fail", json!({ "kind": "tool" })),
        ("fail", json!({ "kind": "arguments" })),
        ("fail", json!({ "kind": "internal" })),
        ("no such tool", json!({})),
        ("caf\u{e9}", json!({})),
        ("test_simple_text", json!({})),
        ("test_multiple_content_types", json!({})),
        ("test_error_handling", json!({})),
        ("json_schema_2020_12_tool", json!({ "name": "n" })),
        ("test_custom_header", json!({ "value": "plain" })),
        ("test_custom_header", json!({ "value": " \u{e9} " })),
        ("test_missing_capability", json!({})),
    ]
    .map(|(tool, arguments)| call(tool, arguments))
    .into();
    for params in [
        json!({ "arguments": {} }),
        json!({ "name": 7 }),
        json!({ "name": "test_tool_with_progress", "_meta": { "progressToken": "p" } }),
        json!({ "name": "test_tool_with_progress", "_meta": { "progressToken": 5 } }),
        json!({ "name": "test_logging_tool", "_meta": { "io.modelcontextprotocol/logLevel": "debug" } }),
        json!({ "name": "test_logging_tool", "_meta": { "io.modelcontextprotocol/logLevel": "error" } }),
        json!({ "name": "test_logging_tool", "_meta": { "io.modelcontextprotocol/logLevel": "loud" } }),
        json!({ "name": "test_missing_capability", "_meta": { CAPABILITIES: {} } }),
    ] {
        steps.push(ask("tools/call", params));
    }
    steps
}

fn contents() -> impl Iterator<Item = Step> {
    [
        ("resources/read", json!({ "uri": "offers://text" })),
        ("resources/read", json!({ "uri": "offers://bytes" })),
        ("resources/read", json!({ "uri": "offers://items/1/a/b" })),
        ("resources/read", json!({ "uri": "offers://items/0/a" })),
        ("resources/read", json!({ "uri": "offers://items/x/a" })),
        ("resources/read", json!({ "uri": "no://where" })),
        ("resources/read", json!({ "uri": {} })),
        ("resources/read", json!({})),
        (
            "prompts/get",
            json!({ "name": "say", "arguments": { "what": "hi" } }),
        ),
        ("prompts/get", json!({ "name": "say" })),
        (
            "prompts/get",
            json!({ "name": "say", "arguments": { "what": 1 } }),
        ),
        ("prompts/get", json!({ "name": "picture" })),
        ("prompts/get", json!({ "name": "nobody" })),
        ("prompts/get", json!({})),
        ("completion/complete", completion("say", "language", "E")),
        ("completion/complete", completion("say", "no", "E")),
        ("completion/complete", completion("nobody", "a", "")),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/tool" } }),
        ),
        ("completion/complete", json!({})),
    ]
    .into_iter()
    .map(|(method, params)| ask(method, params))
}

pub(super) fn completion(prompt: &str, argument: &str, value: &str) -> Value {
    json!({
        "ref": { "type": "ref/prompt", "name": prompt },
        "argument": { "name": argument, "value": value },
    })
}

fn rounds() -> Vec<Step> {
    let form = |content: Value| json!({ "action": "accept", "content": content });
    let round = |tool: &str, state: &str, answers: Value| {
        ask(
            "tools/call",
            json!({
                "name": tool, "arguments": {}, "requestState": state, "inputResponses": answers,
            }),
        )
    };
    let begin = |tool: &str| call(tool, json!({}));
    let elicitation = "test_input_required_result_elicitation";
    let several = "test_input_required_result_multi_round";
    let prompt = json!({ "name": "test_input_required_result_prompt" });
    let mut told = prompt.clone();
    told["requestState"] = json!("$requestState");
    told["inputResponses"] = json!({ "user_context": form(json!({ "context": "c" })) });
    let mut steps = vec![
        begin(elicitation),
        round(
            elicitation,
            "$requestState",
            json!({ "other": form(json!({ "name": "Ada" })) }),
        ),
        round(elicitation, "$requestState", json!({ "user_name": 7 })),
        round(
            elicitation,
            "$requestState",
            json!({ "user_name": form(json!({ "name": 7 })) }),
        ),
        round(
            elicitation,
            "$requestState",
            json!({ "user_name": { "action": "decline" } }),
        ),
        round(
            elicitation,
            "$requestState",
            json!({ "user_name": form(json!({ "name": "Ada" })) }),
        ),
        round(elicitation, "$requestState-TAMPERED", json!({})),
        round(elicitation, "", json!({})),
        round(several, "$requestState", json!({})),
        begin(several),
        round(
            several,
            "$requestState",
            json!({ "step1": form(json!({ "name": "Ada" })) }),
        ),
        round(
            several,
            "$requestState",
            json!({ "step2": form(json!({ "color": "red" })) }),
        ),
        begin("test_input_required_result_multiple_inputs"),
        begin("test_input_required_result_list_roots"),
        begin("test_input_required_result_sampling"),
        begin("test_input_required_result_capabilities"),
        ask("prompts/get", prompt),
        ask("prompts/get", told),
    ];
    for wrong in [
        json!({ "name": elicitation, "requestState": 7 }),
        json!({ "name": elicitation, "inputResponses": [] }),
        json!({ "name": elicitation, "_meta": { CAPABILITIES: {} } }),
    ] {
        steps.push(ask("tools/call", wrong));
    }
    steps
}

fn tasks() -> Vec<Step> {
    let extension = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let with_tasks = |method: &str, mut params: Value| {
        params["_meta"] = json!({ CAPABILITIES: extension });
        ask(method, params)
    };
    let mut steps = vec![
        call("greet", json!({ "name": "Ada" })),
        call("failing_job", json!({})),
        call("protocol_error_job", json!({})),
        with_tasks("tools/call", json!({ "name": "failing_job" })),
        with_tasks(
            "tools/call",
            json!({ "name": "greet", "arguments": { "name": "Ada" } }),
        ),
    ];
    for method in [
        "tasks/get",
        "tasks/update",
        "tasks/cancel",
        "tasks/result",
        "tasks/list",
    ] {
        for params in [
            json!({ "taskId": "no such task" }),
            json!({ "taskId": 7 }),
            json!({}),
        ] {
            steps.push(ask(method, params.clone()));
            steps.push(with_tasks(method, params));
        }
    }
    steps
}

fn subscriptions() -> Vec<Step> {
    let mut steps: Vec<Step> = [
        json!({ "notifications": {} }),
        json!({ "notifications": { "toolsListChanged": true, "promptsListChanged": true } }),
        json!({ "notifications": { "resourceSubscriptions": ["test://watched-resource"] } }),
    ]
    .map(|params| Step::new(request("subscriptions/listen", params), Comes::Beginning))
    .into();
    for wrong in [
        json!({}),
        json!({ "notifications": [] }),
        json!({ "notifications": { "toolsListChanged": 1 } }),
    ] {
        steps.push(ask("subscriptions/listen", wrong));
    }
    steps.push(Step::tell("notifications/of/tomorrow", json!({ "a": 1 })));
    steps.push(Step::tell(
        "notifications/cancelled",
        json!({ "requestId": "nothing" }),
    ));
    steps.push(call("test_simple_text", json!({})));
    steps
}

fn unknown() -> impl Iterator<Item = Step> {
    let methods = [
        "tools/cal",
        "Tools/List",
        "",
        "rpc.discover",
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "notifications/initialized",
        "sampling/createMessage",
    ];
    methods.into_iter().map(|method| ask(method, json!({})))
}

fn fields() -> Vec<Step> {
    let request = |meta: Value| {
        let params = json!({ "_meta": meta });
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params })
    };
    let mut steps: Vec<Step> = [
        json!({}),
        json!(7),
        json!({ CAPABILITIES: {} }),
        json!({ VERSION: MODERN }),
        json!({ VERSION: MODERN, CAPABILITIES: 1 }),
        json!({ VERSION: MODERN, CAPABILITIES: null }),
        json!({ VERSION: MODERN, CAPABILITIES: {}, "progressToken": {} }),
        json!({ VERSION: MODERN, CAPABILITIES: {}, "z": { "unknown": true } }),
        json!({ VERSION: 7, CAPABILITIES: {} }),
        json!({ VERSION: "", CAPABILITIES: {} }),
        json!({ VERSION: "2099-01-01", CAPABILITIES: {} }),
        json!({ VERSION: "2025-11-25", CAPABILITIES: {} }),
    ]
    .map(|meta| Step::ask(request(meta)))
    .into();
    steps.push(Step::ask(
        r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#,
    ));
    steps.push(Step::ask(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#,
    ));
    steps
}

fn ids() -> impl Iterator<Item = Step> {
    let ids = [
        "0",
        "-1",
        "\"\"",
        "\"\\u00e9\\n\"",
        "9007199254740993",
        "123456789012345678901234567890",
    ];
    ids.into_iter().map(|id| {
        let request = request("prompts/list", json!({}));
        let fresh = request["id"].to_string();
        Step::ask(request.to_string().replace(&fresh, id))
    })
}

/// There are no batches in this revision.
fn batches() -> impl Iterator<Item = Step> {
    let listed = request("tools/list", json!({}));
    [
        json!([]),
        json!([listed]),
        json!([listed, listed]),
        json!([7]),
    ]
    .into_iter()
    .map(Step::ask)
}
