//! Installing, listing, inspecting and removing plugins, and what is kept of
//! them between runs.

mod inspect;

use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, path, plugin_folder};

#[test]
fn two_plugins_with_the_same_tool() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let folder = plugin_folder("echo");
    let stderr = home
        .run(&["add", path(&folder), "--name", "second"])
        .failed(1);
    for part in ["`second`", "`echo`", "--prefix second"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    assert_eq!(home.installed(), before);
    home.run(&[
        "add",
        path(&folder),
        "--name",
        "second",
        "--prefix",
        "second",
    ])
    .done();
    let mut client = Client::modern(&home);
    client.assert_answers();
    assert_eq!(client.text("second_echo", json!({ "text": "a" })), "a");
    let names = client.result("tools/list", json!({}));
    let names: Vec<_> = names["tools"]
        .as_array()
        .expect("tools")
        .iter()
        .map(|tool| tool["name"].clone())
        .collect();
    assert!(
        names.contains(&json!("echo")) && names.contains(&json!("second_echo")),
        "{names:?}"
    );
}

#[test]
fn two_plugins_with_the_same_resource() {
    let home = Home::with(&["offers"]);
    let before = home.installed();
    let folder = plugin_folder("offers");
    let arguments = [
        "add",
        path(&folder),
        "--name",
        "second",
        "--prefix",
        "second",
    ];
    let stderr = home.run(&arguments).failed(1);
    for part in ["`second`", "`offers`", "offers://"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    assert_eq!(home.installed(), before);
}

#[test]
fn a_prefix_that_makes_names_too_long() {
    let home = Home::empty();
    let prefix = "a".repeat(33);
    let stderr = home
        .run(&["add", path(&plugin_folder("echo")), "--prefix", &prefix])
        .failed(1);
    assert!(stderr.contains("prefix"), "{stderr}");
    assert!(!home.config().exists());
}

#[test]
fn listing_as_json() {
    let home = Home::with(&["offers"]);
    home.add("echo", &["--prefix", "e", "--grant", "limits.memory=32MiB"]);
    let listed = home.run(&["list", "--json"]).json();
    let listed = listed.as_array().expect("an array");
    assert_eq!(listed.len(), 2);
    let (echo, offers) = (&listed[0], &listed[1]);
    assert_eq!(echo["name"], "echo");
    assert_eq!(echo["version"], "0.1.0");
    assert_eq!(echo["prefix"], "e");
    assert_eq!(echo["enabled"], true);
    assert_eq!(echo["problem"], Value::Null);
    assert_eq!(echo["granted"], json!(["limits.memory=32MiB"]));
    assert!(
        echo["tools"]
            .as_array()
            .expect("tools")
            .contains(&json!("e_echo"))
    );
    assert_eq!(
        offers["resources"],
        json!(["offers://text", "offers://bytes", "offers://items/1/first"])
    );
    assert_eq!(
        offers["resource_templates"],
        json!(["offers://items/{id}/{+path}"])
    );
    assert_eq!(offers["prompts"], json!(["say", "picture"]));
}

#[test]
fn listing_for_people() {
    let home = Home::empty();
    let stdout = home.run(&["list"]).done();
    assert!(stdout.contains("portcullis add"), "{stdout}");
    assert_eq!(home.run(&["list", "--json"]).json(), json!([]));
    home.add("offers", &[]);
    let stdout = home.run(&["list"]).done();
    insta::assert_snapshot!(stdout, @r"
    NAME    VERSION  TOOLS  RESOURCES  PROMPTS  GRANTED
    offers  0.1.0    5      4          2        nothing
    ");
}

#[test]
fn adding_and_removing_as_json() {
    let home = Home::empty();
    let added = home
        .run(&["--json", "add", path(&plugin_folder("offers"))])
        .json();
    assert_eq!(
        added,
        json!({
            "added": "offers", "version": "0.1.0", "granted": [], "not_granted": [],
            "tools": 5, "resources": 3, "resource_templates": 1, "prompts": 2,
            "hidden_text": [], "left_out": [],
        })
    );
    assert_eq!(
        home.run(&["remove", "offers", "--json"]).json(),
        json!({ "removed": "offers" })
    );
}

#[test]
fn removing_leaves_nothing() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    home.add("offers", &[]);
    home.run(&["remove", "offers"]).done();
    let after = home.installed();
    assert_eq!(after, before);
    let mut client = Client::modern(&home);
    assert_eq!(
        client.call_error("locate", json!({ "name": "a" }))["code"],
        -32602
    );
    client.assert_answers();
}

#[test]
fn the_admins_comments_stay() {
    let home = Home::empty();
    let comments = "# The house rules.\n[server]\npage-size = 7   # a week\n";
    fs::write(home.config(), comments).expect("written");
    home.add("echo", &[]);
    home.run(&["remove", "echo"]).done();
    let config = fs::read_to_string(home.config()).expect("a config");
    assert!(
        config.contains("# The house rules.") && config.contains("page-size = 7   # a week"),
        "{config}"
    );
}

#[test]
fn the_config_and_lock_hold_what_was_agreed() {
    let home = Home::empty();
    let docs = home.folder("docs");
    home.add_probe(
        "[[filesystem]]\nname = \"docs\"\n",
        &[
            "--grant",
            &format!("filesystem.docs={docs}:ro"),
            "--prefix",
            "p",
        ],
    );
    let config: toml::Table = fs::read_to_string(home.config())
        .expect("a config")
        .parse()
        .expect("TOML");
    let plugin = &config["plugins"]["probe"];
    assert_eq!(plugin["prefix"].as_str(), Some("p"));
    let folder = home.path("plugins/probe");
    assert_eq!(plugin["source"].as_str(), Some(path(&folder)));
    let lock: toml::Table = fs::read_to_string(home.lock())
        .expect("a lock file")
        .parse()
        .expect("TOML");
    let text = lock.to_string();
    assert_eq!(
        text.matches("blake3:").count(),
        3,
        "component, manifest and request: {text}"
    );
}

#[test]
fn start_up_runs_no_guest_and_needs_no_component() {
    let home = Home::compiling(&["echo"]);
    for file in home.artifacts() {
        fs::remove_file(file).expect("removed");
    }
    let mut client = Client::modern(&home);
    assert!(
        client.result("tools/list", json!({}))["tools"]
            .as_array()
            .is_some_and(|tools| tools.len() > 5)
    );
    assert!(
        home.artifacts().is_empty(),
        "nothing is compiled before the first call"
    );
    client.assert_answers();
    assert_eq!(home.artifacts().len(), 1);
}

#[test]
fn a_plugin_changed_after_its_installation_stays_as_it_was() {
    let home = Home::empty();
    let folder = home.plugin("echo", "");
    home.add_folder(&folder, &[]);
    fs::copy(
        plugin_folder("offers").join("offers.wasm"),
        folder.join("echo.wasm"),
    )
    .expect("copied");
    let mut client = Client::modern(&home);
    client.assert_answers();
}

#[test]
fn a_disabled_plugin_is_not_served() {
    let home = Home::with(&["echo", "offers"]);
    let config = fs::read_to_string(home.config()).expect("a config");
    fs::write(
        home.config(),
        config.replace("[plugins.echo]", "[plugins.echo]\nenabled = false"),
    )
    .expect("written");
    let mut client = Client::modern(&home);
    assert_eq!(
        client.call_error("echo", json!({ "text": "a" }))["code"],
        -32602
    );
    assert!(client.call("locate", json!({ "name": "abc" }))["structuredContent"].is_object());
    assert_eq!(home.run(&["list", "--json"]).json()[0]["enabled"], false);
}

#[test]
fn calling_a_tool_without_a_client() {
    let home = Home::with(&["echo", "offers"]);
    assert_eq!(
        home.run(&["call", "echo", r#"{"text":"a\nb"}"#]).done(),
        "a\nb\n"
    );
    let result = home
        .run(&["call", "locate", r#"{"name":"abc"}"#, "--json"])
        .json();
    assert_eq!(
        result["structuredContent"],
        json!({ "latitude": 3.0, "longitude": -3.0 })
    );
    let ran = home.run(&["call", "fail", r#"{"kind":"tool"}"#]);
    assert_eq!((ran.code, ran.stdout.trim()), (1, "it did not work"));
}

#[test]
fn many_at_once_install_one_after_the_other() {
    let home = Home::empty();
    let folder = plugin_folder("echo");
    let running: Vec<_> = (0..3)
        .map(|index| {
            let name = format!("echo-{index}");
            let mut command = home.command(&[
                "add",
                path(&folder),
                "--grant-none",
                "--name",
                &name,
                "--prefix",
                &name,
            ]);
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().expect("it starts")
        })
        .collect();
    let mut done = 0;
    for child in running {
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            done += 1;
        } else {
            assert!(stderr.contains("another portcullis"), "{stderr}");
        }
    }
    let listed = home.run(&["list", "--json"]).json();
    let listed = listed.as_array().expect("an array");
    assert_eq!(listed.len(), done);
    assert!(
        listed.iter().all(|plugin| plugin["problem"].is_null()),
        "{listed:?}"
    );
}

#[test]
fn the_folders_of_the_system_are_the_default() {
    let home = Home::empty();
    let output = home
        .command(&["list", "--json"])
        .env_remove("PORTCULLIS_CONFIG")
        .env_remove("PORTCULLIS_DATA")
        .env("XDG_CONFIG_HOME", home.path("xdg-config"))
        .env("XDG_DATA_HOME", home.path("xdg-data"))
        .output()
        .expect("it runs");
    assert!(output.status.success());
    let config = home.path("other.toml");
    fs::write(&config, "[server]\nnonsense = 1\n").expect("written");
    // The flag comes before the variable.
    let stderr = home.run(&["list", "--config", path(&config)]).failed(1);
    assert!(stderr.contains("other.toml:2:1"), "{stderr}");
}
