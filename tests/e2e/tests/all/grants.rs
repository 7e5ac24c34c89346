//! `grant`, `revoke` and `limits`: what they allow and take back, what they refuse,
//! and what they leave alone.

use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

const ASKS: &str = "[[http]]\nhost = \"api.example.com\"\nreason = \"the service\"\n\
                    [[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n\
                    [settings.owner]\ndescription = \"whose\"\n\
                    [secrets.token]\nhttp = { host = \"api.example.com\", header = \"authorization\" }\n";

/// A home whose probe asks for this, and is granted nothing.
fn home() -> Home {
    let home = Home::empty();
    fs::create_dir(home.path("docs")).expect("a folder");
    fs::write(home.path("docs/a.txt"), "alpha").expect("written");
    home.add_probe(ASKS, &[]);
    home
}

/// What the probe says of one try.
fn tried(home: &Home, tool: &str, arguments: Value) -> String {
    home.run(&["call", tool, &arguments.to_string()]).done()
}

fn granted(home: &Home) -> Value {
    home.run(&["list", "--json"]).json()[0]["granted"].clone()
}

#[test]
fn a_directory_is_granted_and_taken_back() {
    let home = home();
    let read = json!({ "path": "/docs/a.txt" });
    let write = json!({ "path": "/docs/a.txt", "text": "beta" });
    assert!(tried(&home, "read_file", read.clone()).starts_with("denied"));

    home.run(&["grant", "probe", "filesystem", "docs=~/docs", "--read-only"])
        .done();
    assert_eq!(tried(&home, "read_file", read.clone()), "ok: alpha\n");
    assert!(tried(&home, "write_file", write.clone()).starts_with("denied"));

    // Relative paths are relative to where one is.
    home.run(&["grant", "probe", "filesystem.docs=../docs"])
        .done();
    assert!(tried(&home, "write_file", write.clone()).starts_with("ok"));
    assert_eq!(tried(&home, "read_file", read.clone()), "ok: beta\n");

    home.run(&["revoke", "probe", "filesystem", "docs"]).done();
    assert!(tried(&home, "read_file", read).starts_with("denied"));
    assert_eq!(granted(&home), json!([]));
}

#[test]
fn each_form_says_the_same() {
    for (forms, grants) in [
        (
            &["http", "api.example.com"][..],
            &["http=api.example.com"][..],
        ),
        (&["http=api.example.com"], &["http=api.example.com"]),
        (&["settings", "owner=a=b"], &["settings.owner=a=b"]),
        (
            &["secrets", "token=env:TOKEN"],
            &["secrets.token=env:TOKEN"],
        ),
        (
            &["limits", "memory=32MiB", "deadline=2s"],
            &["limits.memory=32MiB", "limits.deadline=2s"],
        ),
        (
            &[
                "http=api.example.com",
                "settings.owner=me",
                "limits.fuel=off",
            ],
            &[
                "http=api.example.com",
                "settings.owner=me",
                "limits.fuel=off",
            ],
        ),
    ] {
        let home = home();
        let told = home
            .run(&[&["grant", "probe", "--json"], forms].concat())
            .json();
        assert_eq!(told["added"], json!(grants), "{told}");
        assert_eq!(told["granted"], json!(grants), "{told}");
        assert_eq!(granted(&home), json!(grants));

        let keys: Vec<&str> = grants
            .iter()
            .map(|grant| match grant.strip_prefix("http=") {
                Some(_) => *grant,
                None => grant.split('=').next().expect("a key"),
            })
            .collect();
        let told = home
            .run(&[&["revoke", "probe", "--json"], &keys[..]].concat())
            .json();
        assert_eq!(told["revoked"], json!(grants), "{told}");
        assert_eq!(told["granted"], json!([]), "{told}");
    }
}

#[test]
fn what_was_never_asked_for_is_refused() {
    let home = home();
    let before = home.installed();
    for (grant, words) in [
        (
            "http=other.example",
            &["`other.example`", "GET, HEAD api.example.com"][..],
        ),
        ("filesystem.drafts=/tmp", &["`drafts`", "read-write /docs"]),
        ("keyvalue", &["keyvalue", "it asks for"]),
        ("settings.other=a", &["`other`", "owner (optional)"]),
        (
            "secrets.other=env:A",
            &["`other`", "token, sent to api.example.com"],
        ),
        ("instances=reuse", &["instances", "it asks for"]),
    ] {
        let stderr = home.run(&["grant", "probe", grant]).failed(1);
        for word in words {
            assert!(stderr.contains(word), "{grant}: {stderr}");
        }
    }
    // One that does not fit keeps out those that do.
    let mixed = ["grant", "probe", "http=api.example.com", "keyvalue"];
    home.run(&mixed).failed(1);
    assert_eq!(home.installed(), before);
}

