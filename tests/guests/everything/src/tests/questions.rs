//! What is asked, and what comes of the answers.

use std::cell::RefCell;
use std::rc::Rc;

use portcullis_sdk::input::Supported;
use portcullis_sdk::testing::{self, Answer, Asked};
use portcullis_sdk::{Value, json};

use super::{call, everything, failed};

/// Answers every form with these values, the model with `Paris`, and with one
/// root. Gives the keys of what was asked, as they come.
fn answering(values: Value) -> Rc<RefCell<Vec<String>>> {
    let keys = Rc::new(RefCell::new(Vec::new()));
    let asked = keys.clone();
    testing::answer_input(move |key, question| {
        asked.borrow_mut().push(key.to_owned());
        match question {
            Asked::Sample(_) => Answer::sampled("Paris"),
            Asked::Roots => Answer::roots(["file:///test/root"]),
            _ => Answer::Accept(values.clone()),
        }
    });
    keys
}

/// The schema of the form that a tool asks with.
fn form(tool: &str, arguments: Value) -> Value {
    let kept = Rc::new(RefCell::new(Value::Null));
    let asked = kept.clone();
    testing::answer_input(move |_, question| {
        if let Asked::Form { schema, .. } = question {
            *asked.borrow_mut() = schema.clone();
        }
        Answer::Decline
    });
    let text = call(tool, arguments);
    assert!(text.ends_with("action=decline, content={}"), "{text}");
    kept.take()
}

#[test]
fn the_model_is_asked() {
    answering(json!({}));
    assert_eq!(
        call("test_sampling", json!({ "prompt": "Hi" })),
        "LLM response: Paris"
    );
    testing::answer_input(|_, _| Answer::Refuse("no model".to_owned()));
    assert!(failed("test_sampling", json!({ "prompt": "Hi" })).contains("no model"));
}

#[test]
fn the_person_is_asked() {
    let message = json!({ "message": "Who are you?" });
    let schema = form("test_elicitation", message.clone());
    assert_eq!(schema["required"], json!(["username", "email"]));
    answering(json!({ "username": "ada", "email": "ada@example.com" }));
    assert_eq!(
        call("test_elicitation", message),
        r#"User response: action=accept, content={"username":"ada","email":"ada@example.com"}"#
    );
}

#[test]
fn each_kind_of_value_has_a_default() {
    let schema = form("test_elicitation_sep1034_defaults", json!({}));
    assert_eq!(schema.get("required"), None);
    for (name, kind, default) in [
        ("name", "string", json!("John Doe")),
        ("age", "integer", json!(30)),
        ("score", "number", json!(95.5)),
        ("status", "string", json!("active")),
        ("verified", "boolean", json!(true)),
    ] {
        let property = &schema["properties"][name];
        assert_eq!(property["type"], kind, "{property}");
        assert_eq!(property["default"], default, "{property}");
    }
    assert_eq!(
        schema["properties"]["status"]["enum"],
        json!(["active", "inactive", "pending"])
    );
    // What is left empty is the default.
    answering(json!({ "age": 25 }));
    let text = call("test_elicitation_sep1034_defaults", json!({}));
    assert_eq!(
        text,
        "Elicitation completed: action=accept, content={\"name\":\"John Doe\",\"age\":25,\
         \"score\":95.5,\"status\":\"active\",\"verified\":true}"
    );
}

#[test]
fn choices_are_offered_in_each_way() {
    let schema = form("test_elicitation_sep1330_enums", json!({}));
    let fields = &schema["properties"];
    let keywords = |name: &str| -> Vec<String> {
        let field = fields[name].as_object().unwrap();
        field.keys().cloned().collect()
    };
    assert_eq!(keywords("untitledSingle"), ["type", "enum"]);
    assert_eq!(keywords("titledSingle"), ["type", "oneOf"]);
    assert_eq!(keywords("legacyEnum"), ["type", "enum", "enumNames"]);
    assert_eq!(
        fields["legacyEnum"]["enum"].as_array().map(Vec::len),
        fields["legacyEnum"]["enumNames"].as_array().map(Vec::len)
    );
    assert_eq!(fields["untitledMulti"]["items"]["type"], "string");
    assert_eq!(
        fields["titledMulti"]["items"]["anyOf"][1]["const"],
        "value2"
    );
    answering(json!({ "legacyEnum": "opt1" }));
    assert_eq!(
        call("test_elicitation_sep1330_enums", json!({})),
        r#"Elicitation completed: action=accept, content={"legacyEnum":"opt1"}"#
    );
}

#[test]
fn rounds_ask_under_the_suites_keys() {
    let values = json!({ "name": "Alice", "color": "blue", "ok": true });
    for (tool, expected, text) in [
        ("elicitation", &["user_name"][..], "Hello, Alice!"),
        ("sampling", &["capital_question"], "Paris"),
        (
            "list_roots",
            &["client_roots"],
            "you work in file:///test/root",
        ),
        ("request_state", &["confirm"], "state-ok, ok=true"),
        (
            "multiple_inputs",
            &["user_name", "greeting", "client_roots"],
            "Paris Alice, who work in file:///test/root",
        ),
        ("multi_round", &["step1", "step2"], "Alice likes blue"),
        ("tampered_state", &["confirm"], "ok=true"),
    ] {
        let keys = answering(values.clone());
        assert_eq!(
            call(&format!("test_input_required_result_{tool}"), json!({})),
            text
        );
        assert_eq!(keys.take(), expected, "{tool}");
    }
    let keys = answering(values);
    assert_eq!(
        call("test_streaming_elicitation", json!({})),
        "Hello, Alice!"
    );
    assert_eq!(keys.take(), ["user_name"]);
}

#[test]
fn a_person_who_says_no_ends_the_call() {
    testing::answer_input(|_, _| Answer::Decline);
    for tool in ["elicitation", "request_state", "multi_round"] {
        let message = failed(&format!("test_input_required_result_{tool}"), json!({}));
        assert!(message.contains("declined"), "{tool}: {message}");
    }
}

#[test]
fn only_what_is_declared_is_asked_for() {
    let tool = "test_input_required_result_capabilities";
    let nothing = Supported::default();
    for (supported, expected) in [
        (nothing, &[][..]),
        (
            Supported {
                sample: true,
                ..nothing
            },
            &["capital_question"],
        ),
        (
            Supported {
                form: true,
                roots: true,
                ..nothing
            },
            &["user_name", "client_roots"],
        ),
    ] {
        testing::set_supported(supported);
        let keys = answering(json!({ "name": "Alice" }));
        call(tool, json!({}));
        assert_eq!(keys.take(), expected);
    }
    // And where the tool does not look, the question is the end of the call.
    testing::set_supported(nothing);
    failed("test_missing_capability", json!({}));
}

#[test]
fn a_prompt_may_ask() {
    answering(json!({ "context": "a test" }));
    let prompt = everything::plugin().get_prompt("test_input_required_result_prompt", &[]);
    assert_eq!(
        prompt.unwrap().messages()[0].content().as_text(),
        Some("Use this context: a test")
    );
}
