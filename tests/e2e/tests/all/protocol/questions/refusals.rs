//! A client is asked for nothing that it has not declared.

use serde_json::{Value, json};

use super::{ALL, NAME, accepted, again, ask};
use crate::client::{Client, message_of};
use crate::home::Home;

const DECLARED: &str = "test_input_required_result_capabilities";

#[track_caller]
fn assert_missing(error: &Value, code: i64, required: &Value) {
    assert_eq!(error["code"], code, "{error}");
    assert_eq!(error["data"], json!({ "requiredCapabilities": required }));
    assert!(message_of(error).contains("has not declared"), "{error}");
}

#[test]
fn a_modern_client_is_told_what_it_would_have_to_declare() {
    let home = Home::with(&["everything", "asker"]);
    for (declared, tool, required) in [
        (
            json!({}),
            "test_missing_capability",
            json!({ "sampling": {} }),
        ),
        (json!({}), NAME, json!({ "elicitation": {} })),
        (
            json!({ "elicitation": { "url": {} } }),
            NAME,
            json!({ "elicitation": {} }),
        ),
        (
            json!({ "elicitation": {} }),
            "page",
            json!({ "elicitation": { "url": {} } }),
        ),
        (
            json!({ "sampling": {} }),
            "with_tools",
            json!({ "sampling": { "tools": {} } }),
        ),
        (
            json!({ "roots": {} }),
            ALL,
            json!({ "elicitation": {}, "sampling": {} }),
        ),
        (
            json!({ "roots": true, "sampling": null, "elicitation": [] }),
            ALL,
            json!({ "elicitation": {}, "sampling": {}, "roots": {} }),
        ),
    ] {
        let mut client = Client::able(&home, declared);
        let error = client.call_error(tool, json!({}));
        assert_missing(&error, -32021, &required);
        let text = client.text("greet", json!({ "name": "Ada" }));
        assert_eq!(text, "Hello, Ada!");
    }
}

#[test]
fn what_was_declared_in_one_round_has_to_be_in_the_next() {
    let home = Home::with(&["everything"]);
    let mut client = Client::able(&home, json!({ "elicitation": {} }));
    let asked = ask(&mut client, NAME);
    let answers = json!({ "user_name": accepted(json!({ "name": "Ada" })) });
    let mut params = again(NAME, &asked.state, answers);
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    let error = client.error("tools/call", params);
    assert_missing(&error, -32021, &json!({ "elicitation": {} }));
}

#[test]
fn prompts_and_resources_are_refused_likewise() {
    let home = Home::with(&["everything", "asker"]);
    let mut client = Client::modern(&home);
    for (method, params) in [
        (
            "prompts/get",
            json!({ "name": "test_input_required_result_prompt" }),
        ),
        ("resources/read", json!({ "uri": "asker://name" })),
    ] {
        let error = client.error(method, params);
        assert_missing(&error, -32021, &json!({ "elicitation": {} }));
    }
}

#[test]
fn a_legacy_client_is_told_by_another_code() {
    let home = Home::with(&["everything", "asker"]);
    let elicitation = json!({ "elicitation": {} });
    let page = json!({ "elicitation": { "url": {} } });
    for (revision, declared, tool, required) in [
        ("2025-11-25", json!({}), NAME, &elicitation),
        ("2025-06-18", json!({}), NAME, &elicitation),
        // It is a word of later revisions.
        ("2025-03-26", elicitation.clone(), NAME, &elicitation),
        ("2024-11-05", elicitation.clone(), NAME, &elicitation),
        ("2025-11-25", elicitation.clone(), "page", &page),
        ("2025-06-18", page.clone(), "page", &page),
        (
            "2025-11-25",
            elicitation.clone(),
            "test_missing_capability",
            &json!({ "sampling": {} }),
        ),
        (
            "2025-06-18",
            json!({ "sampling": { "tools": {} } }),
            "with_tools",
            &json!({ "sampling": { "tools": {} } }),
        ),
    ] {
        let mut client = Client::able_at(&home, revision, declared);
        let error = client.call_error(tool, json!({}));
        assert_missing(&error, -32600, required);
        assert_eq!(client.news(), [json!(null); 0], "{revision}: it was asked");
    }
}

#[test]
fn a_guest_that_looks_asks_for_what_is_declared() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let told = client.text(DECLARED, json!({}));
    assert_eq!(told, "there is nothing that you can be asked for");
    for (declared, key) in [
        (json!({ "roots": {} }), "client_roots"),
        (json!({ "elicitation": {} }), "user_name"),
        (json!({ "roots": {}, "sampling": {} }), "capital_question"),
    ] {
        let mut client = Client::able(&home, declared);
        assert_eq!(ask(&mut client, DECLARED).keys(), [key]);
    }
}
