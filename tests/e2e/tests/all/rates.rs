//! Calls a minute and calls at once: of a plugin, of a tool, of a principal.
//! Beyond the first a call is refused and told when to come back, beyond the
//! second it waits.

use serde_json::{Value, json};

use crate::client::{Client, message_of};
use crate::home::Home;
use crate::http::server::Server;

#[track_caller]
fn assert_refused(error: &Value, plugin: &str, allowed: &str) {
    assert_eq!(error["code"], 429, "{error}");
    assert!(message_of(error).contains(plugin), "{error}");
    assert!(message_of(error).contains(allowed), "{error}");
    assert_eq!(error["data"]["limit"], "calls-per-minute", "{error}");
    let wait = error["data"]["retryAfterMs"].as_u64();
    assert!(
        wait.is_some_and(|wait| (1..=60_000).contains(&wait)),
        "{error}"
    );
}

fn echo(client: &mut Client, tool: &str) {
    assert_eq!(client.text(tool, json!({ "text": "a" })), "a");
}

#[test]
fn a_plugins_calls_a_minute() {
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.calls-per-minute=3"]);
    home.add("echo", &["--name", "other", "--prefix", "other"]);
    for mut client in [Client::modern(&home), Client::legacy(&home)] {
        // Only calls count.
        for _ in 0..5 {
            client.result("tools/list", json!({}));
        }
        for _ in 0..3 {
            echo(&mut client, "echo");
        }
        for (tool, arguments) in [
            ("echo", json!({ "text": "a" })),
            ("sleep", json!({ "ms": 0 })),
        ] {
            let error = client.call_error(tool, arguments);
            assert_refused(&error, "`echo`", "3 calls a minute");
        }
        echo(&mut client, "other_echo");
    }
}

#[test]
fn a_tools_calls_a_minute() {
    let home = Home::with(&["echo"]);
    home.configure("[plugins.echo.tools.echo]\ncalls-per-minute = 2\n");
    let mut client = Client::modern(&home);
    for _ in 0..2 {
        echo(&mut client, "echo");
    }
    let error = client.call_error("echo", json!({ "text": "a" }));
    assert_refused(&error, "`echo`", "2 calls a minute of tool `echo`");
    assert_eq!(client.text("sleep", json!({ "ms": 0 })), "slept 0 ms");
}

#[test]
fn a_tools_calls_at_once() {
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.deadline=200ms"]);
    home.configure("[plugins.echo.tools.sleep]\nconcurrency = 1\n");
    let mut client = Client::modern(&home);
    let long: Vec<Value> = (0..3)
        .map(|_| client.start_call("sleep", json!({ "ms": 60_000 })))
        .collect();
    // Other tools find room.
    echo(&mut client, "echo");
    // One runs into its deadline; those behind it do not get its place in time,
    // or run into theirs.
    for id in &long {
        let error = client.answer(id)["error"].clone();
        match error["data"]["limit"].as_str() {
            Some("deadline") => {}
            Some("concurrency") => {
                let allowed = "1 calls at once of tool `sleep`";
                assert!(message_of(&error).contains(allowed), "{error}");
            }
            _ => panic!("no limit: {error}"),
        }
    }
    assert_eq!(client.text("sleep", json!({ "ms": 0 })), "slept 0 ms");
}

#[test]
fn a_principals_calls_a_minute() {
    let home = Home::with(&["echo", "offers"]);
    home.configure("[server]\nprincipal-calls-per-minute = 2\nprincipal-concurrency = 1\n");
    let mut client = Client::modern(&home);
    echo(&mut client, "echo");
    client.result("resources/read", json!({ "uri": "offers://text" }));
    let error = client.call_error("echo", json!({ "text": "a" }));
    assert_eq!(error["code"], 429, "{error}");
    assert_eq!(error["data"]["principal"], "stdio", "{error}");
    assert_eq!(
        error["data"]["limit"], "principal-calls-per-minute",
        "{error}"
    );
    assert!(
        message_of(&error).contains("2 calls a minute of principal `stdio`"),
        "{error}"
    );
    // Another has calls of its own.
    let server = Server::start(&home, &[]);
    let call = json!({ "name": "echo", "arguments": { "text": "a" } });
    assert_eq!(server.modern("tools/call", call).status, 200);
}

#[test]
fn over_http_it_is_429() {
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.calls-per-minute=1"]);
    let server = Server::start(&home, &[]);
    let call = json!({ "name": "echo", "arguments": { "text": "a" } });
    let answered = server.modern("tools/call", call.clone());
    assert_eq!(
        (answered.status, answered.header("retry-after")),
        (200, None)
    );
    let refused = server.modern("tools/call", call);
    assert_eq!(refused.status, 429);
    let wait = refused
        .header("retry-after")
        .and_then(|wait| wait.parse().ok());
    assert!(wait.is_some_and(|wait: u64| (1..=60).contains(&wait)));
    assert_refused(&refused.json()["error"], "`echo`", "1 calls a minute");
}

#[test]
fn a_limit_that_is_none_is_refused() {
    let home = Home::with(&["echo"]);
    home.configure("[plugins.echo.tools.echo]\ncalls-per-minute = 0\nconcurency = 1\n");
    let stderr = home.run(&["list"]).failed(1);
    for words in [
        "calls-per-minute",
        "1 to 1000000000",
        "concurency",
        "concurrency",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
}
