//! Progress and log lines of a running call.

use serde_json::{Value, json};

use super::both;
use crate::client::{Client, message_of, text_of};
use crate::home::Home;

/// Calls `progress` with this `_meta` and gives the answer and what came
/// before it.
fn progress(client: &mut Client, steps: u32, meta: Value) -> (Value, Vec<Value>) {
    let params =
        json!({ "name": "progress", "arguments": { "steps": steps, "pause": 1 }, "_meta": meta });
    let answer = client.request("tools/call", params);
    (answer, client.news())
}

fn of(news: &[Value], method: &str) -> Vec<Value> {
    news.iter()
        .filter(|message| message["method"] == method)
        .map(|message| message["params"].clone())
        .collect()
}

#[test]
fn progress_comes_in_order_before_the_answer() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        for token in [json!("a token"), json!(0), json!(12_345_678_901_u64)] {
            let (answer, news) = progress(&mut client, 20, json!({ "progressToken": token }));
            assert_eq!(text_of(&answer["result"]), "20 steps");
            let reports = of(&news, "notifications/progress");
            assert_eq!(reports.len(), 20, "{news:?}");
            for (index, report) in reports.iter().enumerate() {
                let step = index + 1;
                assert_eq!(
                    *report,
                    json!({ "progressToken": token, "progress": step, "total": 20, "message": format!("step {step} of 20") })
                );
            }
        }
        assert_eq!(
            client.news(),
            [json!(null); 0],
            "nothing comes after the answer"
        );
    }
}

#[test]
fn no_token_no_progress() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let (_, news) = progress(&mut client, 3, json!({}));
        assert_eq!(of(&news, "notifications/progress"), [json!(null); 0]);
    }
}

#[test]
fn progress_of_two_calls_has_two_tokens() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let call = |token: &str| json!({ "name": "progress", "arguments": { "steps": 10, "pause": 5 }, "_meta": { "progressToken": token } });
    let (a, b) = (
        client.send("tools/call", call("a")),
        client.send("tools/call", call("b")),
    );
    client.answer(&a);
    client.answer(&b);
    let reports = of(&client.news(), "notifications/progress");
    for token in ["a", "b"] {
        let own = reports
            .iter()
            .filter(|report| report["progressToken"] == token);
        assert!(
            own.map(|report| report["progress"].as_u64())
                .eq((1..=10).map(Some)),
            "{reports:?}"
        );
    }
}

#[test]
fn progress_that_does_not_rise_is_dropped() {
    let home = Home::with(&["hostile"]);
    let mut client = Client::modern(&home);
    let params =
        json!({ "name": "erratic_progress", "arguments": {}, "_meta": { "progressToken": "t" } });
    client.result("tools/call", params);
    let reports = of(&client.news(), "notifications/progress");
    let steps: Vec<_> = reports
        .iter()
        .map(|report| report["progress"].clone())
        .collect();
    assert_eq!(steps, [1, 5, 6]);
}

#[test]
fn a_token_of_the_wrong_type() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        let (answer, _) = progress(&mut client, 1, json!({ "progressToken": [] }));
        assert_eq!(answer["error"]["code"], -32602);
        assert!(
            message_of(&answer["error"]).contains("progressToken"),
            "{answer}"
        );
    }
}

#[test]
fn log_lines_come_to_a_modern_client_that_asks() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let call = |level: Option<&str>| {
        let mut params = json!({ "name": "log", "arguments": { "text": "a line" } });
        if let Some(level) = level {
            params["_meta"]["io.modelcontextprotocol/logLevel"] = json!(level);
        }
        params
    };
    client.result("tools/call", call(None));
    assert_eq!(client.news(), [json!(null); 0]);
    let mut levels = |level: &str| -> Vec<String> {
        client.result("tools/call", call(Some(level)));
        let lines = of(&client.news(), "notifications/message");
        for line in &lines {
            assert_eq!(line["data"], "a line", "{line}");
            assert!(
                line["logger"]
                    .as_str()
                    .is_some_and(|logger| logger.starts_with("echo")),
                "{line}"
            );
        }
        lines
            .iter()
            .map(|line| line["level"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(levels("warning"), ["warning", "error", "critical"]);
    assert_eq!(levels("info"), ["info", "warning", "error", "critical"]);
    assert_eq!(levels("emergency"), [""; 0]);
    assert_eq!(levels("debug").last().map(String::as_str), Some("critical"));
    let error = client.error("tools/call", call(Some("loud")));
    assert_eq!(error["code"], -32602);
    assert!(
        message_of(&error).contains("loud") && message_of(&error).contains("debug"),
        "{error}"
    );
}

#[test]
fn log_lines_come_to_a_legacy_client_at_its_level() {
    let home = Home::with(&["echo"]);
    let mut client = Client::legacy(&home);
    for (level, expected) in [
        ("error", &["error", "critical"][..]),
        ("info", &["info", "warning", "error", "critical"]),
        ("emergency", &[]),
    ] {
        assert_eq!(
            client.result("logging/setLevel", json!({ "level": level })),
            json!({})
        );
        client.call("log", json!({ "text": "a line" }));
        let lines = of(&client.news(), "notifications/message");
        let levels: Vec<_> = lines
            .iter()
            .map(|line| line["level"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(levels, expected);
    }
    let error = client.error("logging/setLevel", json!({ "level": "loud" }));
    assert_eq!(error["code"], -32602);
    assert!(message_of(&error).contains("loud"), "{error}");
    assert_eq!(
        Client::modern(&home).error("logging/setLevel", json!({ "level": "info" }))["code"],
        -32601
    );
}
