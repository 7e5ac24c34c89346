//! Tasks: calls whose callers come back for the result, for modern clients
//! that declare the extension.

mod calls;
mod ends;
mod input;
mod listening;
mod restarts;

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// What a client declares that takes tasks and can be asked for forms.
fn tasks() -> Value {
    json!({ "extensions": { EXTENSION: {} }, "elicitation": {} })
}

/// A client that takes tasks.
fn client(home: &Home) -> Client {
    Client::able(home, tasks())
}

/// A home whose `echo` has tools that become tasks.
fn home_with_echo(marked: &[&str], arguments: &[&str]) -> Home {
    let home = Home::empty();
    let marks: Vec<String> = marked
        .iter()
        .map(|tool| format!("[tools.{tool}]\ntask = \"optional\"\n"))
        .collect();
    let folder = home.plugin("echo", &marks.concat());
    home.add_folder(&folder, arguments);
    home
}

/// Starts a task and gives its id.
#[track_caller]
fn start(client: &mut Client, tool: &str, arguments: Value) -> String {
    id_of(&client.call(tool, arguments))
}

/// The id of a task that was just made.
#[track_caller]
fn id_of(result: &Value) -> String {
    assert_eq!(result["resultType"], "task", "{result}");
    let id = result["taskId"].as_str().expect("an id");
    id.to_owned()
}

fn get(client: &mut Client, id: &str) -> Value {
    client.result("tasks/get", json!({ "taskId": id }))
}

/// Asks for a task until it stands so. It must not have ended otherwise.
#[track_caller]
fn until(client: &mut Client, id: &str, status: &str) -> Value {
    until_it(client, id, status, |task| task["status"] == status)
}

/// Asks for a task until what is told is as it should be.
#[track_caller]
fn until_it(client: &mut Client, id: &str, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..3000 {
        let task = get(client, id);
        if is_so(&task) {
            assert_eq!(task["taskId"], id);
            return task;
        }
        let status = task["status"].as_str().expect("a status");
        let open = matches!(status, "working" | "input_required");
        assert!(open, "it is not {name}: {task}");
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it never was {name}: {}", get(client, id));
}

/// Answers a task's questions.
fn update(id: &str, answers: Value) -> Value {
    json!({ "taskId": id, "inputResponses": answers })
}

/// The text of a completed task.
#[track_caller]
fn text_of(task: &Value) -> String {
    assert_eq!(task["status"], "completed", "{task}");
    crate::client::text_of(&task["result"])
}
