//! `review`.

use serde_json::json;

use super::start;
use crate::client::message_of;

#[test]
fn fills_in_its_prompts() {
    let (_home, _web, mut client) = start();
    let got = client.result(
        "prompts/get",
        json!({ "name": "code_review", "arguments": { "code": "fn main() {}", "language": "rust", "focus": "security" } }),
    );
    let text = got["messages"][0]["content"]["text"]
        .as_str()
        .expect("text");
    assert!(
        text.contains("fn main() {}") && text.contains("security"),
        "{text}"
    );
    assert_eq!(got["messages"][0]["role"], "user");
    let got = client.result(
        "prompts/get",
        json!({ "name": "debug_error", "arguments": { "error": "E0382" } }),
    );
    assert!(got.to_string().contains("E0382"), "{got}");
}

#[test]
fn refuses_what_is_missing_or_blank() {
    let (_home, _web, mut client) = start();
    for arguments in [json!({}), json!({ "code": "  " })] {
        let error = client.error(
            "prompts/get",
            json!({ "name": "code_review", "arguments": arguments }),
        );
        assert_eq!(error["code"], -32602);
        assert!(message_of(&error).contains("`code`"), "{error}");
    }
}

#[test]
fn completes_its_arguments() {
    let (_home, _web, mut client) = start();
    for (argument, value, expected) in [("language", "ru", "rust"), ("focus", "sec", "security")] {
        let completed = client.result(
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "code_review" }, "argument": { "name": argument, "value": value } }),
        );
        let values = completed["completion"]["values"]
            .as_array()
            .expect("values");
        assert!(values.contains(&json!(expected)), "{completed}");
    }
}
