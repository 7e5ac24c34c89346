//! Legacy: a question is a request of the server's, and the call waits.

use serde_json::{Value, json};

use super::{ALL, NAME, ROUNDS, accepted, everything, roots, sampled};
use crate::client::{Client, error, result, text_of};
use crate::home::Home;

const ELICIT: &str = "elicitation/create";
/// The revisions in which a person can be asked.
const REVISIONS: [&str; 2] = ["2025-06-18", "2025-11-25"];

fn home() -> Home {
    Home::with(&["everything", "asker"])
}

fn client(home: &Home, revision: &str) -> Client {
    Client::able_at(home, revision, everything())
}

/// Answers the next question of this method.
#[track_caller]
fn answer(client: &mut Client, method: &str, answer: Value) -> Value {
    let request = client.told(method);
    client.respond(&request["id"], ("result", answer));
    request
}

/// The result of a call whose one question is answered so.
#[track_caller]
fn answered(client: &mut Client, tool: &str, outcome: (&str, Value)) -> Value {
    let call = client.start_call(tool, json!({}));
    let request = client.told(ELICIT);
    client.respond(&request["id"], outcome);
    result(client.answer(&call))
}

#[test]
fn the_person_is_asked_while_the_call_waits() {
    let home = home();
    for revision in REVISIONS {
        let mut client = client(&home, revision);
        let call = client.start_call(NAME, json!({}));
        let request = client.told(ELICIT);
        let mut params = json!({
            "message": "What is your name?",
            "requestedSchema": {
                "type": "object",
                "properties": { "name": { "type": "string" } },
                "required": ["name"],
            },
        });
        if revision == "2025-11-25" {
            params["mode"] = json!("form");
        }
        assert_eq!(request["params"], params, "{revision}");
        // Others are answered meanwhile.
        assert_eq!(
            client.text("greet", json!({ "name": "Bob" })),
            "Hello, Bob!"
        );
        let name = accepted(json!({ "name": "Ada" }));
        client.respond(&request["id"], ("result", name));
        let result = result(client.answer(&call));
        assert_eq!(text_of(&result), "Hello, Ada!");
        assert_eq!(result.get("resultType"), None);
    }
}

#[test]
fn the_model_and_the_roots_are_asked_in_all_revisions() {
    let home = home();
    for revision in crate::client::LEGACY_REVISIONS {
        let mut client = client(&home, revision);
        let call = client.start_call("test_sampling", json!({ "prompt": "Hi?" }));
        let request = answer(&mut client, "sampling/createMessage", sampled("Hi"));
        assert_eq!(
            request["params"],
            json!({
                "messages": [{ "role": "user", "content": { "type": "text", "text": "Hi?" } }],
                "maxTokens": 100,
            })
        );
        let said = result(client.answer(&call));
        assert_eq!(text_of(&said), "LLM response: Hi", "{revision}");

        let tool = "test_input_required_result_list_roots";
        let call = client.start_call(tool, json!({}));
        answer(&mut client, "roots/list", roots());
        let said = result(client.answer(&call));
        assert_eq!(text_of(&said), "you work in file:///project", "{revision}");
    }
}

#[test]
fn a_page_is_opened_since_2025_11_25() {
    let home = home();
    let mut client = client(&home, "2025-11-25");
    let call = client.start_call("page", json!({}));
    let request = answer(&mut client, ELICIT, json!({ "action": "accept" }));
    let mut params = request["params"].clone();
    assert!(params["elicitationId"].is_string(), "{request}");
    params
        .as_object_mut()
        .expect("an object")
        .remove("elicitationId");
    assert_eq!(
        params,
        json!({ "mode": "url", "message": "Please sign in", "url": "https://example.com/login" })
    );
    assert_eq!(text_of(&result(client.answer(&call))), "accept");
}

