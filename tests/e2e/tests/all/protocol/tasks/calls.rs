//! Which calls become tasks.

use serde_json::{Value, json};

use super::{EXTENSION, client, get, home_with_echo, id_of, start, tasks, text_of, until};
use crate::client::{Client, LEGACY, LEGACY_REVISIONS};
use crate::home::Home;

fn slow() -> Value {
    json!({ "seconds": 0.05, "label": "it" })
}

#[test]
fn a_marked_tool_is_a_task_at_once() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let made = client.call("slow_compute", slow());
    let id = id_of(&made);
    assert_eq!(made["status"], "working", "{made}");
    assert!(made["ttlMs"].as_u64() >= Some(24 * 3_600_000), "{made}");
    assert!(made["pollIntervalMs"].is_u64(), "{made}");
    for time in ["createdAt", "lastUpdatedAt"] {
        let text = made[time].as_str().expect("a time");
        assert!(text.ends_with('Z') && text.contains('T'), "{text}");
    }
    assert_eq!(made.get("content"), None);
    let task = until(&mut client, &id, "completed");
    assert_eq!(text_of(&task), "it took 0.05 s");
    assert_eq!(task["resultType"], "complete");
    assert_eq!(task["createdAt"], made["createdAt"]);
    assert_eq!(get(&mut client, &id), task, "an end is final");
    // No two have the same.
    assert_ne!(start(&mut client, "slow_compute", slow()), id);
}

#[test]
fn who_declares_nothing_waits() {
    let home = Home::with(&["everything"]);
    for capabilities in [
        json!({}),
        json!({ "extensions": {} }),
        json!({ "extensions": { EXTENSION: true } }),
        json!({ "tasks": {} }),
    ] {
        let mut client = Client::able(&home, capabilities);
        assert_eq!(client.text("slow_compute", slow()), "it took 0.05 s");
    }
    for revision in LEGACY_REVISIONS {
        let mut client = Client::able_at(&home, revision, tasks());
        assert_eq!(client.text("slow_compute", slow()), "it took 0.05 s");
    }
}

#[test]
fn one_that_has_to_be_a_task_is_refused_without_the_extension() {
    let home = Home::with(&["everything"]);
    let mut plain = Client::modern(&home);
    let error = plain.call_error("failing_job", json!({}));
    assert_eq!(error["code"], -32021);
    assert_eq!(
        error["data"],
        json!({ "requiredCapabilities": { "extensions": { EXTENSION: {} } } })
    );
    let mut able = client(&home);
    start(&mut able, "failing_job", json!({}));
    // A legacy client could not declare it.
    let mut legacy = Client::legacy(&home);
    let told = legacy.tool_error("failing_job", json!({}));
    assert_eq!(told, "this job always fails");
}

#[test]
fn what_is_not_marked_is_answered() {
    let home = Home::with(&["everything", "echo"]);
    let mut client = client(&home);
    assert_eq!(
        client.text("greet", json!({ "name": "Ada" })),
        "Hello, Ada!"
    );
    client.assert_answers();
}

#[test]
fn the_manifest_marks_tools_and_has_the_last_word() {
    let home = home_with_echo(&["sleep"], &["--grant-none"]);
    let marks = "[tools.slow_compute]\ntask = \"never\"\n[tools.greet]\ntask = \"required\"";
    home.add_folder(&home.plugin("everything", marks), &["--grant-none"]);
    let mut able = client(&home);
    assert_eq!(able.text("slow_compute", slow()), "it took 0.05 s");
    for (tool, arguments, text) in [
        ("sleep", json!({ "ms": 1 }), "slept 1 ms"),
        ("greet", json!({ "name": "Ada" }), "Hello, Ada!"),
    ] {
        let id = start(&mut able, tool, arguments);
        assert_eq!(text_of(&until(&mut able, &id, "completed")), text);
    }
    let mut plain = Client::modern(&home);
    assert_eq!(plain.text("sleep", json!({ "ms": 1 })), "slept 1 ms");
    let error = plain.call_error("greet", json!({ "name": "Ada" }));
    assert_eq!(error["code"], -32021);
}

#[test]
fn arguments_that_break_the_schema_make_no_task() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    for arguments in [
        json!({}),
        json!({ "seconds": -1 }),
        json!({ "seconds": "1" }),
    ] {
        let told = client.tool_error("slow_compute", arguments);
        assert!(told.contains("seconds"), "{told}");
    }
    let error = client.call_error("slow_compute", json!([]));
    assert_eq!(error["code"], -32602);
}

#[test]
fn the_extension_is_declared_to_modern_clients() {
    let home = Home::with(&["everything"]);
    let mut modern = Client::modern(&home);
    let found = modern.result("server/discover", json!({}));
    assert_eq!(found["capabilities"]["extensions"][EXTENSION], json!({}));
    let mut legacy = Client::raw(&home);
    let agreed = legacy.result("initialize", crate::client::initialize(LEGACY));
    assert_eq!(agreed["capabilities"].get("extensions"), None);
}

#[test]
fn legacy_clients_have_no_such_methods() {
    let home = Home::with(&["everything"]);
    for revision in LEGACY_REVISIONS {
        let mut client = Client::able_at(&home, revision, tasks());
        for method in [
            "tasks/get",
            "tasks/update",
            "tasks/cancel",
            "tasks/list",
            "tasks/result",
        ] {
            let error = client.error(method, json!({ "taskId": "x" }));
            assert_eq!(error["code"], -32601, "{revision} {method}");
        }
    }
    let mut client = client(&home);
    for method in ["tasks/list", "tasks/result"] {
        let error = client.error(method, json!({ "taskId": "x" }));
        assert_eq!(error["code"], -32601, "{method}");
    }
}

#[test]
fn the_admin_says_how_long_a_task_is_kept() {
    // Never less than an hour longer than it may run.
    for (said, milliseconds) in [("48h", 48 * 3_600_000), ("1m", 2 * 3_600_000)] {
        let home = Home::with(&["everything"]);
        home.configure(&format!("[server]\ntask-ttl = \"{said}\""));
        let made = client(&home).call("slow_compute", slow());
        assert_eq!(made["ttlMs"], milliseconds, "{made}");
    }
}
