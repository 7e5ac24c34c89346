//! `update` and `rollback`: what differs is shown, what is more needs consent, and
//! what was there before can be put back.

mod consent;
mod killed;
mod rollback;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, plugin_folder};

/// Puts a version of a plugin, with another component and these requests, where
/// its source is.
fn release(home: &Home, guest: &str, version: &str, requests: &str) -> PathBuf {
    let folder = home.plugin(guest, requests);
    let manifest = folder.join("plugin.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, text.replacen("0.1.0", version, 1)).expect("written");
    let file = folder.join(format!("{guest}.wasm"));
    let mut component = fs::read(&file).expect("a component");
    // A custom section, so that each version has another digest.
    let length = u8::try_from(version.len() + 2).expect("it is short");
    component.extend([0, length, 1, b'v']);
    component.extend(version.as_bytes());
    fs::write(file, component).expect("written");
    folder
}

/// A home with version 0.1.0 of the probe, granted what the arguments say.
fn home(requests: &str, arguments: &[&str]) -> Home {
    let home = Home::empty();
    let folder = release(&home, "probe", "0.1.0", requests);
    home.add_folder(&folder, arguments);
    home
}

fn listed(home: &Home) -> Value {
    let listed = home.run(&["list", "--json"]).json();
    json!([
        listed[0]["version"],
        listed[0]["granted"],
        listed[0]["problem"]
    ])
}

fn is(version: &str, granted: &[&str]) -> Value {
    json!([version, granted, null])
}

const ONE: &str = "[[http]]\nhost = \"one.example\"\n";
const TWO: &str =
    "[[http]]\nhost = \"one.example\"\n[[http]]\nhost = \"two.example\"\nreason = \"more\"\n";

#[test]
fn a_version_that_asks_for_no_more_is_installed() {
    let home = home(ONE, &["--grant", "http=one.example", "--prefix", "p"]);
    let config = fs::read(home.config()).expect("a config");
    release(&home, "probe", "0.2.0", ONE);
    let stdout = home.run(&["update", "probe"]).done();
    for part in [
        "probe 0.1.0 -> 0.2.0",
        "component blake3:",
        "models read the same of it as before",
        "updated probe to 0.2.0; `portcullis rollback probe` puts back 0.1.0",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    assert_eq!(listed(&home), is("0.2.0", &["http=one.example"]));
    assert_eq!(fs::read(home.config()).expect("a config"), config);
    home.run(&["verify"]).done();
    let mut client = Client::modern(&home);
    let text = client.text("p_environment", json!({}));
    assert!(text.starts_with("ok"), "{text}");
}

#[test]
fn the_same_content_is_nothing_to_update() {
    let home = home(ONE, &[]);
    let before = home.installed();
    let stdout = home.run(&["update", "probe", "--yes"]).done();
    assert_eq!(stdout, "probe 0.1.0: nothing to update\n");
    let told = home.run(&["update", "--json"]).json();
    assert_eq!(
        told,
        json!([{ "plugin": "probe", "from": "0.1.0", "version": "0.1.0", "status": "same" }])
    );
    assert_eq!(home.installed(), before);
    assert_eq!(Home::empty().run(&["update", "--json"]).json(), json!([]));
}

#[test]
fn a_dry_run_shows_all_and_changes_nothing() {
    let home = home(ONE, &[]);
    release(&home, "probe", "0.2.0", TWO);
    let before = home.installed();
    let stdout = home.run(&["update", "--dry-run"]).done();
    for part in [
        "GET, HEAD two.example",
        "more",
        "--grant http=two.example",
        "nothing was changed",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    let told = home.run(&["update", "probe", "--dry-run", "--json"]).json();
    assert_eq!(told[0]["status"], "shown");
    assert_eq!(
        told[0]["requests"]["added"][0]["what"],
        "GET, HEAD two.example"
    );
    assert_eq!(told[0]["not_granted"], json!(["--grant http=two.example"]));
    assert_eq!(home.installed(), before);
}

#[test]
fn all_are_updated_but_those_that_need_consent() {
    let home = home(ONE, &["--name", "careful", "--prefix", "c"]);
    home.add_folder(&release(&home, "echo", "0.1.0", ""), &[]);
    let offers = release(&home, "offers", "0.1.0", "");
    home.add_folder(&offers, &[]);
    release(&home, "echo", "0.2.0", "");
    release(&home, "probe", "0.2.0", TWO);
    fs::write(offers.join("plugin.toml"), "nonsense").expect("written");
    let ran = home.run(&["update"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("updated echo to 0.2.0"),
        "{}",
        ran.stdout
    );
    for part in [
        "plugin `careful` was not updated: it asks for more",
        "portcullis update careful --grant http=two.example",
        "plugin `offers` cannot be updated from",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let told = home.run(&["update", "--json"]);
    assert_eq!(told.code, 1);
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let statuses: Vec<&Value> = told
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(statuses, ["refused", "same", "failed"]);
}

#[test]
fn what_cannot_be_updated_is_named() {
    let home = home(ONE, &[]);
    let before = home.installed();
    let stderr = home.run(&["update", "other"]).failed(1);
    assert!(stderr.contains("no plugin `other`"), "{stderr}");
    // Something that is no component.
    release(&home, "probe", "0.2.0", ONE);
    fs::write(
        home.path("plugins/probe/probe.wasm"),
        b"\0asm\x0d\0\x01\0garbage",
    )
    .expect("written");
    home.run(&["update", "probe"]).failed(1);
    assert_eq!(home.installed(), before);
    // What another plugin offers under the same name.
    home.add("offers", &[]);
    fs::copy(
        plugin_folder("offers").join("offers.wasm"),
        home.path("plugins/probe/probe.wasm"),
    )
    .expect("copied");
    let before = home.installed();
    let stderr = home.run(&["update", "probe", "--yes"]).failed(1);
    assert!(
        stderr.contains("is offered by both `offers` and `probe`"),
        "{stderr}"
    );
    assert_eq!(home.installed(), before);
}

#[test]
fn what_a_plugin_has_kept_stays() {
    let home = Home::empty();
    home.add_folder(
        &release(&home, "keeper", "0.1.0", ""),
        &["--grant", "keyvalue"],
    );
    home.run(&["call", "keep", r#"{"key":"a","value":"one"}"#])
        .done();
    release(&home, "keeper", "0.2.0", "");
    home.run(&["update"]).done();
    let mut client = Client::modern(&home);
    let listed = client.result("resources/list", json!({}));
    assert_eq!(listed["resources"][0]["name"], "a", "{listed}");
    home.run(&["rollback", "keeper"]).done();
    let kept = home.run(&["call", "recall", r#"{"key":"a"}"#]);
    assert!(
        kept.stdout.contains("one"),
        "{}{}",
        kept.stdout,
        kept.stderr
    );
}
