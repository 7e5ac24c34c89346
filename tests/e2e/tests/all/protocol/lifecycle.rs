//! How a conversation begins, in both eras, and how it ends.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::both;
use crate::client::{
    Client, LEGACY, LEGACY_REVISIONS, MODERN, initialize, message_of, modern_params, result,
    text_of,
};
use crate::home::{Home, binary};

#[test]
fn discovery() {
    let home = Home::with(&["offers"]);
    let mut client = Client::modern(&home);
    let found = client.result("server/discover", json!({}));
    assert_eq!(
        found["supportedVersions"],
        json!([
            "2026-07-28",
            "2025-11-25",
            "2025-06-18",
            "2025-03-26",
            "2024-11-05"
        ])
    );
    let capabilities: BTreeSet<_> = found["capabilities"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    for capability in ["tools", "resources", "prompts", "completions", "logging"] {
        assert!(
            capabilities.contains(&capability.to_owned()),
            "{capabilities:?}"
        );
    }
    assert_eq!(found["resultType"], "complete");
    assert_eq!(
        found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "portcullis"
    );
    assert!(found["ttlMs"].is_u64() && found["cacheScope"].is_string());
}

#[test]
fn capabilities_are_those_that_some_plugin_has() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let capabilities = client.result("server/discover", json!({}))["capabilities"].take();
    assert!(capabilities["tools"].is_object(), "{capabilities}");
    assert!(
        capabilities["resources"].is_null() && capabilities["prompts"].is_null(),
        "{capabilities}"
    );
}

#[test]
fn a_handshake_at_each_revision() {
    let home = Home::with(&["echo"]);
    for revision in LEGACY_REVISIONS {
        let mut client = Client::raw(&home);
        let agreed = client.result("initialize", initialize(revision));
        assert_eq!(agreed["protocolVersion"], revision);
        assert_eq!(agreed["serverInfo"]["name"], "portcullis");
        assert!(agreed["capabilities"]["tools"].is_object());
        assert!(
            agreed.get("resultType").is_none() && agreed.get("_meta").is_none(),
            "{agreed}"
        );
        client.notify("notifications/initialized", json!({}));
        client.assert_answers();
    }
}

#[test]
fn a_handshake_at_another_revision_agrees_on_the_latest() {
    let home = Home::with(&["echo"]);
    for revision in ["1999-01-01", "2025-11-26", MODERN, "latest", ""] {
        let mut client = Client::raw(&home);
        let agreed = client.result("initialize", initialize(revision));
        assert_eq!(agreed["protocolVersion"], LEGACY, "{revision}");
        client.assert_answers();
    }
}

#[test]
fn a_handshake_without_its_revision() {
    let home = Home::with(&["echo"]);
    let mut client = Client::raw(&home);
    let error = client.error("initialize", json!({ "capabilities": {} }));
    assert_eq!(error["code"], -32602);
    assert!(message_of(&error).contains("protocolVersion"), "{error}");
    let error = client.error("initialize", json!({ "protocolVersion": 1 }));
    assert!(message_of(&error).contains("protocolVersion"), "{error}");
}

#[test]
fn both_eras_in_one_conversation() {
    let home = Home::with(&["echo"]);
    let mut client = Client::legacy(&home);
    let call = || json!({ "name": "echo", "arguments": { "text": "a" } });
    client.send_as(json!("modern"), "tools/call", modern_params(call()));
    let modern = result(client.answer(&json!("modern")));
    assert_eq!(modern["resultType"], "complete");
    let legacy = client.result("tools/call", call());
    assert!(legacy.get("resultType").is_none(), "{legacy}");
    assert_eq!(text_of(&modern), text_of(&legacy));
}

#[test]
fn a_request_before_the_handshake() {
    let home = Home::with(&["echo"]);
    let mut client = Client::raw(&home);
    assert_eq!(client.result("ping", json!({})), json!({}));
    let error = client.error("tools/list", json!({}));
    assert_eq!(error["code"], -32602);
    assert!(message_of(&error).contains("initialize"), "{error}");
}

#[test]
fn a_notification_before_the_first_request() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    client.notify("notifications/cancelled", json!({ "requestId": 1 }));
    client.notify("notifications/initialized", json!({}));
    client.notify("notifications/of/tomorrow", json!({ "a": 1 }));
    client.notify("notifications/cancelled", json!({}));
    client.assert_answers();
}

