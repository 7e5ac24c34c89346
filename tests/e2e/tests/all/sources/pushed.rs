//! A plugin through a real registry.

use std::fs;

use serde_json::json;

use super::registry::Registry;
use super::{assert_says, packed_echo, refused};
use crate::client::Client;
use crate::home::{Home, path, plugin_folder};

#[test]
fn what_is_pushed_is_installed_as_it_was() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let home = Home::empty();
    let folder = plugin_folder("echo");
    let pinned = registry.push(&home, path(&folder), "acme/echo:0.1.0");
    let tag = registry.reference("acme/echo:0.1.0");
    assert!(pinned.starts_with(&format!("{tag}@sha256:")), "{pinned}");
    let (file, packed) = packed_echo(&home);
    // The file is the layer, and the same plugin is the same artifact.
    assert_eq!(registry.push(&home, &file, "acme/echo:0.1.0"), pinned);
    let manifest = registry.manifest(&pinned);
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    let layers = manifest["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0]["mediaType"], "application/wasm");
    let layer = registry.blob(layers[0]["digest"].as_str().expect("a digest"));
    assert_eq!(fs::read(layer).expect("a layer"), packed);
    let annotation =
        |name: &str| &manifest["annotations"][format!("org.opencontainers.image.{name}")];
    assert_eq!(annotation("title"), "echo");
    assert_eq!(annotation("version"), "0.1.0");
    assert!(annotation("description").is_string());
    let config = registry.blob(manifest["config"]["digest"].as_str().expect("a digest"));
    let config = fs::read(config).expect("a config");
    let config: serde_json::Value = serde_json::from_slice(&config).expect("JSON");
    assert_eq!(
        (&config["architecture"], &config["os"]),
        (&json!("wasm"), &json!("wasip2"))
    );
    assert_eq!(config["layerDigests"], json!([layers[0]["digest"]]));
    assert_eq!(
        config["component"]["exports"],
        json!(["portcullis:plugin/tools@0.1.0"])
    );

    let inspected = home.run(&["inspect", &tag, "--json"]).json();
    assert_eq!(
        (&inspected["name"], &inspected["origin"]),
        (&json!("echo"), &json!(pinned))
    );
    assert!(!home.config().exists(), "looking installs nothing");
    let added = home.run(&["add", &tag]).done();
    assert_says(&added, &["added echo 0.1.0", &format!("from {pinned}")]);
    let config = fs::read_to_string(home.config()).expect("a config");
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert_says(&config, &[&format!("source = \"{tag}\"")]);
    assert_says(&lock, &[&format!("origin = \"{pinned}\"")]);
    home.run(&["verify"]).done();
    // From here on the registry is not needed.
    drop(registry);
    let mut client = Client::modern(&home);
    client.assert_answers();
}

#[test]
fn a_digest_names_one_artifact() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let home = Home::empty();
    let folder = home.plugin("echo", "");
    let first = registry.push(&home, path(&folder), "echo:latest");
    let manifest = fs::read_to_string(folder.join("plugin.toml")).expect("a manifest");
    let next = manifest.replace("0.1.0", "0.2.0");
    fs::write(folder.join("plugin.toml"), next).expect("written");
    let second = registry.push(&home, path(&folder), "echo:latest");
    assert_ne!(first, second);
    // The tag has moved on, and the digest counts.
    let version = |reference: &str| {
        let inspected = home.run(&["inspect", reference, "--json"]).json();
        inspected["version"].as_str().expect("a version").to_owned()
    };
    assert_eq!(version(&registry.reference("echo")), "0.2.0");
    assert_eq!(version(&first), "0.1.0");
    assert_eq!(version(&second), "0.2.0");

    let wrong = format!(
        "{}@sha256:{}",
        registry.reference("echo:latest"),
        "a".repeat(64)
    );
    assert_says(&refused(&home, &wrong), &["has no `sha256:aaa"]);
    let absent = refused(&home, &registry.reference("echo:0.3.0"));
    assert_says(
        &absent,
        &[&registry.authority, "has no `0.3.0` in repository `echo`"],
    );
    assert_says(&refused(&home, &registry.reference("none:1")), &["`none`"]);
}

#[test]
fn a_registry_that_changed_what_it_has_is_found_out() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let home = Home::empty();
    let pinned = registry.push(&home, path(&plugin_folder("echo")), "echo:1");
    home.run(&["inspect", &pinned]).done();
    let manifest = registry.manifest(&pinned);
    let digest = manifest["layers"][0]["digest"].as_str().expect("a digest");
    let layer = registry.blob(digest);
    let mut bytes = fs::read(&layer).expect("a layer");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&layer, &bytes).expect("written");
    let stderr = refused(&home, &pinned);
    assert_says(
        &stderr,
        &["its digest is sha256:", &format!("expected {digest}")],
    );
    bytes[last] ^= 1;
    fs::write(&layer, &bytes).expect("written");
    home.run(&["inspect", &pinned]).done();
}

#[test]
fn only_a_tag_can_be_pushed_to() {
    let home = Home::empty();
    let folder = plugin_folder("echo");
    for target in [
        "echo.wasm",
        "https://example.com/echo.wasm",
        &format!("oci://127.0.0.1:9/echo:1@sha256:{}", "a".repeat(64)),
    ] {
        let stderr = home.run(&["push", path(&folder), target]).failed(1);
        assert_says(&stderr, &["accepted: oci://REGISTRY/REPOSITORY:TAG"]);
    }
    let nobody = home.run(&["push", path(&folder), "oci://127.0.0.1:9/echo:1"]);
    assert_says(&nobody.failed(1), &["cannot get http://127.0.0.1:9/"]);
    let remote = home.run(&["push", path(&folder), "oci://registry.invalid/echo:1"]);
    assert_says(&remote.failed(1), &["cannot get https://registry.invalid/"]);
}