#[test]
fn what_the_person_does_not_want_is_a_tool_error() {
    let home = home();
    for revision in REVISIONS {
        let mut client = client(&home, revision);
        for (outcome, word) in [
            (("result", json!({ "action": "decline" })), "declined"),
            (("result", json!({ "action": "cancel" })), "closed"),
            (
                ("error", json!({ "code": -1, "message": "User rejected" })),
                "User rejected",
            ),
            (("result", accepted(json!({ "name": 42 }))), "form"),
            (("result", accepted(json!({}))), "form"),
            (("result", json!({ "action": "accept" })), "content"),
            (("result", json!({ "action": "perhaps" })), "perhaps"),
            (("result", json!("Ada")), "object"),
        ] {
            let result = answered(&mut client, NAME, outcome.clone());
            assert_eq!(result["isError"], true, "{outcome:?}: {result}");
            assert!(text_of(&result).contains(word), "{outcome:?}: {result}");
        }
        let ada = accepted(json!({ "name": "Ada" }));
        let result = answered(&mut client, NAME, ("result", ada));
        assert_eq!(text_of(&result), "Hello, Ada!");
    }
}

#[test]
fn many_are_asked_at_once_and_answered_in_any_order() {
    let home = home();
    let mut client = client(&home, "2025-11-25");
    let call = client.start_call(ALL, json!({}));
    let requests =
        ["roots/list", "sampling/createMessage", ELICIT].map(|method| client.told(method));
    let name = accepted(json!({ "name": "Ada" }));
    for (request, answer) in requests.iter().zip([roots(), sampled("Hi"), name]) {
        client.respond(&request["id"], ("result", answer));
    }
    let said = result(client.answer(&call));
    assert_eq!(text_of(&said), "Hi Ada, who work in file:///project");

    let call = client.start_call(ROUNDS, json!({}));
    answer(&mut client, ELICIT, accepted(json!({ "name": "Ada" })));
    answer(&mut client, ELICIT, accepted(json!({ "color": "blue" })));
    assert_eq!(text_of(&result(client.answer(&call))), "Ada likes blue");
}

