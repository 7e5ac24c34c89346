//! How tasks end, and what may be asked of those that have or never were.

use serde_json::{Value, json};

use super::{EXTENSION, client, get, home_with_echo, start, text_of, until, until_it};
use crate::client::{Client, message_of};
use crate::home::Home;

fn id_in(id: &str) -> Value {
    json!({ "taskId": id })
}

#[test]
fn a_tool_that_fails_completes_and_a_request_that_fails_does_not() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let id = start(&mut client, "failing_job", json!({}));
    let task = until(&mut client, &id, "completed");
    assert_eq!(task["result"]["isError"], true, "{task}");
    assert_eq!(text_of(&task), "this job always fails");
    assert_eq!(task.get("error"), None);

    let id = start(&mut client, "protocol_error_job", json!({}));
    let task = until(&mut client, &id, "failed");
    assert_eq!(task["error"]["code"], -32603, "{task}");
    assert!(
        message_of(&task["error"]).contains("this job has no result"),
        "{task}"
    );
    assert_eq!(task.get("result"), None);
}

#[test]
fn a_plugin_that_crashes_fails_its_task_alone() {
    let home = home_with_echo(&["panic", "sleep"], &["--grant-none"]);
    let mut client = client(&home);
    let other = start(&mut client, "sleep", json!({ "ms": 200 }));
    let id = start(&mut client, "panic", json!({}));
    let task = until(&mut client, &id, "failed");
    assert_eq!(task["error"]["code"], -32603, "{task}");
    assert!(message_of(&task["error"]).contains("`echo`"), "{task}");
    let task = until(&mut client, &other, "completed");
    assert_eq!(text_of(&task), "slept 200 ms");
}

#[test]
fn a_task_has_a_deadline_of_its_own() {
    let home = home_with_echo(&["sleep"], &["--grant", "limits.deadline=1s"]);
    let two_seconds = json!({ "ms": 2000 });
    let mut able = client(&home);
    let id = start(&mut able, "sleep", two_seconds.clone());
    let mut plain = Client::modern(&home);
    let error = plain.call_error("sleep", two_seconds);
    assert_eq!(
        error["data"],
        json!({ "plugin": "echo", "limit": "deadline" })
    );
    let task = until(&mut able, &id, "completed");
    assert_eq!(text_of(&task), "slept 2000 ms");

    let home = home_with_echo(&["sleep"], &["--grant", "limits.task-deadline=1s"]);
    let mut able = client(&home);
    let id = start(&mut able, "sleep", json!({ "ms": 600_000 }));
    let task = until(&mut able, &id, "failed");
    assert_eq!(task["error"]["code"], -32603, "{task}");
    assert_eq!(
        task["error"]["data"],
        json!({ "plugin": "echo", "limit": "task-deadline" })
    );
    assert!(message_of(&task["error"]).contains("1 s"), "{task}");
}

#[test]
fn a_task_is_cancelled_once_and_for_all() {
    let home = home_with_echo(
        &["sleep", "spin"],
        &[
            "--grant",
            "limits.concurrency=1",
            "--grant",
            "limits.fuel=off",
        ],
    );
    let mut client = client(&home);
    for (tool, arguments) in [("sleep", json!({ "ms": 600_000 })), ("spin", json!({}))] {
        let id = start(&mut client, tool, arguments);
        assert_eq!(get(&mut client, &id)["status"], "working");
        let cancelled = client.result("tasks/cancel", id_in(&id));
        assert_eq!(cancelled["resultType"], "complete");
        let task = until(&mut client, &id, "cancelled");
        assert_eq!((task.get("result"), task.get("error")), (None, None));
        client.result("tasks/cancel", id_in(&id));
        assert_eq!(get(&mut client, &id), task);
        // Its place is free.
        client.assert_answers();
    }
    let id = start(&mut client, "sleep", json!({ "ms": 1 }));
    let task = until(&mut client, &id, "completed");
    client.result("tasks/cancel", id_in(&id));
    assert_eq!(get(&mut client, &id), task, "an end is final");
}

#[test]
fn a_task_that_waits_for_an_answer_is_cancelled() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let id = start(&mut client, "confirm_delete", json!({ "filename": "a" }));
    until(&mut client, &id, "input_required");
    client.result("tasks/cancel", id_in(&id));
    let task = until_it(&mut client, &id, "cancelled", |task| {
        task["status"] == "cancelled"
    });
    assert_eq!(task.get("inputRequests"), None);
    let answers = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
    client.result("tasks/update", super::update(&id, answers));
    assert_eq!(get(&mut client, &id), task);
}

#[test]
fn cancelling_the_request_of_a_task_changes_nothing() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    let mut client = client(&home);
    let request = client.start_call("sleep", json!({ "ms": 300 }));
    let id = super::id_of(&crate::client::result(client.answer(&request)));
    client.cancel(&request);
    assert_eq!(
        text_of(&until(&mut client, &id, "completed")),
        "slept 300 ms"
    );
}

#[test]
fn what_never_was_is_not_found() {
    let home = Home::with(&["everything"]);
    let mut able = client(&home);
    let mut plain = Client::modern(&home);
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        for id in ["0123456789abcdef0123456789abcdef", "", "' OR 1=1 --"] {
            let params = json!({ "taskId": id, "inputResponses": {} });
            let error = able.error(method, params.clone());
            assert_eq!(error["code"], -32602, "{method} {error}");
            assert!(message_of(&error).contains(id), "{error}");
            let error = plain.error(method, params);
            assert_eq!(error["code"], -32021, "{method} {error}");
            let required = &error["data"]["requiredCapabilities"];
            assert_eq!(*required, json!({ "extensions": { EXTENSION: {} } }));
        }
        for params in [json!({}), json!({ "taskId": 7 })] {
            let error = able.error(method, params);
            assert_eq!(error["code"], -32602, "{method} {error}");
            assert!(message_of(&error).contains("taskId"), "{error}");
        }
    }
}

#[test]
fn progress_says_what_is_being_done() {
    let home = home_with_echo(&["progress"], &["--grant-none"]);
    let mut client = client(&home);
    let steps = json!({ "steps": 1000, "pause": 20 });
    let id = start(&mut client, "progress", steps);
    let message = |task: &Value| {
        let message = task["statusMessage"].as_str().unwrap_or_default();
        message.to_owned()
    };
    let first = until_it(&mut client, &id, "told of", |task| {
        !message(task).is_empty()
    });
    assert!(message(&first).ends_with("of 1000"), "{first}");
    let later = until_it(&mut client, &id, "told of", |task| {
        message(task) != message(&first)
    });
    assert_eq!(later["status"], "working");
    assert!(later["lastUpdatedAt"].as_str() > first["lastUpdatedAt"].as_str());
    assert_eq!(later["createdAt"], first["createdAt"]);
    client.result("tasks/cancel", id_in(&id));
    until(&mut client, &id, "cancelled");
}
