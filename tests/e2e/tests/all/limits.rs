//! Every limit that a call can reach: the error names the plugin and the limit,
//! other plugins answer meanwhile, and the plugin answers the next call.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, message_of};
use crate::home::Home;
use crate::web::{Answer, Web};

/// A home with `echo` under its own limits, and `other_echo` under the
/// defaults.
fn home(limits: &[&str]) -> Home {
    let home = Home::empty();
    let flags: Vec<String> = limits
        .iter()
        .map(|limit| format!("limits.{limit}"))
        .collect();
    let flags: Vec<&str> = flags
        .iter()
        .flat_map(|flag| ["--grant", flag.as_str()])
        .collect();
    home.add("echo", &flags);
    home.add("echo", &["--name", "other", "--prefix", "other"]);
    home
}

/// The call ends at the limit, and everything else goes on.
#[track_caller]
fn assert_limited(client: &mut Client, plugin: &str, tool: &str, arguments: Value, limit: &str) {
    let error = client.call_error(tool, arguments);
    assert_names(&error, plugin, limit);
    assert_eq!(
        client.text("other_echo", json!({ "text": "others go on" })),
        "others go on"
    );
}

/// The error is of this plugin, and of this limit.
#[track_caller]
pub(crate) fn assert_names(error: &Value, plugin: &str, limit: &str) {
    assert_eq!(error["code"], -32603, "{error}");
    assert!(
        message_of(error).contains(&format!("`{plugin}`")),
        "{error}"
    );
    assert!(
        message_of(error).contains(&format!("{limit} limit")),
        "{error}"
    );
    assert_eq!(error["data"]["plugin"], plugin, "{error}");
    assert_eq!(error["data"]["limit"], limit, "{error}");
}

#[test]
fn memory() {
    let home = home(&["memory=16MiB"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        assert_limited(
            &mut client,
            "echo",
            "allocate",
            json!({ "mebibytes": 64 }),
            "memory",
        );
        assert_eq!(
            client.text("allocate", json!({ "mebibytes": 8 })),
            "allocated 8 MiB"
        );
    }
    assert_eq!(
        client.text("other_allocate", json!({ "mebibytes": 48 })),
        "allocated 48 MiB"
    );
}

#[test]
fn memory_by_default() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let error = client.call_error("allocate", json!({ "mebibytes": 65 }));
    assert_names(&error, "echo", "memory");
    assert!(message_of(&error).contains("64 MiB"), "{error}");
}

#[test]
fn fuel() {
    let home = home(&["fuel=20000000"]);
    let mut client = Client::modern(&home);
    assert_limited(&mut client, "echo", "spin", json!({}), "fuel");
    client.assert_answers();
}

#[test]
fn deadline_of_a_busy_guest() {
    let home = home(&["deadline=1s", "fuel=off"]);
    let mut client = Client::modern(&home);
    let id = client.start_call("spin", json!({}));
    assert_eq!(
        client.text("other_echo", json!({ "text": "meanwhile" })),
        "meanwhile"
    );
    client.assert_answers();
    assert_names(&client.answer(&id)["error"], "echo", "deadline");
    client.assert_answers();
}

#[test]
fn deadline_of_a_waiting_guest() {
    let home = home(&["deadline=1s"]);
    let mut client = Client::modern(&home);
    assert_limited(
        &mut client,
        "echo",
        "sleep",
        json!({ "ms": 600_000 }),
        "deadline",
    );
    client.assert_answers();
}

#[test]
fn deadline_of_a_request_that_is_never_answered() {
    let web = Web::new(|_| {
        std::thread::park();
        Answer::status(200)
    });
    let home = Home::with(&["echo"]);
    let requests = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n",
        web.port()
    );
    let grant = format!("http=http://{}", web.authority());
    let folder = home.plugin("probe", &requests);
    home.add_folder(
        &folder,
        &[
            "--prefix",
            "probe",
            "--grant",
            &grant,
            "--grant",
            "limits.deadline=1s",
        ],
    );
    let mut client = Client::modern(&home);
    let error = client.call_error("probe_http_get", json!({ "url": web.url("/") }));
    assert_names(&error, "probe", "deadline");
    client.assert_answers();
}