#[test]
fn ping_is_legacy() {
    let home = Home::with(&["echo"]);
    let [mut modern, mut legacy] = both(&home);
    assert_eq!(legacy.result("ping", json!({})), json!({}));
    assert_eq!(modern.error("ping", json!({}))["code"], -32601);
    assert_eq!(legacy.error("server/discover", json!({}))["code"], -32602);
}

#[test]
fn a_modern_request_without_its_fields() {
    let home = Home::with(&["echo"]);
    let mut client = Client::raw(&home);
    for (meta, field) in [
        (json!({}), "protocolVersion"),
        (
            json!({ "io.modelcontextprotocol/clientCapabilities": {} }),
            "protocolVersion",
        ),
        (
            json!({ "io.modelcontextprotocol/protocolVersion": MODERN }),
            "clientCapabilities",
        ),
        (
            json!({ "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": 1 }),
            "clientCapabilities",
        ),
        (
            json!({ "io.modelcontextprotocol/protocolVersion": 7, "io.modelcontextprotocol/clientCapabilities": {} }),
            "protocolVersion",
        ),
    ] {
        let error = client.error("tools/list", json!({ "_meta": meta }));
        assert_eq!(error["code"], -32602, "{meta}");
        assert!(message_of(&error).contains(field), "{meta}: {error}");
    }
    // Who the client is, is its own affair.
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {} });
    assert!(client.result("tools/list", json!({ "_meta": meta }))["tools"].is_array());
}

#[test]
fn an_unknown_revision() {
    let home = Home::with(&["echo"]);
    let mut client = Client::raw(&home);
    for revision in ["2099-01-01", "1999-01-01", LEGACY] {
        let mut params = modern_params(json!({}));
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(revision);
        let error = client.error("tools/list", params);
        assert_eq!(error["code"], -32022);
        assert_eq!(error["data"]["requested"], revision);
        assert!(
            error["data"]["supported"]
                .as_array()
                .is_some_and(|all| all.contains(&json!(MODERN))),
            "{error}"
        );
    }
}

#[test]
fn the_end_of_the_input_answers_what_is_in_flight() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let ids: Vec<_> = [300, 1, 100]
            .map(|ms| client.start_call("sleep", json!({ "ms": ms })))
            .into();
        let ended = client.close();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let answered: BTreeSet<_> = ended
            .rest
            .iter()
            .map(|message| message["id"].to_string())
            .collect();
        assert_eq!(answered, ids.iter().map(ToString::to_string).collect());
    }
}

#[test]
fn an_end_without_a_request() {
    let home = Home::with(&["echo"]);
    let ended = Client::raw(&home).close();
    assert_eq!((ended.code, ended.rest.len()), (Some(0), 0));
}

#[test]
fn a_last_line_without_its_newline_counts() {
    use std::io::Write as _;

    let home = Home::with(&["echo"]);
    let mut child = home.serve_on_pipes();
    let mut stdin = child.stdin.take().expect("piped");
    stdin
        .write_all(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        .expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n"
    );
    assert!(output.status.success());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_cleanly() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let id = client.start_call("sleep", json!({ "ms": 300 }));
    client.assert_answers();
    let pid = client.process().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(sent.expect("kill runs").success());
    assert_eq!(text_of(&result(client.answer(&id))), "slept 300 ms");
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn a_client_that_is_gone_ends_it() {
    let home = Home::with(&["echo"]);
    let mut child = home.serve_on_pipes();
    drop(child.stdout.take());
    drop(child.stdin.take());
    assert!(
        child.wait().expect("it ends").code().is_some(),
        "not by a signal"
    );
}

#[test]
fn input_and_output_that_are_files() {
    let home = Home::with(&["echo"]);
    let call = modern_params(json!({ "name": "echo", "arguments": { "text": "from a file" } }));
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    std::fs::write(home.path("in"), format!("{message}\n")).expect("written");
    let input = std::fs::File::open(home.path("in")).expect("it is there");
    let output = std::fs::File::create(home.path("out")).expect("created");
    let status = home
        .command(&["serve"])
        .stdin(input)
        .stdout(output)
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.expect("it runs").success());
    let written = std::fs::read_to_string(home.path("out")).expect("it is there");
    let answer: Value = serde_json::from_str(&written).expect("one message");
    assert_eq!(text_of(&answer["result"]), "from a file");
}

#[test]
fn the_program_is_where_the_tests_look() {
    assert!(
        binary().is_file(),
        "{} is not built; `cargo xtask test` builds it",
        binary().display()
    );
}
