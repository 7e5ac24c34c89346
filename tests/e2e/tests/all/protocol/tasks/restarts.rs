//! What is left of tasks when the server ends, in whichever way.

use serde_json::json;

use super::{client, get, home_with_echo, start, text_of, until};
use crate::client::{Client, message_of};
use crate::home::Home;

#[test]
fn a_result_is_there_after_a_restart() {
    let home = Home::with(&["everything"]);
    let mut before = client(&home);
    let done = start(&mut before, "slow_compute", json!({ "seconds": 0 }));
    let failed = start(&mut before, "protocol_error_job", json!({}));
    let cancelled = start(&mut before, "slow_compute", json!({ "seconds": 600 }));
    before.result("tasks/cancel", json!({ "taskId": cancelled }));
    let tasks = [
        (done, "completed"),
        (failed, "failed"),
        (cancelled, "cancelled"),
    ];
    let told = tasks
        .each_ref()
        .map(|(id, status)| until(&mut before, id, status));
    assert_eq!(before.close().code, Some(0));

    let mut after = client(&home);
    for ((id, _), told) in tasks.iter().zip(told) {
        assert_eq!(get(&mut after, id), told);
        // Nothing is left to be done.
        after.result("tasks/cancel", json!({ "taskId": id }));
        after.result("tasks/update", super::update(id, json!({})));
        assert_eq!(get(&mut after, id), told);
    }
}

#[test]
fn a_task_whose_server_was_killed_has_failed() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    let mut before = client(&home);
    let id = start(&mut before, "sleep", json!({ "ms": 600_000 }));
    assert_eq!(get(&mut before, &id)["status"], "working");
    before.kill();

    let mut after = client(&home);
    let task = get(&mut after, &id);
    assert_eq!(task["status"], "failed", "{task}");
    assert_eq!(task["error"]["code"], -32603, "{task}");
    assert!(message_of(&task["error"]).contains("`sleep`"), "{task}");
    assert_eq!(get(&mut after, &id), task);
    // What is new works.
    let id = start(&mut after, "sleep", json!({ "ms": 1 }));
    assert_eq!(text_of(&until(&mut after, &id, "completed")), "slept 1 ms");
}

#[test]
fn a_task_does_not_keep_the_server_from_ending() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    let mut before = client(&home);
    let id = start(&mut before, "sleep", json!({ "ms": 600_000 }));
    let ended = before.close();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut after = client(&home);
    let task = get(&mut after, &id);
    assert_eq!(task["status"], "failed", "{task}");
}

#[test]
fn another_server_on_the_same_files_knows_it_and_leaves_it_alone() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    let (mut one, mut other) = (client(&home), client(&home));
    let id = start(&mut one, "sleep", json!({ "ms": 600_000 }));
    assert_eq!(get(&mut other, &id)["status"], "working");
    let error = other.error("tasks/cancel", json!({ "taskId": id }));
    assert_eq!(error["code"], -32603, "{error}");
    assert!(message_of(&error).contains("another process"), "{error}");
    assert_eq!(get(&mut one, &id)["status"], "working");
    one.result("tasks/cancel", json!({ "taskId": id }));
    let task = until(&mut one, &id, "cancelled");
    assert_eq!(get(&mut other, &id), task);
    other.result("tasks/cancel", json!({ "taskId": id }));
}

#[test]
fn a_server_that_cannot_keep_tasks_says_so_and_answers_others() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    std::fs::write(
        home.data().join("state.db"),
        "what is no database".repeat(100),
    )
    .expect("written");
    let mut client = client(&home);
    let error = client.call_error("sleep", json!({ "ms": 1 }));
    assert_eq!(error["code"], -32603, "{error}");
    assert!(
        message_of(&error).contains("tasks cannot be kept"),
        "{error}"
    );
    assert!(
        !message_of(&error).contains("state.db"),
        "no path is told: {error}"
    );
    client.logged(&["state.db"]);
    client.assert_answers();
    // Who can do without waits for the result.
    let text = Client::modern(&home).text("sleep", json!({ "ms": 1 }));
    assert_eq!(text, "slept 1 ms");
}
