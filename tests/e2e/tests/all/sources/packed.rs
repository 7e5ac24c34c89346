//! Components in a file: with their manifest, beside it, and without.

use std::fs;

use serde_json::json;

use super::{assert_says, packed_echo, refused};
use crate::client::Client;
use crate::home::{Home, path, plugin_folder};

#[test]
fn a_packed_plugin_is_one_file() {
    let home = Home::empty();
    let folder = home.plugin("echo", "");
    fs::write(folder.join("README.md"), "# Echo\n").expect("written");
    fs::write(folder.join("icon.svg"), "<svg/>").expect("written");
    let file = home.path("work/echo-0.1.0.wasm");
    let stdout = home.run(&["pack", path(&folder)]).done();
    assert_says(
        &stdout,
        &["packed echo 0.1.0 into echo-0.1.0.wasm", "blake3:"],
    );
    let packed = fs::read(&file).expect("it was written");
    home.run(&["pack", path(&folder)]).done();
    assert_eq!(fs::read(&file).expect("again"), packed, "the same bytes");
    let again = home.path("again.wasm");
    home.run(&["pack", path(&file), "-o", path(&again)]).done();
    assert_eq!(fs::read(&again).expect("packed"), packed);

    // A component all the same, to whoever reads components.
    let plain = fs::read(folder.join("echo.wasm")).expect("a component");
    assert!(packed.starts_with(&plain));
    wit_component::decode(&packed).expect("a component");

    let inspected = home.run(&["inspect", path(&file), "--json"]).json();
    assert_eq!(inspected["name"], "echo");
    assert_eq!(
        inspected["packed"],
        json!({
            "manifest": fs::metadata(folder.join("plugin.toml")).expect("a file").len(),
            "readme": 7, "icon": 6, "icon_type": "image/svg+xml",
        })
    );
    let shown = home.run(&["inspect", path(&file)]).done();
    assert_says(&shown, &["README (7 bytes), icon (image/svg+xml, 6 bytes)"]);

    // Nothing but the file is needed any more.
    fs::remove_dir_all(&folder).expect("removed");
    home.run(&["add", path(&file)]).done();
    let config = fs::read_to_string(home.config()).expect("a config");
    assert_says(&config, &[path(&file)]);
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert!(!lock.contains("origin"), "{lock}");
    let component = inspected["component"].as_str().expect("a digest");
    assert_says(&lock, &[component]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    home.run(&["verify"]).done();
}

#[test]
fn a_component_beside_its_manifest() {
    let home = Home::empty();
    let file = plugin_folder("echo").join("echo.wasm");
    let added = home.run(&["add", path(&file), "--json"]).json();
    assert_eq!(added["added"], "echo");
    let manifest = plugin_folder("offers").join("plugin.toml");
    home.run(&["add", path(&manifest)]).done();
}

#[test]
fn a_component_without_a_manifest() {
    let home = Home::empty();
    let folder = home.plugin("echo", "");
    let (plain, other) = (folder.join("echo.wasm"), folder.join("other.wasm"));
    fs::copy(&plain, &other).expect("copied");
    let alone = home.path("alone.wasm");
    fs::copy(&plain, &alone).expect("copied");
    for file in [&other, &alone] {
        let stderr = refused(&home, path(file));
        assert_says(
            &stderr,
            &["without the manifest", "portcullis:manifest", "pack"],
        );
        let stderr = home.run(&["pack", path(file)]).failed(1);
        assert_says(&stderr, &["without the manifest"]);
    }
    let inspected = home.run(&["inspect", path(&alone), "--json"]).json();
    assert_eq!(inspected["exports"], json!(["tools"]));
    assert!(inspected["name"].is_null() && inspected["packed"].is_null());
}

#[test]
fn a_file_that_is_cut_off_or_no_component() {
    let home = Home::empty();
    let (_, packed) = packed_echo(&home);
    let file = home.path("cut.wasm");
    fs::write(&file, &packed[..packed.len() - 1]).expect("written");
    assert_says(&refused(&home, path(&file)), &["cut.wasm", "is cut off"]);
    fs::write(&file, "hello").expect("written");
    assert_says(&refused(&home, path(&file)), &["is not WebAssembly"]);
    fs::write(&file, b"\0asm\x01\0\0\0").expect("written");
    assert_says(&refused(&home, path(&file)), &["core WebAssembly module"]);
    let stderr = refused(&home, path(&home.path("none.wasm")));
    assert_says(&stderr, &["none.wasm"]);
    let huge = fs::File::create(&file).expect("a file");
    huge.set_len((64 << 20) + 1).expect("a hole");
    assert_says(
        &refused(&home, path(&file)),
        &["accepted: at most 67108864"],
    );
}

#[test]
fn a_packed_manifest_that_is_wrong_is_told_with_its_place() {
    let home = Home::empty();
    let (_, packed) = packed_echo(&home);
    let text = String::from_utf8_lossy(&packed).into_owned();
    let at = text.rfind("version = ").expect("a manifest");
    // The bytes before it may be no text, so the place is found from the end.
    let at = packed.len() - (text.len() - at);
    let mut wrong = packed.clone();
    wrong[at..at + 7].copy_from_slice(b"verzion");
    let file = home.path("wrong.wasm");
    fs::write(&file, wrong).expect("written");
    let stderr = home.run(&["add", path(&file)]).failed(1);
    assert_says(&stderr, &["plugin.toml in ", "wrong.wasm:", "`verzion`"]);
    assert!(!home.config().exists());
}

#[test]
fn packing_writes_over_nothing_that_it_reads() {
    let home = Home::empty();
    let folder = home.plugin("echo", "");
    let component = folder.join("echo.wasm");
    let before = fs::read(&component).expect("a component");
    let stderr = home
        .run(&["pack", path(&folder), "-o", path(&component)])
        .failed(1);
    assert_says(&stderr, &["is the component that is packed", "--output"]);
    assert_eq!(fs::read(&component).expect("a component"), before);
    fs::write(folder.join("README.md"), vec![b'a'; (256 << 10) + 1]).expect("written");
    let stderr = home.run(&["pack", path(&folder)]).failed(1);
    assert_says(&stderr, &["README.md", "accepted: at most 262144"]);
}

#[test]
fn what_is_no_source_is_told() {
    let home = Home::empty();
    for source in [
        "ftp://example.com/echo.wasm",
        "http://example.com/echo.wasm",
        "https://me:secret@example.com/echo.wasm",
        "oci://acme/echo:0.1.0",
    ] {
        let stderr = refused(&home, source);
        assert_says(&stderr, &["accepted: "]);
        assert!(!stderr.contains("secret"), "{stderr}");
    }
}
