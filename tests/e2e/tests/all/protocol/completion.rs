//! Completion of arguments.

use serde_json::{Value, json};

use super::both;
use crate::home::Home;

#[test]
fn of_a_prompts_argument() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let completed = client.result(
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "say" }, "argument": { "name": "language", "value": "E" } }),
        );
        assert_eq!(
            completed["completion"]["values"],
            json!(["English", "Esperanto"])
        );
    }
}

#[test]
fn of_a_templates_argument_gives_a_hundred_at_most() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let complete = |value: &str| {
            json!({
                "ref": { "type": "ref/resource", "uri": "offers://items/{id}/{+path}" },
                "argument": { "name": "id", "value": value },
            })
        };
        let completed = client.result("completion/complete", complete("99"));
        assert_eq!(
            completed["completion"]["values"].as_array().map(Vec::len),
            Some(11)
        );
        let completed = client.result("completion/complete", complete(""));
        assert_eq!(
            completed["completion"]["values"].as_array().map(Vec::len),
            Some(100)
        );
        assert_eq!(completed["completion"]["hasMore"], true);
    }
}

#[test]
fn of_what_is_not_completed_is_empty_and_of_what_is_unknown_an_error() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let complete = |kind: Value, name: &str| json!({ "ref": kind, "argument": { "name": name, "value": "" } });
        let prompt = json!({ "type": "ref/prompt", "name": "say" });
        assert_eq!(
            client.result("completion/complete", complete(prompt, "what"))["completion"]["values"],
            json!([])
        );
        for unknown in [
            json!({ "type": "ref/prompt", "name": "sai" }),
            json!({ "type": "ref/resource", "uri": "nowhere://{id}" }),
        ] {
            assert_eq!(
                client.error("completion/complete", complete(unknown, "a"))["code"],
                -32602
            );
        }
    }
}