#[test]
fn what_is_no_grant_is_refused() {
    let home = home();
    let before = home.installed();
    for (arguments, words) in [
        (
            &["grant", "probe", "sockets=all"][..],
            &["`sockets`", "accepted: http=HOST"][..],
        ),
        (&["grant", "probe", "http"], &["`http` is not a grant"]),
        (
            &["grant", "probe", "filesystem", "docs"],
            &["`filesystem.docs` is not a grant"],
        ),
        (
            &["grant", "probe", "http=api.example.com", "--read-only"],
            &["--read-only"],
        ),
        (
            &["grant", "other", "keyvalue"],
            &["no plugin `other`", "there are: probe"],
        ),
        (
            &["limits", "probe", "memory=1KiB"],
            &["`1KiB`", "accepted: 64KiB"],
        ),
        (
            &["limits", "probe", "stack=1MiB"],
            &["`stack` is not a limit"],
        ),
        (
            &["revoke", "probe", "http=api.example.com"],
            &["is not granted `http=api.example.com`", "granted nothing"],
        ),
        (
            &["revoke", "probe", "network"],
            &["`network` is not a grant"],
        ),
        (&["revoke", "other", "--all"], &["no plugin `other`"]),
    ] {
        let stderr = home.run(arguments).failed(1);
        for word in words {
            assert!(stderr.contains(word), "{arguments:?}: {stderr}");
        }
    }
    let pasted = home
        .run(&["grant", "probe", "secrets", "token=ghp_0123456789"])
        .failed(1);
    assert!(!pasted.contains("ghp_"), "{pasted}");
    assert_eq!(home.run(&["revoke", "probe"]).code, 2);
    assert_eq!(home.installed(), before);
}

