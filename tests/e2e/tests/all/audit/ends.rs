//! However a call ends, there is its line.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use super::{awaited, calls, last};
use crate::client::Client;
use crate::home::Home;
use crate::http::server::{Server, modern_body};

#[track_caller]
fn assert_ended(line: &Value, kind: &str, name: &str, outcome: &str) {
    assert_eq!(
        (&line["kind"], &line["name"], &line["outcome"]),
        (&json!(kind), &json!(name), &json!(outcome)),
        "{line}"
    );
}

/// A call that reports when it has begun, and then takes for ever.
fn reporting() -> Value {
    let arguments = json!({ "steps": 1000, "pause": 1000 });
    json!({ "name": "progress", "arguments": arguments, "_meta": { "progressToken": 1 } })
}

#[test]
fn an_answered_call_says_all_that_is_known_of_it() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    client.text("echo", json!({ "text": "a" }));
    let line = last(&home);
    assert_ended(&line, "tool", "echo", "ok");
    assert_eq!(line["principal"], "stdio");
    assert_eq!(
        (&line["plugin"], &line["version"]),
        (&json!("echo"), &json!("0.1.0"))
    );
    let lock = std::fs::read_to_string(home.lock()).expect("a lock file");
    let component = line["component"].as_str().expect("a digest");
    assert!(lock.contains(component), "{component} is in {lock}");
    let time = line["time"].as_str().expect("a time");
    assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    assert!(line["duration_ms"].is_f64(), "{line}");
    assert!(line["fuel"].as_u64() > Some(1_000), "{line}");
    let memory = line["peak_memory"].as_u64();
    assert!(
        memory > Some(64 << 10) && memory <= Some(64 << 20),
        "{line}"
    );
    assert_eq!(line.get("uses"), None, "it used nothing: {line}");
    client.text("allocate", json!({ "mebibytes": 20 }));
    let more = last(&home);
    assert!(more["peak_memory"].as_u64() > Some(20 << 20), "{more}");
    assert!(more["fuel"].as_u64() > line["fuel"].as_u64(), "{more}");
}

#[test]
fn errors_say_which_of_the_three_kinds_they_are() {
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.fuel=100000000"]);
    home.add("offers", &["--prefix", "o"]);
    let mut client = Client::modern(&home);

    client.tool_error("echo", json!({ "text": 1 }));
    assert_ended(&last(&home), "tool", "echo", "tool-error");
    assert_eq!(last(&home).get("fuel"), None, "no guest ran");
    client.tool_error("count", json!({ "text": "no JSON" }));
    assert_ended(&last(&home), "tool", "count", "tool-error");
    assert!(last(&home)["fuel"].is_u64(), "a guest ran");

    client.call_error("nothing", json!({}));
    assert_ended(&last(&home), "tool", "nothing", "request-error");
    assert_eq!(last(&home)["code"], -32602);
    assert_eq!(last(&home).get("plugin"), None);

    client.call_error("panic", json!({}));
    assert_ended(&last(&home), "tool", "panic", "failure");
    assert_eq!(last(&home).get("limit"), None);
    client.call_error("spin", json!({}));
    assert_ended(&last(&home), "tool", "spin", "failure");
    assert_eq!(last(&home)["limit"], "fuel");
    assert_eq!(last(&home)["fuel"], 100_000_000);
    assert_eq!(calls(&home).len(), 5);
}

#[test]
fn resources_prompts_and_completions_are_calls_too() {
    let home = Home::with(&["offers"]);
    let mut client = Client::modern(&home);
    client.result("resources/read", json!({ "uri": "offers://items/1/a" }));
    assert_ended(&last(&home), "resource", "offers://items/1/a", "ok");
    assert_eq!(last(&home)["plugin"], "offers");
    assert!(last(&home)["fuel"].is_u64());
    client.error("resources/read", json!({ "uri": "nothing://a" }));
    assert_ended(&last(&home), "resource", "nothing://a", "request-error");
    client.result(
        "prompts/get",
        json!({ "name": "say", "arguments": { "what": "hi" } }),
    );
    assert_ended(&last(&home), "prompt", "say", "ok");
    assert!(last(&home)["arguments_digest"].is_string());
    client.error("prompts/get", json!({ "name": "say" }));
    assert_ended(&last(&home), "prompt", "say", "request-error");
    client.result(
        "completion/complete",
        json!({ "ref": { "type": "ref/prompt", "name": "say" }, "argument": { "name": "language", "value": "E" } }),
    );
    assert_ended(&last(&home), "completion", "say", "ok");
    assert!(last(&home)["fuel"].is_u64());
    // What calls nothing is not recorded.
    client.result("tools/list", json!({}));
    assert_eq!(calls(&home).len(), 5);
}

#[test]
fn a_cancelled_call_says_what_it_has_used() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let reporting = client.send("tools/call", reporting());
    client.told("notifications/progress");
    client.cancel(&reporting);
    let line = awaited(&home, |line| line["outcome"] == "cancelled");
    assert_ended(&line, "tool", "progress", "cancelled");
    assert!(line["fuel"].is_u64(), "{line}");
}

