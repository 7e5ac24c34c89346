//! Questions before a task, and in its middle.

use serde_json::{Value, json};

use super::{client, get, id_of, start, tasks, text_of, until, until_it, update};
use crate::client::{Client, message_of};
use crate::home::Home;

const DETACHES: &str = "test_tool_with_task";

fn accepted(content: Value) -> Value {
    json!({ "action": "accept", "content": content })
}

fn keys(task: &Value) -> Vec<&str> {
    let requests = task["inputRequests"].as_object().expect("an object");
    requests.keys().map(String::as_str).collect()
}

#[test]
fn a_call_detaches_in_its_middle() {
    let home = Home::with(&["everything"]);
    for (capabilities, is_task) in [(tasks(), true), (json!({ "elicitation": {} }), false)] {
        let mut client = Client::able(&home, capabilities);
        let asked = client.call(DETACHES, json!({}));
        assert_eq!(asked["resultType"], "input_required", "{asked}");
        let again = json!({
            "name": DETACHES, "arguments": {},
            "requestState": asked["requestState"],
            "inputResponses": { "user_name": accepted(json!({ "name": "Ada" })) },
        });
        let mut result = client.result("tools/call", again);
        if is_task {
            let id = id_of(&result);
            result = until(&mut client, &id, "completed")["result"].take();
        }
        assert_eq!(crate::client::text_of(&result), "the task of Ada is done");
    }
}

#[test]
fn what_a_task_asks_is_answered_by_update() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    for (answer, text) in [
        (accepted(json!({ "confirm": true })), "deleted `a`"),
        (accepted(json!({ "confirm": false })), "kept `a`"),
        (json!({ "action": "decline" }), "kept `a`"),
        (json!({ "action": "cancel" }), "kept `a`"),
    ] {
        let id = start(&mut client, "confirm_delete", json!({ "filename": "a" }));
        let task = until(&mut client, &id, "input_required");
        assert_eq!(
            task["inputRequests"]["confirm"]["method"],
            "elicitation/create"
        );
        let params = &task["inputRequests"]["confirm"]["params"];
        assert_eq!(params["message"], "Delete `a`?");
        assert_eq!(params["mode"], "form");
        let answers = json!({ "confirm": answer, "strange": 7 });
        let updated = client.result("tasks/update", update(&id, answers));
        assert_eq!(updated["resultType"], "complete");
        assert_eq!(text_of(&until(&mut client, &id, "completed")), text);
    }
}

#[test]
fn answers_come_one_by_one() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let id = start(&mut client, "multi_input", json!({}));
    let task = until(&mut client, &id, "input_required");
    assert_eq!(keys(&task), ["first", "second"]);
    let answer = |name: &str| accepted(json!({ "name": name, "confirm": true }));
    let one = json!({ "second": answer("Bob") });
    client.result("tasks/update", update(&id, one));
    let task = get(&mut client, &id);
    assert_eq!(task["status"], "input_required");
    assert_eq!(keys(&task), ["first"]);
    // What was answered stays as it was.
    let both = json!({ "first": answer("Ada"), "second": answer("Eve") });
    client.result("tasks/update", update(&id, both));
    let text = text_of(&until(&mut client, &id, "completed"));
    assert_eq!(text, "first: Ada true, second: Bob true");
}

#[test]
fn an_answer_that_is_none_is_refused_and_none_is_taken() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let id = start(&mut client, "multi_input", json!({}));
    until(&mut client, &id, "input_required");
    let good = accepted(json!({ "name": "Ada", "confirm": true }));
    for wrong in [
        accepted(json!({ "name": 7, "confirm": true })),
        accepted(json!({})),
        json!({ "action": "perhaps" }),
        json!({ "action": "accept" }),
        json!("Ada"),
    ] {
        let answers = json!({ "first": good, "second": wrong });
        let error = client.error("tasks/update", update(&id, answers));
        assert_eq!(error["code"], -32602, "{wrong}");
        assert!(
            message_of(&error).contains("inputResponses.second"),
            "{error}"
        );
        assert_eq!(keys(&get(&mut client, &id)), ["first", "second"]);
    }
    for params in [
        json!({ "taskId": id }),
        json!({ "taskId": id, "inputResponses": [] }),
        json!({ "taskId": id, "inputResponses": null }),
    ] {
        let error = client.error("tasks/update", params);
        assert_eq!(error["code"], -32602, "{error}");
        assert!(message_of(&error).contains("inputResponses"), "{error}");
    }
    let answers = json!({ "first": good, "second": good });
    client.result("tasks/update", update(&id, answers.clone()));
    let task = until(&mut client, &id, "completed");
    // What comes too late changes nothing.
    client.result("tasks/update", update(&id, answers));
    assert_eq!(get(&mut client, &id), task);
}

#[test]
fn no_key_is_asked_under_twice() {
    let home = Home::empty();
    let marks = "[tools.names]\ntask = \"optional\"";
    home.add_folder(&home.plugin("asker", marks), &["--grant-none"]);
    let mut client = client(&home);
    let id = start(&mut client, "names", json!({ "times": 3 }));
    let mut seen: Vec<String> = Vec::new();
    for name in ["Ada", "Bob", "Cy"] {
        let task = until_it(&mut client, &id, "asking anew", |task| {
            task["status"] == "input_required" && !seen.contains(&keys(task)[0].to_owned())
        });
        let key = keys(&task)[0].to_owned();
        let answers = json!({ key.as_str(): accepted(json!({ "name": name })) });
        client.result("tasks/update", update(&id, answers));
        seen.push(key);
    }
    assert_eq!(seen[0], "name");
    assert_eq!(
        text_of(&until(&mut client, &id, "completed")),
        "Ada, Bob, Cy"
    );
}

#[test]
fn a_task_asks_for_nothing_that_is_not_declared() {
    let home = Home::with(&["everything"]);
    let mut declared = tasks();
    declared
        .as_object_mut()
        .expect("an object")
        .remove("elicitation");
    let mut client = Client::able(&home, declared);
    let id = start(&mut client, "confirm_delete", json!({ "filename": "a" }));
    let task = until(&mut client, &id, "failed");
    assert_eq!(task["error"]["code"], -32021, "{task}");
    assert_eq!(
        task["error"]["data"],
        json!({ "requiredCapabilities": { "elicitation": {} } })
    );
}

#[test]
fn the_deadline_stands_still_while_a_person_thinks() {
    let home = Home::empty();
    let marks = "[tools.work_and_ask]\ntask = \"optional\"";
    let limit = ["--grant", "limits.task-deadline=1s"];
    home.add_folder(&home.plugin("asker", marks), &limit);
    let mut client = client(&home);
    let id = start(&mut client, "work_and_ask", json!({ "ms": 1 }));
    until(&mut client, &id, "input_required");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let answers = json!({ "name": accepted(json!({ "name": "Ada" })) });
    client.result("tasks/update", update(&id, answers));
    assert_eq!(text_of(&until(&mut client, &id, "completed")), "Ada waited");
}
