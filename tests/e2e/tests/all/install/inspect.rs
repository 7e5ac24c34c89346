//! `inspect`: of what is installed, of a folder, of a component.

use std::fs;

use serde_json::json;

use crate::home::{Home, path, plugin_folder};

#[test]
fn inspecting_as_json() {
    let home = Home::empty();
    let docs = home.folder("docs");
    home.add_probe(
        "[[filesystem]]\nname = \"docs\"\nreason = \"to read them\"\n",
        &["--grant", &format!("filesystem.docs={docs}:ro")],
    );
    let installed = home.run(&["inspect", "probe", "--json"]).json();
    assert_eq!(installed["name"], "probe");
    assert_eq!(installed["version"], "0.1.0");
    assert_eq!(installed["installed"], true);
    assert_eq!(installed["exports"], json!(["tools"]));
    assert_eq!(
        installed["requests"],
        json!([{ "kind": "filesystem", "what": "read /docs", "reason": "to read them" }])
    );
    assert_eq!(
        installed["granted"],
        json!([format!("filesystem.docs={docs}:ro")])
    );
    let component = installed["component"].as_str().expect("a digest");
    assert!(component.starts_with("blake3:"), "{component}");
    assert!(
        installed["imports"]
            .as_array()
            .is_some_and(|imports| !imports.is_empty())
    );

    // The same of the folder it came from, and of the component alone.
    let folder = home.path("plugins/probe");
    let of_folder = home.run(&["inspect", path(&folder), "--json"]).json();
    assert_eq!(of_folder["installed"], false);
    assert_eq!(of_folder["component"], component);
    let of_file = home
        .run(&["inspect", path(&folder.join("probe.wasm")), "--json"])
        .json();
    assert_eq!(of_file["component"], component);
    assert_eq!(of_file["exports"], json!(["tools"]));
    let size = fs::metadata(folder.join("probe.wasm"))
        .expect("a file")
        .len();
    assert_eq!(of_file["size"], size);
}

#[test]
fn inspecting_what_a_manifest_says_beside_its_requests() {
    let home = Home::empty();
    let docs = home.folder("docs");
    let said = "[[filesystem]]\nname = \"docs\"\nresources = \"docs:///{path}\"\n\
                [keyvalue]\nreason = \"remembers\"\n\
                [cache]\nlists = \"5m\"\nscope = \"public\"\n\
                [tools.http_get]\ntask = \"optional\"\n";
    let grants = [
        "--grant",
        &format!("filesystem.docs={docs}"),
        "--grant",
        "keyvalue",
    ];
    home.add_probe(said, &grants);
    let installed = home.run(&["inspect", "probe", "--json"]).json();
    assert_eq!(
        installed["requests"],
        json!([
            { "kind": "filesystem", "what": "read /docs" },
            { "kind": "keyvalue", "what": "a key-value store of its own", "reason": "remembers" },
        ])
    );
    assert_eq!(
        installed["granted"],
        json!([format!("filesystem.docs={docs}"), "keyvalue"])
    );
    assert_eq!(installed["resources"], json!({ "docs": "docs:///{path}" }));
    assert_eq!(
        installed["cache"],
        json!({ "lists": "5m", "resources": "0s", "scope": "public" })
    );
    assert_eq!(installed["tasks"], json!({ "http_get": "optional" }));

    home.add("echo", &["--prefix", "echo"]);
    let echo = home.run(&["inspect", "echo", "--json"]).json();
    for absent in ["resources", "cache", "tasks"] {
        assert!(echo[absent].is_null(), "{echo}");
    }
}

#[test]
fn inspecting_a_component_with_any_subset_of_the_exports() {
    let home = Home::empty();
    for (guest, exports) in [
        ("echo", json!(["tools"])),
        (
            "offers",
            json!(["tools", "resources", "prompts", "completion"]),
        ),
    ] {
        let file = plugin_folder(guest).join(format!("{guest}.wasm"));
        let inspected = home.run(&["inspect", path(&file), "--json"]).json();
        assert_eq!(inspected["exports"], exports);
    }
}
