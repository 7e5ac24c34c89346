//! Tasks over HTTP: they belong to no connection.

use serde_json::{Value, json};

use super::events::Events;
use super::server::{Server, modern_body};
use crate::client::{MODERN, declaring};
use crate::home::Home;

/// The parameters of a client that takes tasks.
fn able(params: Value) -> Value {
    let extension = json!({ "io.modelcontextprotocol/tasks": {} });
    declaring(
        params,
        &json!({ "extensions": extension, "elicitation": {} }),
    )
}

#[track_caller]
fn start(server: &Server, tool: &str, arguments: Value) -> String {
    let call = json!({ "name": tool, "arguments": arguments });
    let made = server.modern("tools/call", able(call));
    assert_eq!(made.status, 200);
    let result = made.json()["result"].clone();
    assert_eq!(result["resultType"], "task", "{result}");
    result["taskId"].as_str().expect("an id").to_owned()
}

#[track_caller]
fn until(server: &Server, id: &str, status: &str) -> Value {
    for _ in 0..3000 {
        let got = server.modern("tasks/get", able(json!({ "taskId": id })));
        assert_eq!(got.status, 200, "{}", got.body);
        let task = got.json()["result"].clone();
        if task["status"] == status {
            return task;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the task never was {status}");
}

#[test]
fn a_task_is_asked_for_from_other_connections() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let id = start(&server, "confirm_delete", json!({ "filename": "a" }));
    let task = until(&server, &id, "input_required");
    assert!(task["inputRequests"]["confirm"].is_object(), "{task}");
    let answer = json!({ "action": "accept", "content": { "confirm": true } });
    let update = json!({ "taskId": id, "inputResponses": { "confirm": answer } });
    assert_eq!(server.modern("tasks/update", able(update)).status, 200);
    let task = until(&server, &id, "completed");
    assert_eq!(task["result"]["content"][0]["text"], "deleted `a`");

    let id = start(&server, "slow_compute", json!({ "seconds": 600 }));
    let cancel = server.modern("tasks/cancel", able(json!({ "taskId": id })));
    assert_eq!(cancel.status, 200);
    until(&server, &id, "cancelled");
}

#[test]
fn what_is_refused_has_its_status() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let id = start(&server, "slow_compute", json!({ "seconds": 600 }));
    for (method, params, code) in [
        ("tasks/get", able(json!({ "taskId": "nobody's" })), -32602),
        ("tasks/update", able(json!({ "taskId": id })), -32602),
        ("tasks/get", json!({ "taskId": id }), -32021),
        (
            "tools/call",
            json!({ "name": "failing_job", "arguments": {} }),
            -32021,
        ),
    ] {
        let refused = server.modern(method, params);
        assert_eq!(refused.status, 400, "{method}");
        assert_eq!(refused.json()["error"]["code"], code, "{method}");
    }
    // The header that names the task has to.
    let body = modern_body("tasks/cancel", able(json!({ "taskId": id })));
    let mut headers = vec![
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tasks/cancel"),
    ];
    let refused = server.ask("POST", &headers, &body);
    assert_eq!(refused.json()["error"]["code"], -32020);
    headers.push(("mcp-name", "another"));
    let refused = server.ask("POST", &headers, &body);
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (400, &json!(-32020))
    );
    until(&server, &id, "working");
}

#[test]
fn its_states_are_told_on_a_stream() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let id = start(&server, "slow_compute", json!({ "seconds": 600 }));
    let wanted = able(json!({ "notifications": { "taskIds": [id] } }));
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "subscriptions/listen"),
    ];
    let body = modern_body("subscriptions/listen", wanted);
    let mut stream = Events::read(server.send("POST", &headers, &body));
    let (_, first) = stream.message();
    assert_eq!(first["params"]["notifications"], json!({ "taskIds": [id] }));
    server.modern("tasks/cancel", able(json!({ "taskId": id })));
    let (_, told) = stream.message();
    assert_eq!(told["method"], "notifications/tasks");
    assert_eq!(told["params"]["taskId"], json!(id));
    assert_eq!(told["params"]["status"], "cancelled");
}
