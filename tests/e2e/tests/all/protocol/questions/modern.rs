//! Modern: a question ends the call, and the answer comes with the next one.

use serde_json::{Value, json};

use super::{ALL, Asked, NAME, ROUNDS, accepted, ask, everything, retry, roots, sampled};
use crate::client::{Client, text_of};
use crate::home::Home;

fn home() -> Home {
    Home::with(&["everything", "asker"])
}

#[test]
fn the_answer_completes_the_call() {
    let home = home();
    let mut client = Client::able(&home, json!({ "elicitation": {} }));
    let asked = ask(&mut client, NAME);
    assert_eq!(
        asked.questions,
        json!({ "user_name": { "method": "elicitation/create", "params": {
            "mode": "form",
            "message": "What is your name?",
            "requestedSchema": {
                "type": "object",
                "properties": { "name": { "type": "string" } },
                "required": ["name"],
            },
        } } })
    );
    let answers = json!({ "user_name": accepted(json!({ "name": "Ada" })) });
    let result = retry(&mut client, NAME, &asked, answers);
    assert_eq!(result["resultType"], "complete");
    assert_eq!(text_of(&result), "Hello, Ada!");
    assert_eq!(result.get("requestState"), None);
    assert_eq!(client.news(), [json!(null); 0], "nothing is sent by itself");
}

#[test]
fn a_person_may_say_no() {
    let home = home();
    let mut client = Client::able(&home, everything());
    for (action, word) in [("decline", "declined"), ("cancel", "closed")] {
        let asked = ask(&mut client, NAME);
        let answers = json!({ "user_name": { "action": action } });
        let result = retry(&mut client, NAME, &asked, answers);
        assert_eq!(result["isError"], true, "{result}");
        assert!(text_of(&result).contains(word), "{result}");
    }
}

#[test]
fn many_are_asked_at_once_and_those_left_open_again() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let asked = ask(&mut client, ALL);
    assert_eq!(asked.keys(), ["user_name", "greeting", "client_roots"]);
    assert_eq!(
        asked.questions["greeting"],
        json!({ "method": "sampling/createMessage", "params": {
            "messages": [
                { "role": "user", "content": { "type": "text", "text": "Generate a greeting" } },
            ],
            "maxTokens": 50,
        } })
    );
    assert_eq!(asked.questions["client_roots"]["method"], "roots/list");
    let one = json!({ "greeting": sampled("Hi") });
    let result = retry(&mut client, ALL, &asked, one);
    let rest = Asked::of(&result);
    assert_eq!(rest.keys(), ["user_name", "client_roots"]);
    let answers =
        json!({ "user_name": accepted(json!({ "name": "Ada" })), "client_roots": roots() });
    let result = retry(&mut client, ALL, &rest, answers);
    assert_eq!(text_of(&result), "Hi Ada, who work in file:///project");
}

#[test]
fn rounds_add_up() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let first = ask(&mut client, ROUNDS);
    assert_eq!(first.keys(), ["step1"]);
    let answers = json!({ "step1": accepted(json!({ "name": "Ada" })) });
    let second = Asked::of(&retry(&mut client, ROUNDS, &first, answers));
    assert_eq!(second.keys(), ["step2"]);
    assert_ne!(first.state, second.state);
    // What was answered stays as it was.
    let answers = json!({
        "step1": accepted(json!({ "name": "Bob" })),
        "step2": accepted(json!({ "color": "blue" })),
    });
    let result = retry(&mut client, ROUNDS, &second, answers);
    assert_eq!(text_of(&result), "Ada likes blue");
    // The first state has no answer in it.
    let answers = json!({ "step2": accepted(json!({ "color": "blue" })) });
    let asked = Asked::of(&retry(&mut client, ROUNDS, &first, answers));
    assert_eq!(asked.keys(), ["step1"]);
}

#[test]
fn keys_that_a_plugin_does_not_choose_are_the_same_in_each_round() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let first = ask(&mut client, "numbered");
    assert_eq!(first.keys(), ["input-1"]);
    let answers = json!({ "input-1": accepted(json!({ "name": "Ada" })) });
    let second = Asked::of(&retry(&mut client, "numbered", &first, answers));
    assert_eq!(second.keys(), ["input-2"]);
    let answers = json!({ "input-2": accepted(json!({ "name": "Bob" })) });
    let result = retry(&mut client, "numbered", &second, answers);
    assert_eq!(text_of(&result), "Ada, Bob");
}