#[test]
fn each_call_gets_its_own_answer() {
    let home = home();
    let mut client = client(&home, "2025-11-25");
    let calls = [0; 10].map(|_| client.start_call(NAME, json!({})));
    let mut requests = calls.each_ref().map(|_| client.told(ELICIT)["id"].clone());
    requests.reverse();
    for id in &requests {
        let name = accepted(json!({ "name": format!("number {id}") }));
        client.respond(id, ("result", name.clone()));
        // A second one, and one to nothing, change nothing.
        client.respond(id, ("result", accepted(json!({ "name": "Eve" }))));
        client.respond(&json!("strange"), ("result", name));
    }
    let mut told: Vec<_> = calls
        .iter()
        .map(|call| text_of(&result(client.answer(call))))
        .collect();
    let mut expected: Vec<_> = requests
        .iter()
        .map(|id| format!("Hello, number {id}!"))
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn what_was_told_before_the_question_comes_before_it() {
    let home = home();
    let mut client = client(&home, "2025-11-25");
    let call = client.send(
        "tools/call",
        json!({
            "name": "test_streaming_elicitation", "arguments": {}, "_meta": { "progressToken": 7 },
        }),
    );
    let methods = [(); 3].map(|()| {
        let message = client.read();
        if message["method"] == ELICIT {
            let name = accepted(json!({ "name": "Ada" }));
            client.respond(&message["id"], ("result", name));
        }
        message["method"].clone()
    });
    assert_eq!(
        methods,
        ["notifications/progress", "notifications/message", ELICIT]
    );
    assert_eq!(text_of(&result(client.answer(&call))), "Hello, Ada!");
}

#[test]
fn cancelling_the_call_ends_its_wait() {
    let home = Home::empty();
    // The next call can only begin when the one before has ended.
    home.add("everything", &["--grant", "limits.concurrency=1"]);
    for revision in REVISIONS {
        let mut client = client(&home, revision);
        let call = client.start_call(NAME, json!({}));
        let request = client.told(ELICIT);
        client.cancel(&call);
        assert_eq!(
            client.text("greet", json!({ "name": "Bob" })),
            "Hello, Bob!"
        );
        let name = accepted(json!({ "name": "too late" }));
        client.respond(&request["id"], ("result", name));
        let ended = client.close();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let answers = ended.rest.iter().filter(|message| message["id"] == call);
        assert_eq!(answers.count(), 0, "{:?}", ended.rest);
    }
}

#[test]
fn a_client_that_hangs_up_ends_all_waiting() {
    let home = home();
    for revision in REVISIONS {
        let mut client = client(&home, revision);
        let calls = [NAME, ROUNDS, "page"].map(|tool| client.start_call(tool, json!({})));
        client.told(ELICIT);
        client.told(ELICIT);
        let ended = client.close();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        // Each is answered once, though by no result.
        for call in calls {
            let is_answer =
                |message: &&Value| message["id"] == call && message.get("method").is_none();
            let mut answers = ended.rest.iter().filter(is_answer);
            let answer = answers.next().expect("it is answered");
            assert!(
                answer["result"]["isError"] == true || answer["error"].is_object(),
                "{answer}"
            );
            assert!(answers.next().is_none());
        }
    }
}

#[test]
fn prompts_and_resources_ask_too() {
    let home = home();
    for revision in REVISIONS {
        let mut client = client(&home, revision);
        for (method, params, content) in [
            (
                "prompts/get",
                json!({ "name": "test_input_required_result_prompt" }),
                json!({ "context": "a test" }),
            ),
            (
                "resources/read",
                json!({ "uri": "asker://name" }),
                json!({ "name": "a test" }),
            ),
        ] {
            let asking = client.send(method, params.clone());
            answer(&mut client, ELICIT, accepted(content));
            let read = result(client.answer(&asking));
            assert!(read.to_string().contains("a test"), "{read}");
            let asking = client.send(method, params);
            answer(&mut client, ELICIT, json!({ "action": "decline" }));
            error(client.answer(&asking));
        }
    }
}

#[test]
fn the_deadline_stands_still_while_a_person_thinks() {
    let home = Home::empty();
    home.add("asker", &["--grant", "limits.deadline=1s"]);
    let mut client = client(&home, "2025-11-25");
    let work = |ms: u64| json!({ "ms": ms });
    let call = client.start_call("work_and_ask", work(10));
    let request = client.told(ELICIT);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let name = accepted(json!({ "name": "Ada" }));
    client.respond(&request["id"], ("result", name.clone()));
    assert_eq!(text_of(&result(client.answer(&call))), "Ada waited");

    // What the guest itself takes counts on.
    let call = client.start_call("work_and_ask", work(700));
    answer(&mut client, ELICIT, name);
    let error = error(client.answer(&call));
    assert_eq!(error["data"]["limit"], "deadline", "{error}");
}

#[test]
fn answers_are_read_though_no_more_requests_are_taken() {
    let home = home();
    home.configure("[server]\nmax-in-flight = 1");
    let mut client = client(&home, "2025-11-25");
    let call = client.start_call(NAME, json!({}));
    let request = client.told(ELICIT);
    let next = client.start_call("greet", json!({ "name": "Bob" }));
    let name = accepted(json!({ "name": "Ada" }));
    client.respond(&request["id"], ("result", name));
    assert_eq!(text_of(&result(client.answer(&call))), "Hello, Ada!");
    assert_eq!(text_of(&result(client.answer(&next))), "Hello, Bob!");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_end_waits_for_no_answer() {
    let home = home();
    let mut client = client(&home, "2025-11-25");
    let call = client.start_call(NAME, json!({}));
    client.told(ELICIT);
    let ended = client.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let answer = ended.rest.iter().find(|message| message["id"] == call);
    assert_eq!(answer.expect("it is answered")["result"]["isError"], true);
}
