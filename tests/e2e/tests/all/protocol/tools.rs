//! Tools: listed, called, and what comes back of them.

use serde_json::{Value, json};

use super::both;
use crate::client::{Client, message_of, modern_params, text_of};
use crate::home::Home;

#[test]
fn are_listed_as_each_revision_has_them() {
    let home = Home::with(&["offers"]);
    let tool = |client: &mut Client, name: &str| {
        let listed = client.result("tools/list", json!({}));
        let tools = listed["tools"].as_array().expect("an array");
        tools
            .iter()
            .find(|tool| tool["name"] == name)
            .expect("it is listed")
            .clone()
    };
    let mut modern = Client::modern(&home);
    let listed = modern.result("tools/list", json!({}));
    assert_eq!(listed["resultType"], "complete");
    assert!(
        listed["ttlMs"].is_u64() && listed["cacheScope"].is_string(),
        "{listed}"
    );
    assert_eq!(
        listed["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "portcullis"
    );
    let locate = tool(&mut modern, "locate");
    assert_eq!(locate["inputSchema"]["required"], json!(["name"]));
    assert_eq!(
        locate["inputSchema"]["properties"]["name"]["description"],
        "Any name"
    );
    assert_eq!(locate["outputSchema"]["type"], "object");
    assert_eq!(locate["annotations"]["readOnlyHint"], true);
    assert_eq!(
        tool(&mut modern, "all_content")["title"],
        "All kinds of content"
    );

    // Before 2025-06-18 there were no output schemas.
    for revision in ["2024-11-05", "2025-03-26"] {
        assert!(
            tool(&mut Client::at(&home, revision), "locate")
                .get("outputSchema")
                .is_none()
        );
    }
    assert!(tool(&mut Client::at(&home, "2025-06-18"), "locate")["outputSchema"].is_object());
}

#[test]
fn have_their_schema_byte_for_byte() {
    let home = Home::with(&["offers"]);
    let params = modern_params(json!({}));
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params });
    std::fs::write(home.path("in"), format!("{message}\n")).expect("written");
    let input = std::fs::File::open(home.path("in")).expect("it is there");
    let output = home
        .command(&["serve"])
        .stdin(input)
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let schema = r#"{ "type": "object", "z": 1.50, "a": { "y": 1e2, "b": [] }, "properties": { "n": {}, "c": {} } }"#;
    assert!(text.contains(schema), "{text}");
    assert!(
        text.contains(r#""icons":[{"src":"https://example.com/i.png"}]"#),
        "{text}"
    );
    assert!(text.contains(r#""_meta":{"z":1,"a":2}"#), "{text}");
}

#[test]
fn are_listed_in_pages() {
    let home = Home::with(&["echo", "offers"]);
    let mut whole = Client::modern(&home);
    let all = whole.result("tools/list", json!({}));
    assert!(all.get("nextCursor").is_none());
    home.configure("[server]\npage-size = 4\n");
    for mut client in both(&home) {
        let mut seen = Vec::new();
        let mut params = json!({});
        loop {
            let page = client.result("tools/list", params);
            let tools = page["tools"].as_array().expect("an array");
            assert!((1..=4).contains(&tools.len()));
            seen.extend(tools.iter().map(|tool| tool["name"].clone()));
            match page.get("nextCursor") {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => break,
            }
        }
        let names: Vec<_> = all["tools"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|tool| tool["name"].clone())
            .collect();
        assert_eq!(seen, names, "in the same order, each once");
    }
}

#[test]
fn answer_with_every_kind_of_content() {
    let home = Home::with(&["offers"]);
    let mut client = Client::modern(&home);
    let called = client.call("all_content", json!({}));
    assert_eq!(
        called["content"],
        json!([
            { "type": "text", "text": "a text", "annotations": { "audience": ["user"], "priority": 0.5 } },
            { "type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png" },
            { "type": "audio", "data": "UklGRg==", "mimeType": "audio/wav" },
            { "type": "resource_link", "uri": "offers://text", "name": "text" },
            { "type": "resource", "resource": { "uri": "offers://text", "text": "embedded" } },
        ])
    );
    // Before 2025-06-18 there were no links, before 2025-03-26 no sounds.
    let kinds = |client: &mut Client| -> Vec<Value> {
        let called = client.call("all_content", json!({}));
        called["content"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|block| block["type"].clone())
            .collect()
    };
    let known = ["text", "image", "resource"];
    for kind in kinds(&mut Client::at(&home, "2024-11-05")) {
        assert!(known.contains(&kind.as_str().expect("a string")), "{kind}");
    }
    let known = ["text", "image", "audio", "resource"];
    for kind in kinds(&mut Client::at(&home, "2025-03-26")) {
        assert!(known.contains(&kind.as_str().expect("a string")), "{kind}");
    }
}

#[test]
fn answer_with_structured_values() {
    let home = Home::with(&["offers"]);
    let place = json!({ "latitude": 4.0, "longitude": -4.0 });
    for mut client in both(&home) {
        let called = client.call("locate", json!({ "name": "four" }));
        assert_eq!(called["structuredContent"], place);
        let text: Value =
            serde_json::from_str(&text_of(&called)).expect("JSON for those who read no structure");
        assert_eq!(text, place);
    }
    let called = Client::at(&home, "2024-11-05").call("locate", json!({ "name": "four" }));
    assert!(called.get("structuredContent").is_none(), "{called}");
}

#[test]
fn keep_the_order_and_the_numbers_of_arguments() {
    let home = Home::with(&["offers"]);
    let mut client = Client::modern(&home);
    let arguments = r#"{"z":1.50,"a":1e2,"n":12345678901234567890123,"c":{"y":1,"b":-0.0}}"#;
    let params = modern_params(json!({ "name": "odd.schema-1", "arguments": {} })).to_string();
    let params = params.replace(r#""arguments":{}"#, &format!(r#""arguments":{arguments}"#));
    client.send_line(format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#
    ));
    let text = text_of(&client.read()["result"]);
    let keys: Vec<_> = ["\"z\"", "\"a\"", "\"n\"", "\"c\"", "\"y\"", "\"b\""]
        .map(|key| text.find(key))
        .into();
    assert!(
        keys.iter().all(Option::is_some) && keys.is_sorted(),
        "{text}"
    );
}

#[test]
fn keep_what_a_plugin_adds_to_its_result() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        assert_eq!(
            client.call("with_meta", json!({}))["_meta"]["offers/note"],
            "kept"
        );
    }
}

#[test]
fn see_the_requests_meta_but_not_the_protocols_own() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let params = json!({ "name": "meta", "arguments": {}, "_meta": { "progressToken": 1, "com.example/trace": "t", "z": { "b": 1, "a": 2 } } });
        let text = text_of(&client.result("tools/call", params));
        assert_eq!(text, r#"{"com.example/trace":"t","z":{"b":1,"a":2}}"#);
    }
}

#[test]
fn that_fail_tell_the_model() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        assert_eq!(
            client.tool_error("fail", json!({ "kind": "tool" })),
            "it did not work"
        );
        assert!(
            client
                .tool_error("fail", json!({ "kind": "arguments" }))
                .contains("`kind` could be anything else")
        );
        let error = client.call_error("fail", json!({ "kind": "internal" }));
        assert_eq!(error["code"], -32603);
        assert!(message_of(&error).contains("`offers`"), "{error}");
        assert!(
            message_of(&error).contains("the works are broken"),
            "{error}"
        );
    }
}

#[test]
fn without_arguments_get_none() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let called = client.result("tools/call", json!({ "name": "with_meta" }));
        assert_eq!(text_of(&called), "see _meta");
    }
}
