//! What an admin does with a plugin, from its first release to its removal, with a
//! real registry in between.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::client::Client;
use crate::home::{Home, path};
use crate::sources::registry::Registry;

const FIRST: &str = r#"
[[http]]
host = "api.a.example"
methods = ["GET"]
reason = "the weather"
"#;

const SECOND: &str = r#"
[[http]]
host = "api.b.example"
methods = ["GET"]
reason = "the tides"
"#;

#[test]
fn a_plugin_from_its_first_release_to_its_removal() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let home = Home::compiling(&[]);
    let folder = home.plugin("probe", FIRST);
    let source = registry.reference("acme/probe:1");
    let first = registry.push(&home, path(&folder), "acme/probe:1");

    // What it asks for is shown, and nothing is installed without an answer.
    let nothing = home.installed();
    let stderr = home.run(&["add", &source]).failed(1);
    for part in ["api.a.example", "the weather", "--grant http=api.a.example"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    assert_eq!(home.installed(), nothing);

    let added = home.run(&["add", &source, "--grant", "http=api.a.example"]);
    assert!(added.done().contains(&first), "the tag's digest is told");
    assert_eq!(printed(&home, "one"), "ok: printed");

    // The next release, under the same tag, asks for one host more.
    release(&folder, "0.2.0", &[FIRST, SECOND]);
    let second = registry.push(&home, path(&folder), "acme/probe:1");
    assert_ne!(first, second);
    let before = home.installed();
    let refused = home.run(&["update", "probe"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let told = format!("{}{}", refused.stdout, refused.stderr);
    for part in ["0.1.0", "0.2.0", "api.b.example", "the tides", "--grant"] {
        assert!(told.contains(part), "`{part}`: {told}");
    }
    assert_eq!(home.installed(), before);
    home.run(&["update", "probe", "--grant", "http=api.b.example"])
        .done();
    assert_eq!(standing(&home), ("0.2.0".to_owned(), true));

    home.run(&["rollback", "probe"]).done();
    assert_eq!(standing(&home), ("0.1.0".to_owned(), false));
    assert_eq!(printed(&home, "two"), "ok: printed");
    home.run(&["verify"]).done();

    // One byte of what is kept of it.
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    let component = lock
        .split("component = \"blake3:")
        .nth(1)
        .expect("a digest");
    let kept = home.data().join("store").join(&component[..64]);
    let whole = fs::read(&kept).expect("the component");
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&kept, &bytes).expect("written");
    let found = home.run(&["verify"]);
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains("probe"), "{}", found.stdout);
    let mut client = Client::modern(&home);
    let error = client.error("tools/call", call("three"));
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("is not what was installed"), "{message}");
    drop(client);
    fs::write(&kept, &whole).expect("written");
    home.run(&["verify"]).done();

    home.run(&["remove", "probe"]).done();
    assert_eq!(home.run(&["list", "--json"]).json(), json!([]));
    assert!(
        fs::read_dir(home.data().join("store"))
            .expect("a folder")
            .next()
            .is_none()
    );
}

/// Gives a plugin's folder another version, and other requests.
fn release(folder: &Path, version: &str, requests: &[&str]) {
    let file = folder.join("plugin.toml");
    let manifest = fs::read_to_string(&file).expect("a manifest");
    let plugin = manifest
        .split("[[http]]")
        .next()
        .expect("what comes before");
    let plugin = plugin.replace("0.1.0", version);
    fs::write(&file, format!("{plugin}{}", requests.concat())).expect("written");
}

fn call(text: &str) -> serde_json::Value {
    json!({ "name": "print", "arguments": { "text": text } })
}

/// What a call of the plugin gives.
fn printed(home: &Home, text: &str) -> String {
    let arguments = json!({ "text": text }).to_string();
    home.run(&["call", "print", &arguments])
        .done()
        .trim()
        .to_owned()
}

/// Its version, and whether it is granted what the second release asks for.
fn standing(home: &Home) -> (String, bool) {
    let plugin = home.run(&["inspect", "probe", "--json"]).json();
    let granted = plugin["granted"].to_string();
    assert!(granted.contains("http=api.a.example"), "{granted}");
    let version = plugin["version"].as_str().expect("a version");
    (version.to_owned(), granted.contains("http=api.b.example"))
}
