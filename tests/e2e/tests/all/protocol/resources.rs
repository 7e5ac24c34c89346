//! Resources and their templates.

use serde_json::{Value, json};

use super::both;
use crate::client::Client;
use crate::home::Home;

#[test]
fn are_listed() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let listed = client.result("resources/list", json!({}));
        let uris: Vec<_> = listed["resources"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|found| found["uri"].clone())
            .collect();
        assert_eq!(
            uris,
            ["offers://text", "offers://bytes", "offers://items/1/first"]
        );
        assert_eq!(listed["resources"][0]["mimeType"], "text/plain");
        assert_eq!(listed["resources"][2]["size"], 25);
        let templates = client.result("resources/templates/list", json!({}));
        assert_eq!(
            templates["resourceTemplates"][0]["uriTemplate"],
            "offers://items/{id}/{+path}"
        );
    }
}

#[test]
fn are_read_as_text_and_as_bytes() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let read = client.result("resources/read", json!({ "uri": "offers://text" }));
        assert_eq!(
            read["contents"],
            json!([{ "uri": "offers://text", "mimeType": "text/plain", "text": "the text" }])
        );
        let read = client.result("resources/read", json!({ "uri": "offers://bytes" }));
        assert_eq!(
            read["contents"],
            json!([{ "uri": "offers://bytes", "mimeType": "image/png", "blob": "iVBORw0KGgo=" }])
        );
    }
    let read = Client::modern(&home).result("resources/read", json!({ "uri": "offers://text" }));
    assert!(
        read["ttlMs"].is_u64()
            && read["cacheScope"].is_string()
            && read["resultType"] == "complete",
        "{read}"
    );
}

#[test]
fn of_a_template_are_read() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        let read = client.result(
            "resources/read",
            json!({ "uri": "offers://items/7/a%20b/c" }),
        );
        let text = read["contents"][0]["text"].as_str().expect("text");
        assert_eq!(
            serde_json::from_str::<Value>(text).expect("JSON"),
            json!({ "id": 7, "path": "a b/c" })
        );
        assert_eq!(read["contents"][0]["uri"], "offers://items/7/a%20b/c");
    }
}

#[test]
fn that_are_not_there() {
    let home = Home::with(&["offers"]);
    let [mut modern, mut legacy] = both(&home);
    for uri in [
        "nowhere://at/all",
        "offers://nothing",
        "offers://items/0/x",
        "offers://items/x/y",
        "",
        "no uri",
    ] {
        let error = modern.error("resources/read", json!({ "uri": uri }));
        assert_eq!(
            (&error["code"], &error["data"]["uri"]),
            (&json!(-32602), &json!(uri)),
            "{error}"
        );
        let error = legacy.error("resources/read", json!({ "uri": uri }));
        assert_eq!(
            (&error["code"], &error["data"]["uri"]),
            (&json!(-32002), &json!(uri)),
            "{error}"
        );
    }
}