#[test]
fn a_page_is_opened() {
    let home = home();
    let mut client = Client::able(&home, json!({ "elicitation": { "url": {} } }));
    let asked = ask(&mut client, "page");
    let key = asked.keys()[0].to_owned();
    let question = &asked.questions[&key];
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(
        question["params"],
        json!({ "mode": "url", "message": "Please sign in", "url": "https://example.com/login" })
    );
    for action in ["accept", "decline", "cancel"] {
        let asked = ask(&mut client, "page");
        let answers = json!({ key.as_str(): { "action": action } });
        let result = retry(&mut client, "page", &asked, answers);
        assert_eq!(text_of(&result), action);
    }
}

#[test]
fn what_is_no_answer_is_asked_for_again() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let asked = ask(&mut client, ALL);
    let good = json!({
        "user_name": accepted(json!({ "name": "Ada" })),
        "greeting": sampled("Hi"),
        "client_roots": roots(),
    });
    for (key, wrong) in [
        ("user_name", json!(42)),
        ("user_name", json!({})),
        ("user_name", json!({ "action": "yes" })),
        ("user_name", json!({ "action": "accept" })),
        ("user_name", accepted(json!({}))),
        ("user_name", accepted(json!({ "name": 42 }))),
        ("user_name", accepted(json!("Ada"))),
        (
            "greeting",
            json!({ "content": { "type": "text", "text": "Hi" } }),
        ),
        ("greeting", json!({ "role": "assistant", "model": "m" })),
        (
            "greeting",
            json!({ "role": "system", "model": "m", "content": [] }),
        ),
        ("client_roots", json!({})),
        ("client_roots", json!({ "roots": [{ "name": "no uri" }] })),
    ] {
        let mut answers = good.clone();
        answers[key] = wrong.clone();
        let left = Asked::of(&retry(&mut client, ALL, &asked, answers));
        assert_eq!(left.keys(), [key], "{wrong}");
    }
    let mut elsewhere = json!({});
    elsewhere["User_name"] = good["user_name"].clone();
    elsewhere["greeting"] = good["greeting"].clone();
    let left = Asked::of(&retry(&mut client, ALL, &asked, elsewhere));
    assert_eq!(left.keys(), ["user_name", "client_roots"]);
    let result = retry(&mut client, ALL, &left, good);
    assert_eq!(text_of(&result), "Hi Ada, who work in file:///project");
}

#[test]
fn answers_that_are_no_object_are_refused() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let asked = ask(&mut client, NAME);
    for wrong in [json!([]), json!("Ada"), json!(1)] {
        let error = client.error("tools/call", super::again(NAME, &asked.state, wrong));
        assert_eq!(error["code"], -32602, "{error}");
        assert!(error["message"].to_string().contains("inputResponses"));
    }
}

#[test]
fn prompts_and_resources_ask_too() {
    let home = home();
    let mut client = Client::able(&home, everything());
    for (method, mut params, key, content) in [
        (
            "prompts/get",
            json!({ "name": "test_input_required_result_prompt" }),
            "user_context",
            json!({ "context": "a test" }),
        ),
        (
            "resources/read",
            json!({ "uri": "asker://name" }),
            "name",
            json!({ "name": "a test" }),
        ),
    ] {
        let asked = Asked::of(&client.result(method, params.clone()));
        assert_eq!(asked.keys(), [key]);
        params["requestState"] = asked.state;
        params["inputResponses"] = json!({ key: accepted(content) });
        let result = client.result(method, params);
        assert_eq!(result["resultType"], "complete");
        assert!(result.to_string().contains("a test"), "{result}");
    }
}

#[test]
fn lists_never_ask() {
    let home = home();
    let mut client = Client::able(&home, everything());
    for method in [
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
    ] {
        let result = client.result(method, json!({}));
        assert_eq!(result["resultType"], "complete", "{method}");
        let strange = json!({ "inputResponses": { "a": Value::Null }, "requestState": "x" });
        assert_eq!(client.result(method, strange), result, "{method}");
    }
    let complete = json!({
        "ref": { "type": "ref/prompt", "name": "test_prompt_with_arguments" },
        "argument": { "name": "arg1", "value": "test" },
    });
    let result = client.result("completion/complete", complete);
    assert_eq!(result["resultType"], "complete");
}

#[test]
fn one_key_for_two_questions_is_the_plugins_failure() {
    let home = home();
    let mut client = Client::able(&home, everything());
    let error = client.call_error("one_key_for_two", json!({}));
    assert_eq!(error["code"], -32603, "{error}");
    assert!(error["message"].to_string().contains("name"), "{error}");
    ask(&mut client, "name");
}
