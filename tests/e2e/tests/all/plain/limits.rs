//! A plain component has the limits that every plugin has.

use serde_json::json;

use super::client;
use crate::client::Client;
use crate::home::Home;
use crate::limits::assert_names;

#[test]
fn spinning_ends_at_the_fuel() {
    let home = Home::empty();
    home.add("plain", &["--grant", "limits.fuel=10000000"]);
    let mut client = Client::modern(&home);
    let error = client.call_error("ends_spin", json!({}));
    assert_names(&error, "plain", "fuel");
    assert_eq!(client.text("words_reverse", json!({ "text": "ab" })), "ba");
}

#[test]
fn spinning_ends_at_the_deadline() {
    let home = Home::empty();
    home.add(
        "plain",
        &[
            "--grant",
            "limits.fuel=off",
            "--grant",
            "limits.deadline=100ms",
        ],
    );
    let mut client = Client::modern(&home);
    let error = client.call_error("ends_spin", json!({}));
    assert_names(&error, "plain", "deadline");
}

#[test]
fn memory_ends_at_its_limit() {
    let (_home, mut client) = client();
    let error = client.call_error("ends_allocate", json!({ "mebibytes": 100 }));
    assert_names(&error, "plain", "memory");
    let result = client.call("ends_allocate", json!({ "mebibytes": 8 }));
    assert_eq!(result["structuredContent"], json!({ "result": 8 }));
}

#[test]
fn what_is_given_back_is_bounded() {
    let (_home, mut client) = client();
    let error = client.call_error("ends_bytes", json!({ "count": 1_000_000 }));
    assert_names(&error, "plain", "output");
    let result = client.call("ends_bytes", json!({ "count": 100_000 }));
    let bytes = result["structuredContent"]["result"]
        .as_str()
        .expect("base64");
    assert_eq!(bytes.len(), 133_336);
}

#[test]
fn what_is_taken_is_bounded() {
    let (_home, mut client) = client();
    let text = "A".repeat(2 << 20);
    let error = client.tool_error("echoes_of-bytes", json!({ "value": text }));
    assert!(error.contains("more than 1048576 values"), "{error}");
    assert_eq!(client.text("words_reverse", json!({ "text": "ab" })), "ba");
}

#[test]
fn a_running_call_is_cancelled() {
    let home = Home::empty();
    home.add("plain", &["--grant", "limits.fuel=off"]);
    let mut client = Client::legacy(&home);
    let id = client.start_call("ends_spin", json!({}));
    client.cancel(&id);
    assert_eq!(client.text("words_reverse", json!({ "text": "ab" })), "ba");
}
