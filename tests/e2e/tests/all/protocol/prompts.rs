//! Prompts.

use serde_json::json;

use super::both;
use crate::client::message_of;
use crate::home::Home;

#[test]
fn are_listed_with_their_arguments() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let listed = client.result("prompts/list", json!({}));
        let say = &listed["prompts"][0];
        assert_eq!(say["name"], "say");
        assert_eq!(say["title"], "Say");
        assert_eq!(say["description"], "Say something in a language.");
        assert_eq!(say["arguments"][0]["name"], "what");
        assert_eq!(say["arguments"][0]["required"], true);
        assert_eq!(say["arguments"][1]["description"], "In which language");
        assert_ne!(say["arguments"][1]["required"], true);
    }
}

#[test]
fn are_filled_in() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let got = client.result(
            "prompts/get",
            json!({ "name": "say", "arguments": { "what": "hi", "language": "French" } }),
        );
        assert_eq!(
            got["messages"],
            json!([
                { "role": "user", "content": { "type": "text", "text": "Say \"hi\" in French." } },
                { "role": "assistant", "content": { "type": "text", "text": "With pleasure." } },
            ])
        );
        let got = client.result("prompts/get", json!({ "name": "picture" }));
        assert_eq!(got["description"], "one picture");
        assert_eq!(got["messages"][0]["content"]["type"], "image");
    }
}

#[test]
fn with_wrong_arguments() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        for (params, part) in [
            (json!({ "name": "sai" }), "`sai`"),
            (json!({ "name": "say" }), "`what`"),
            (
                json!({ "name": "say", "arguments": { "language": "French" } }),
                "`what`",
            ),
            (
                json!({ "name": "say", "arguments": { "what": "hi", "tone": "rude" } }),
                "`tone`",
            ),
        ] {
            let error = client.error("prompts/get", params.clone());
            assert_eq!(error["code"], -32602, "{params}");
            assert!(message_of(&error).contains(part), "{params}: {error}");
        }
    }
}