#[test]
fn many_busy_guests_stop_nobody() {
    let home = home(&["deadline=2s", "fuel=off"]);
    let mut client = Client::modern(&home);
    let ids: Vec<Value> = (0..16)
        .map(|_| client.start_call("spin", json!({})))
        .collect();
    for _ in 0..3 {
        assert_eq!(
            client.text("other_echo", json!({ "text": "meanwhile" })),
            "meanwhile"
        );
    }
    for id in &ids {
        assert_names(&client.answer(id)["error"], "echo", "deadline");
    }
}

#[test]
fn output() {
    let home = home(&["output=64KiB"]);
    let mut client = Client::modern(&home);
    assert_limited(
        &mut client,
        "echo",
        "large",
        json!({ "bytes": 1 << 20 }),
        "output",
    );
    assert_eq!(client.text("large", json!({ "bytes": 1000 })).len(), 1000);
    assert_eq!(
        client
            .text("other_large", json!({ "bytes": 1 << 20 }))
            .len(),
        1 << 20
    );
}

#[test]
fn log_bytes() {
    let home = home(&["log-bytes=1KiB"]);
    let mut client = Client::modern(&home);
    let line = "x".repeat(600);
    assert_eq!(client.text("print", json!({ "text": line })), "printed");
    assert_eq!(client.text("log", json!({ "text": line })), "logged");
    assert_eq!(client.text("print", json!({ "text": "short" })), "printed");
    let ended = client.close();
    assert_eq!(
        ended.stderr.matches(&line).count(),
        2,
        "one line of each call: {}",
        ended.stderr
    );
    assert_eq!(
        ended.stderr.matches("log-bytes limit").count(),
        2,
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stderr.matches("short").count(), 2, "{}", ended.stderr);
}

#[test]
fn concurrency() {
    let home = home(&["concurrency=1", "deadline=2s", "fuel=off"]);
    let mut client = Client::modern(&home);
    // The second waits for its turn, which comes when the first has ended.
    let first = client.start_call("sleep", json!({ "ms": 50 }));
    let second = client.start_call("sleep", json!({ "ms": 1 }));
    assert!(client.answer(&second)["result"].is_object());
    assert!(client.answer(&first)["result"].is_object());
    // With a queue of calls that take their whole time, some wait in vain.
    let ids: Vec<Value> = (0..4)
        .map(|_| client.start_call("spin", json!({})))
        .collect();
    assert_eq!(
        client.text("other_echo", json!({ "text": "meanwhile" })),
        "meanwhile"
    );
    let limits: Vec<String> = ids
        .iter()
        .map(|id| {
            client.answer(id)["error"]["data"]["limit"]
                .as_str()
                .expect("a limit")
                .to_owned()
        })
        .collect();
    assert!(limits.iter().any(|limit| limit == "deadline"), "{limits:?}");
    assert!(
        limits.iter().any(|limit| limit == "concurrency"),
        "{limits:?}"
    );
    client.assert_answers();
}