#[test]
fn limits_are_shown_and_set() {
    let home = Home::with(&["echo"]);
    let allocates = || home.run(&["call", "allocate", r#"{"mebibytes":24}"#]).code == 0;
    assert!(allocates());
    home.run(&["limits", "echo", "memory=16MiB", "deadline=1m"])
        .done();
    assert!(!allocates());
    let stdout = home.run(&["limits", "echo"]).done();
    let line = |name: &str| {
        let line = stdout.lines().find(|line| line.starts_with(name));
        line.expect(name).split_whitespace().collect::<Vec<_>>()
    };
    assert_eq!(line("memory"), ["memory", "16MiB", "granted"]);
    assert_eq!(line("questions"), ["questions", "64"]);
    let limits = home.run(&["limits", "echo", "--json"]).json();
    assert_eq!(limits["limits"]["deadline"], "1m");
    home.run(&["revoke", "echo", "limits"]).done();
    assert!(allocates());
}

#[test]
fn the_rest_of_the_config_stays_byte_for_byte() {
    let home = home();
    let config = fs::read_to_string(home.config()).expect("a config");
    let config = format!(
        "# The house rules.\n[server]   # ours\npage-size = 7\n\n{config}\n# What it may do.\n\
         [plugins.probe.grant] # little\nhttp = [\n    \"api.example.com\", # the service\n]\n\
         # whose\nsettings.owner = 'acme' # for now\n\n# The end.\n"
    );
    fs::write(home.config(), &config).expect("written");
    let now = || fs::read_to_string(home.config()).expect("a config");
    home.run(&["grant", "probe", "http=api.example.com"]).done();
    assert_eq!(now(), config, "it was granted");
    home.run(&["grant", "probe", "settings.owner=other"]).done();
    assert_eq!(now(), config.replace("'acme'", "\"other\""));
    home.run(&["limits", "probe", "memory=32MiB"]).done();
    assert_eq!(
        now(),
        config.replace(
            "'acme' # for now\n",
            "\"other\" # for now\nlimits.memory = \"32MiB\"\n"
        )
    );
    home.run(&["revoke", "probe", "limits"]).done();
    home.run(&["revoke", "probe", "settings", "owner"]).done();
    assert_eq!(
        now(),
        config.replace("# whose\nsettings.owner = 'acme' # for now\n", "")
    );
}

#[test]
fn what_is_granted_is_recorded_with_who_granted_it() {
    let home = home();
    home.run(&["grant", "probe", "http", "api.example.com"])
        .done();
    home.run(&["revoke", "probe", "http"]).done();
    home.run(&["grant", "probe", "keyvalue"]).failed(1);
    // Nothing changes, and nothing is recorded.
    home.run(&["grant", "probe"]).done();
    let text = fs::read_to_string(home.data().join("audit.jsonl")).expect("a log");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let changes: Vec<Value> = lines[1..]
        .iter()
        .map(|line| {
            json!([
                line["principal"],
                line["change"],
                line["granted"],
                line["revoked"]
            ])
        })
        .collect();
    assert_eq!(
        changes,
        [
            json!(["local", "changed", ["http=api.example.com"], []]),
            json!(["local", "changed", [], ["http=api.example.com"]]),
        ]
    );
}

#[test]
fn a_setting_that_changes_what_is_offered_is_tried_first() {
    let home = Home::with(&["liar"]);
    let before = home.installed();
    let stderr = home
        .run(&["grant", "liar", "settings", "list=panic"])
        .failed(1);
    assert!(stderr.contains("panic"), "{stderr}");
    assert_eq!(home.installed(), before);
    home.run(&["grant", "liar", "settings", "list=promises"])
        .done();
    let listed = home.run(&["list", "--json"]).json();
    assert_eq!(listed[0]["tools"], json!(["say"]));
    // Read when it was granted: a start runs no guest.
    let mut client = Client::modern(&home);
    let tools = client.result("tools/list", json!({}));
    assert_eq!(tools["tools"][0]["name"], "say");
}

#[test]
fn less_can_be_granted_whatever_else_is_wrong() {
    let home = home();
    let config = fs::read_to_string(home.config()).expect("a config");
    let wrong =
        "[plugins.probe.grant]\nhttp = [\"api.example.com\", \"other.example\"]\nkeyvalue = true\n";
    fs::write(home.config(), format!("{config}\n{wrong}")).expect("written");
    let stderr = home.run(&["grant", "probe", "instances=reuse"]).failed(1);
    assert!(stderr.contains("instances is granted"), "{stderr}");
    let ran = home.run(&["revoke", "probe", "keyvalue"]);
    assert!(ran.stderr.contains("portcullis verify"), "{}", ran.stderr);
    ran.done();
    home.run(&["revoke", "probe", "http=other.example"]).done();
    assert_eq!(granted(&home), json!(["http=api.example.com"]));
    home.run(&["verify"]).done();
}

#[test]
fn a_model_cannot_grant() {
    let home = home();
    let mut client = Client::modern(&home);
    let listed = client.result("tools/list", json!({}));
    let names = listed["tools"].as_array().expect("tools").iter();
    for verb in ["grant", "revoke", "limits", "update", "rollback", "add"] {
        assert!(names.clone().all(|tool| tool["name"] != verb), "{verb}");
        assert_eq!(
            client.call_error(verb, json!({ "name": "probe" }))["code"],
            -32602
        );
    }
}

#[test]
fn that_the_user_is_asked_is_taken_back_as_any_grant() {
    let host = "[[http]]\nhost = \"api.a.example\"\nmethods = [\"GET\"]\nreason = \"a test\"\n";
    let home = Home::empty();
    home.add_probe(host, &["--grant", "http=ask"]);
    let config = || fs::read_to_string(home.config()).expect("a config");
    assert!(config().contains("\"ask\""), "{}", config());
    home.run(&["revoke", "probe", "http=ask"]).done();
    assert!(!config().contains("ask"), "{}", config());

    home.run(&["grant", "probe", "http", "ask", "!api.a.example"])
        .done();
    assert!(config().contains("\"!api.a.example\""), "{}", config());
    home.run(&["revoke", "probe", "http=!api.a.example"]).done();
    assert!(config().contains("\"ask\""), "{}", config());
    assert!(!config().contains('!'), "{}", config());
    let stderr = home
        .run(&["revoke", "probe", "http=!api.a.example"])
        .failed(1);
    assert!(stderr.contains("it is granted: http=ask"), "{stderr}");
}
