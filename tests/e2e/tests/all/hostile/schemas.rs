//! Schemas that are an attack: checking a value by one is done outside of the
//! sandbox.

use serde_json::{Value, json};

use super::{home, refused};
use crate::client::{Client, message_of};
use crate::home::Home;

/// A home whose liar promises values of this schema.
fn promising(value: &Value) -> Home {
    let schema = json!({ "type": "object", "properties": { "value": value } });
    let schema = format!("settings.schema={schema}");
    home(
        "liar",
        "",
        &["settings.list=promises", &schema, "limits.memory=128MiB"],
    )
}

/// A call that is answered by so many repetitions of a text.
fn say(text: &str, times: usize) -> Value {
    json!({ "repeat": text, "size": times })
}

#[test]
fn patterns_that_take_for_ever() {
    let home = promising(&json!({ "pattern": "[ab]*a[ab]{5000}[cd]" }));
    let mut client = Client::modern(&home);
    let calls: Vec<Value> = (0..4)
        .map(|_| client.start_call("say", say("aaaabaab", 400_000)))
        .collect();
    client.assert_answers();
    for call in calls {
        let answer = client.answer(&call);
        assert!(message_of(&answer["error"]).contains("`liar`"), "{answer}");
    }
    client.assert_answers();
}

#[test]
fn patterns_that_take_memory() {
    let home = Home::with(&["echo"]);
    let stderr = refused(&home, "liar", &["settings.list=large patterns"]);
    for word in ["`schema`", "pattern"] {
        assert!(stderr.contains(word), "{stderr}");
    }
}

#[test]
fn patterns_that_go_back_are_refused() {
    // They would take for ever on a few letters.
    for pattern in ["^(a+)\\1$", "^(?=(a+)+$)"] {
        let schema = json!({ "type": "object", "properties": { "value": { "pattern": pattern } } });
        let home = Home::with(&["echo"]);
        let schema = format!("settings.schema={schema}");
        let stderr = refused(&home, "liar", &["settings.list=promises", &schema]);
        assert!(stderr.contains("tool `say`"), "{stderr}");
    }
    let home = promising(&json!({ "pattern": "^(a+)+$" }));
    let mut client = Client::modern(&home);
    let error = client.call_error("say", say("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 1));
    assert!(message_of(&error).contains("`liar`"), "{error}");
    client.assert_answers();
}

#[test]
fn a_value_too_large_for_its_schema_is_not_checked() {
    let parts: Vec<Value> = (0..200).map(|part| json!({ "const": part })).collect();
    let home = promising(&json!({ "items": { "anyOf": parts } }));
    let mut client = Client::modern(&home);
    let error = client.call_error("say", json!({ "size": 900_000 }));
    assert!(
        message_of(&error).contains("too many to be checked"),
        "{error}"
    );
    client.assert_answers();
}

#[test]
fn an_error_does_not_repeat_the_value() {
    let home = promising(&json!({ "maxLength": 5 }));
    let mut client = Client::modern(&home);
    let error = client.call_error("say", say("x", 1 << 20));
    assert!(message_of(&error).contains("`liar`"), "{error:.200}");
    assert!(
        message_of(&error).len() < 10_000,
        "{}",
        message_of(&error).len()
    );
    client.assert_answers();
}
