//! Tasks that are told of without asking.

use serde_json::{Value, json};

use super::{EXTENSION, client, start, update};
use crate::client::Client;
use crate::home::Home;

const LISTEN: &str = "subscriptions/listen";
const TASK: &str = "notifications/tasks";

fn listen(client: &mut Client, ids: &[&str]) -> Value {
    let subscription = client.send(LISTEN, json!({ "notifications": { "taskIds": ids } }));
    let first = client.told("notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["notifications"], json!({ "taskIds": ids }));
    subscription
}

/// Reads what is told of a task until it stands so.
#[track_caller]
fn until_told(client: &mut Client, id: &str, status: &str) -> Value {
    loop {
        let told = client.told(TASK)["params"].clone();
        assert_eq!(told["taskId"], id);
        if told["status"] == status {
            return told;
        }
    }
}

#[test]
fn each_state_is_told_as_it_would_be_given() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let id = start(&mut client, "confirm_delete", json!({ "filename": "a" }));
    super::until(&mut client, &id, "input_required");
    let subscription = listen(&mut client, &[&id]);
    let answers = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
    client.result("tasks/update", update(&id, answers));
    let mut told = until_told(&mut client, &id, "completed");
    let meta = told.as_object_mut().expect("an object").remove("_meta");
    assert_eq!(
        meta,
        Some(json!({ "io.modelcontextprotocol/subscriptionId": subscription }))
    );
    let task = super::get(&mut client, &id);
    for (member, value) in told.as_object().expect("an object") {
        assert_eq!(task[member], *value, "{member}");
    }
    assert_eq!(super::text_of(&told), "deleted `a`");
}

#[test]
fn questions_are_told() {
    let home = Home::empty();
    let marks = "[tools.work_and_ask]\ntask = \"optional\"";
    home.add_folder(&home.plugin("asker", marks), &["--grant-none"]);
    let mut client = client(&home);
    let id = start(&mut client, "work_and_ask", json!({ "ms": 500 }));
    listen(&mut client, &[&id]);
    let told = until_told(&mut client, &id, "input_required");
    assert!(told["inputRequests"]["name"].is_object(), "{told}");
    let answers = json!({ "name": { "action": "accept", "content": { "name": "Ada" } } });
    client.result("tasks/update", update(&id, answers));
    until_told(&mut client, &id, "completed");
}

#[test]
fn nothing_is_told_of_other_tasks() {
    let home = Home::with(&["everything"]);
    let mut client = client(&home);
    let slow = json!({ "seconds": 600 });
    let (one, other) = (
        start(&mut client, "slow_compute", slow.clone()),
        start(&mut client, "slow_compute", slow),
    );
    listen(&mut client, &[&one]);
    listen(&mut client, &["nothing"]);
    client.result("tasks/cancel", json!({ "taskId": other }));
    super::until(&mut client, &other, "cancelled");
    client.result("tasks/cancel", json!({ "taskId": one }));
    until_told(&mut client, &one, "cancelled");
    let told = client.close().rest;
    let mut others = told
        .iter()
        .filter(|message| message["params"]["taskId"] == other);
    assert_eq!(others.next(), None);
}

#[test]
fn who_has_not_declared_the_extension_is_refused() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let error = client.error(LISTEN, json!({ "notifications": { "taskIds": ["a"] } }));
    assert_eq!(error["code"], -32021);
    assert_eq!(
        error["data"]["requiredCapabilities"],
        json!({ "extensions": { EXTENSION: {} } })
    );
    // Nothing was asked for, so nothing is needed.
    client.send(LISTEN, json!({ "notifications": { "taskIds": [] } }));
    let first = client.told("notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["notifications"], json!({}));
}