#[test]
fn a_client_that_hangs_up_has_cancelled() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let body = modern_body("tools/call", reporting());
    let headers = [
        ("mcp-protocol-version", crate::client::MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "progress"),
    ];
    let mut lines = BufReader::new(server.send("POST", &headers, &body)).lines();
    let mut told = lines.by_ref().map_while(Result::ok);
    assert!(told.any(|line| line.contains("notifications/progress")));
    drop(lines);
    let line = awaited(&home, |line| line["outcome"] == "cancelled");
    assert_ended(&line, "tool", "progress", "cancelled");
    assert_eq!(line["principal"], "http");
}

#[test]
fn calls_in_flight_when_the_runtime_is_told_to_end_are_recorded() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    client.start_call("sleep", json!({ "ms": 200 }));
    assert_eq!(client.close().code, Some(0));
    assert_ended(&last(&home), "tool", "sleep", "ok");
}

#[test]
fn a_question_ends_a_modern_call() {
    let home = Home::with(&["everything"]);
    let mut client = Client::able(&home, json!({ "elicitation": {} }));
    let call = json!({ "name": "test_input_required_result_elicitation", "arguments": {} });
    let asked = client.result("tools/call", call.clone());
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let first = last(&home);
    assert_eq!(first["outcome"], "input-required", "{first}");
    let mut again = call;
    again["requestState"] = asked["requestState"].clone();
    again["inputResponses"] =
        json!({ "user_name": { "action": "accept", "content": { "name": "Ada" } } });
    client.result("tools/call", again);
    let second = last(&home);
    assert_eq!(second["outcome"], "ok", "{second}");
    assert_eq!(first["arguments_digest"], second["arguments_digest"]);
    assert_eq!(calls(&home).len(), 2);
}

#[test]
fn a_task_has_a_line_when_it_begins_and_one_when_it_ends() {
    let home = Home::with(&["everything"]);
    let tasks = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let mut client = Client::able(&home, tasks);
    let start = |client: &mut Client, tool: &str, arguments: Value| {
        let made = client.call(tool, arguments);
        made["taskId"].as_str().expect("a task").to_owned()
    };
    for (tool, arguments, outcome) in [
        (
            "slow_compute",
            json!({ "seconds": 0.05, "label": "it" }),
            "ok",
        ),
        ("failing_job", json!({}), "tool-error"),
    ] {
        let id = start(&mut client, tool, arguments);
        let begun = awaited(&home, |line| {
            line["outcome"] == "task" && line["task"] == *id
        });
        assert_ended(&begun, "tool", tool, "task");
        assert_eq!(begun.get("fuel"), None, "it goes on: {begun}");
        let ended = awaited(&home, |line| {
            line["outcome"] != "task" && line["task"] == *id
        });
        assert_ended(&ended, "tool", tool, outcome);
        assert_eq!(ended["principal"], "stdio");
        assert!(ended["fuel"].is_u64(), "{ended}");
    }
    let id = start(
        &mut client,
        "slow_compute",
        json!({ "seconds": 600, "label": "it" }),
    );
    client.result("tasks/cancel", json!({ "taskId": id }));
    let ended = awaited(&home, |line| {
        line["outcome"] != "task" && line["task"] == *id
    });
    assert_ended(&ended, "tool", "slow_compute", "cancelled");

    // One that ends with the process.
    let made = client.call("slow_compute", json!({ "seconds": 600, "label": "it" }));
    client.close();
    let ended = last(&home);
    assert_eq!(ended["task"], made["taskId"]);
    assert_ended(&ended, "tool", "slow_compute", "cancelled");
}

#[test]
fn the_way_by_which_a_call_came_is_its_principal() {
    let home = Home::with(&["echo"]);
    let echo = json!({ "name": "echo", "arguments": { "text": "a" } });
    home.run(&["call", "echo", r#"{"text":"a"}"#]).done();
    assert_eq!(last(&home)["principal"], "local");
    Client::legacy(&home).text("echo", json!({ "text": "a" }));
    assert_eq!(last(&home)["principal"], "stdio");
    let server = Server::start(&home, &[]);
    server.modern("tools/call", echo);
    assert_eq!(last(&home)["principal"], "http");
}

#[cfg(unix)]
#[test]
fn a_call_over_a_socket_says_so() {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;
    use std::process::Stdio;

    let home = Home::with(&["echo"]);
    let path = home.path("mcp.sock");
    let mut server = home
        .command(&["serve", "--unix", path.to_str().expect("Unicode")])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let log = BufReader::new(server.stderr.take().expect("piped")).lines();
    let mut log = log.map_while(Result::ok);
    assert!(log.any(|line| line.contains("mcp.sock")), "it serves");
    let mut stream = UnixStream::connect(&path).expect("the server listens");
    let call = json!({ "name": "echo", "arguments": { "text": "a" } });
    writeln!(stream, "{}", modern_body("tools/call", call)).expect("sent");
    let mut answer = String::new();
    BufReader::new(stream)
        .read_line(&mut answer)
        .expect("an answer");
    assert_eq!(last(&home)["principal"], "unix");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
