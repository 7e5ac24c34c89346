//! What is asked, and what each answer does.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ELICIT, ERAS, Era, answering, config, get, get_unasked, home, says, user};
use crate::client::{Client, result, text_of};
use crate::home::Home;
use crate::web::{Answer, Web};

#[test]
fn the_user_is_asked_by_the_exact_name_and_with_the_reason() {
    let web = Web::hello();
    let home = home(&[&web]);
    for era in ERAS {
        let mut client = user(&home, era);
        let (asked, text) = get(&mut client, era, &web.url("/a"), says("once"));
        assert_eq!(text, "ok: 200\nhello", "{era:?}");
        assert_eq!(
            asked["message"],
            format!(
                "Portcullis asks, not the plugin: may plugin `probe` send HTTP requests (GET) to \
                 http://{}? It asked for that when it was installed, and was not granted it. The \
                 reason it gives: “to say hello”",
                web.authority()
            )
        );
        assert_eq!(
            asked["requestedSchema"]["properties"]["answer"]["enum"],
            json!(["once", "always", "never"])
        );
    }
}

#[test]
fn once_is_for_one_call() {
    let web = Web::hello();
    let home = home(&[&web]);
    let before = config(&home);
    for era in ERAS {
        let mut client = user(&home, era);
        for _ in 0..2 {
            let (_, text) = get(&mut client, era, &web.url("/"), says("once"));
            assert_eq!(text, "ok: 200\nhello", "{era:?}");
        }
    }
    assert_eq!(web.asked().len(), 4);
    assert_eq!(config(&home), before);
}

#[test]
fn who_declines_or_cancels_is_asked_again_in_the_next_call() {
    let web = Web::hello();
    let home = home(&[&web]);
    let before = config(&home);
    for era in ERAS {
        let mut client = user(&home, era);
        for action in ["decline", "cancel"] {
            let answer = json!({ "action": action });
            let (_, text) = get(&mut client, era, &web.url("/"), answer);
            assert!(text.starts_with("denied: "), "{era:?} {text}");
        }
    }
    assert!(web.asked().is_empty());
    assert_eq!(config(&home), before);
}

#[test]
fn a_plugin_that_asks_in_a_loop_asks_once() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home(&[&web, &other]);
    for era in ERAS {
        let mut client = user(&home, era);
        let urls = json!({ "urls": [web.url("/"), web.url("/b"), other.url("/"), web.url("/")] });
        let call = ("http_get_all", urls);
        let answers = [json!({ "action": "decline" }), says("once")];
        let (asked, text) = answering(&mut client, era, call, &answers);
        let ok: Vec<bool> = text
            .split(" | ")
            .map(|one| one.starts_with("ok: "))
            .collect();
        assert_eq!(ok, [false, false, true, false], "{era:?} {text}");
        for (asked, web) in asked.iter().zip([&web, &other]) {
            let message = asked["message"].as_str().expect("a message");
            assert!(message.contains(&web.authority()), "{message}");
        }
    }
    assert!(web.asked().is_empty());
}

#[test]
fn a_redirect_is_asked_about_by_its_own_name() {
    let other = Web::hello();
    let to = other.url("/");
    let web = Web::new(move |_| Answer::redirect(&to));
    let home = home(&[&web, &other]);
    for era in ERAS {
        let mut client = user(&home, era);
        let call = ("http_get", json!({ "url": web.url("/") }));
        let answers = [says("once"), json!({ "action": "decline" })];
        let (asked, text) = answering(&mut client, era, call, &answers);
        assert!(text.starts_with("denied: "), "{text}");
        assert!(asked[1]["message"].to_string().contains(&other.authority()));
    }
    assert!(other.asked().is_empty());
}

#[test]
fn what_is_no_answer_allows_nothing() {
    let web = Web::hello();
    let home = home(&[&web]);
    for answer in [
        says("forever"),
        says(""),
        json!({ "action": "accept" }),
        json!(3),
    ] {
        let mut client = user(&home, Era::Legacy);
        let (_, text) = get(&mut client, Era::Legacy, &web.url("/"), answer.clone());
        assert!(text.starts_with("denied: "), "{answer} {text}");
        // A modern client is asked again.
        let mut client = user(&home, Era::Modern);
        let call = ("http_get", json!({ "url": web.url("/") }));
        let answers = [answer, json!({ "action": "decline" })];
        let (_, text) = answering(&mut client, Era::Modern, call, &answers);
        assert!(text.starts_with("denied: "), "{text}");
    }
    assert!(web.asked().is_empty());
}