#[test]
fn stack() {
    let home = Home::with(&["echo", "hostile"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        let error = client.call_error("recurse", json!({}));
        assert_names(&error, "hostile", "stack");
        client.assert_answers();
    }
    assert_eq!(client.text("count_calls", json!({})), "1");
}

#[test]
fn open_handles() {
    let home = Home::with(&["echo"]);
    let docs = home.folder("docs");
    fs::write(home.path("docs/a.txt"), "a").expect("written");
    let folder = home.plugin("hostile", "[[filesystem]]\nname = \"docs\"\n");
    home.add_folder(
        &folder,
        &[
            "--grant",
            &format!("filesystem.docs={docs}"),
            "--grant",
            "limits.open-handles=32",
        ],
    );
    let mut client = Client::modern(&home);
    assert_eq!(
        client.text("open_files", json!({ "path": "/docs/a.txt", "count": 8 })),
        "8 open"
    );
    let error = client.call_error(
        "open_files",
        json!({ "path": "/docs/a.txt", "count": 1000 }),
    );
    assert_names(&error, "hostile", "open-handles");
    client.assert_answers();
    assert_eq!(
        client.text("open_files", json!({ "path": "/docs/a.txt", "count": 8 })),
        "8 open"
    );
}

#[test]
fn http_requests() {
    let web = Web::new(|asked| match asked.target.as_str() {
        "/end" => Answer::text("the end"),
        _ => Answer::redirect("/end"),
    });
    let (_home, mut client) = with_web(&web, "http-requests=1");
    let told = client.text("http_get", json!({ "url": web.url("/") }));
    assert!(told.starts_with("denied: "), "{told}");
    assert_eq!(web.asked().len(), 1);
    assert_eq!(
        client.text("http_get", json!({ "url": web.url("/end") })),
        "ok: 200\nthe end"
    );
    assert!(client.close().stderr.contains("http-requests limit"));
}

#[test]
fn http_response_bytes() {
    let web = Web::new(|asked| match asked.target.as_str() {
        "/small" => Answer::text("small"),
        _ => Answer::text(&"x".repeat(100_000)),
    });
    let (_home, mut client) = with_web(&web, "http-response-bytes=10KiB");
    let told = client.text("http_get", json!({ "url": web.url("/large") }));
    assert!(
        told.starts_with("denied: "),
        "{}",
        &told[..told.len().min(200)]
    );
    assert_eq!(
        client.text("http_get", json!({ "url": web.url("/small") })),
        "ok: 200\nsmall"
    );
}

#[test]
fn http_request_bytes() {
    let web = Web::hello();
    let (_home, mut client) = with_web(&web, "http-request-bytes=10KiB");
    let arguments =
        |bytes: usize| json!({ "method": "POST", "url": web.url("/"), "body": "x".repeat(bytes) });
    let told = client.text("http_send", arguments(100_000));
    assert!(told.starts_with("denied: "), "{told}");
    assert_eq!(client.text("http_send", arguments(5_000)), "ok: 200\nhello");
    assert_eq!(
        web.asked()
            .iter()
            .filter(|asked| asked.body.len() > 10 << 10)
            .count(),
        0
    );
}

/// A home whose probe may GET and POST at this server, under this limit.
fn with_web(web: &Web, limit: &str) -> (Home, Client) {
    let home = Home::empty();
    let requests = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\nmethods = [\"GET\", \"POST\"]\n",
        web.port()
    );
    let grant = format!("http=http://{}", web.authority());
    home.add_probe(
        &requests,
        &["--grant", &grant, "--grant", &format!("limits.{limit}")],
    );
    let client = Client::modern(&home);
    (home, client)
}

#[test]
fn what_a_plugin_asks_for_below_the_default_holds_without_a_grant() {
    let home = Home::empty();
    let folder = home.plugin("echo", "[limits]\nmemory = \"16MiB\"\n");
    home.run(&["add", crate::home::path(&folder)]).done();
    let mut client = Client::modern(&home);
    let error = client.call_error("allocate", json!({ "mebibytes": 32 }));
    assert_names(&error, "echo", "memory");
}

#[test]
fn the_admins_defaults_hold_for_all() {
    let home = Home::with(&["echo"]);
    home.configure("[defaults.limits]\nmemory = \"16MiB\"\n");
    let mut client = Client::modern(&home);
    let error = client.call_error("allocate", json!({ "mebibytes": 32 }));
    assert_names(&error, "echo", "memory");
}

#[test]
fn the_command_line_tells_the_same() {
    let home = home(&["fuel=20000000"]);
    let stderr = home.run(&["call", "spin"]).failed(1);
    assert!(
        stderr.contains("`echo`") && stderr.contains("fuel limit"),
        "{stderr}"
    );
    let stderr = home.run(&["call", "panic"]).failed(1);
    assert!(
        stderr.contains("`echo`") && stderr.contains("the guest was asked to panic"),
        "{stderr}"
    );
}