#[test]
fn the_deadline_stands_still_while_the_user_thinks() {
    let web = Web::hello();
    let home = Home::empty();
    let grants = ["--grant", "http=ask", "--grant", "limits.deadline=1s"];
    home.add_probe(&super::requests(&[&web]), &grants);
    let mut client = user(&home, Era::Legacy);
    let call = client.start_call("http_get", json!({ "url": web.url("/") }));
    let request = client.told(ELICIT);
    std::thread::sleep(Duration::from_secs(2));
    client.respond(&request["id"], ("result", says("once")));
    assert_eq!(text_of(&result(client.answer(&call))), "ok: 200\nhello");
}

#[test]
fn a_plugins_own_question_cannot_pass_for_it() {
    let web = Web::hello();
    let home = Home::empty();
    let folder = home.plugin("asker", &super::requests(&[&web]));
    home.add_folder(&folder, &["--grant", "http=ask"]);
    for era in ERAS {
        let mut client = user(&home, era);
        let answer = json!({ "action": "accept", "content": { "name": "Ada" } });
        let (asked, text) = answering(&mut client, era, ("name", json!({})), &[answer]);
        assert_eq!(text, "Ada");
        let message = asked[0]["message"].as_str().expect("a message");
        assert!(message.starts_with("Plugin `asker` asks: "), "{message}");
    }
    // Where nobody is asked for consent, plugins speak for themselves.
    let plain = Home::with(&["asker"]);
    let mut client = user(&plain, Era::Legacy);
    let call = client.start_call("name", json!({}));
    let message = client.told(ELICIT)["params"]["message"].to_string();
    assert!(!message.contains("Plugin"), "{message}");
    drop(call);
}

#[test]
fn an_answer_to_another_question_is_none_to_this() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home(&[&web, &other]);
    let mut client = user(&home, Era::Modern);
    let responses = json!({
        (format!("portcullis:http:http://{}", other.authority())): says("once"),
        (format!("http:http://{}", web.authority())): says("once"),
        "answer": says("once"),
    });
    let call = json!({
        "name": "http_get", "arguments": { "url": web.url("/") }, "inputResponses": responses,
    });
    let called = client.result("tools/call", call);
    assert_eq!(called["resultType"], "input_required", "{called}");
    assert!(web.asked().is_empty());
    // Neither is the state of another call.
    let again = json!({
        "name": "http_get", "arguments": { "url": other.url("/") },
        "requestState": called["requestState"],
        "inputResponses": {},
    });
    let refused = client.error("tools/call", again);
    assert_eq!(refused["code"], -32602, "{refused}");
    assert!(get_unasked(&mut client, "http://127.0.0.1:1/").starts_with("denied: "));
}

#[test]
fn a_task_waits_for_the_answer() {
    let web = Web::hello();
    let home = Home::empty();
    let asks = super::requests(&[&web]) + "[tools.http_get]\ntask = \"optional\"\n";
    home.add_probe(&asks, &["--grant", "http=ask"]);
    let declared =
        json!({ "extensions": { "io.modelcontextprotocol/tasks": {} }, "elicitation": {} });
    let mut client = Client::able(&home, declared);
    for (answer, expected) in [
        (json!({ "action": "decline" }), "denied: "),
        (says("once"), "ok: 200\nhello"),
    ] {
        let task = client.call("http_get", json!({ "url": web.url("/") }));
        let id = json!({ "taskId": task["taskId"] });
        let asked = until(&mut client, &id, "input_required");
        let questions = asked["inputRequests"].as_object().expect("an object");
        let mut update = id.clone();
        for key in questions.keys() {
            update["inputResponses"][key.as_str()] = answer.clone();
        }
        client.result("tasks/update", update);
        let done = until(&mut client, &id, "completed");
        let text = text_of(&done["result"]);
        assert!(text.starts_with(expected), "{text}");
    }
}

/// Asks for a task until it stands so.
#[track_caller]
fn until(client: &mut Client, id: &Value, status: &str) -> Value {
    for _ in 0..3000 {
        let task = client.result("tasks/get", id.clone());
        if task["status"] == status {
            return task;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the task never was {status}")
}
