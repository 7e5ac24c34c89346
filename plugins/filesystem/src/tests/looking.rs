//! Listing, searching and completing.

use std::fs;

use portcullis_sdk::{Value, json};

use super::{docs, error, ok, value, work};
use crate::filesystem;

#[test]
fn directories_are_made_listed_and_shown() {
    let work = work();
    ok("create_directory", json!({ "path": "/code/a/b/c" }));
    ok("create_directory", json!({ "path": "/code/a" }));
    fs::write(work.path().join("a/x.txt"), "four").unwrap();
    assert_eq!(
        value("list_directory", json!({ "path": "/code/a" })),
        json!({
            "path": "/code/a",
            "entries": [
                { "name": "b", "kind": "directory" },
                { "name": "x.txt", "kind": "file", "size": 4 },
            ],
            "truncated": false
        })
    );
    assert_eq!(
        value("directory_tree", json!({ "path": "/code" })),
        json!({
            "path": "/code",
            "children": [{ "name": "a", "kind": "directory", "children": [
                { "name": "b", "kind": "directory", "children": [
                    { "name": "c", "kind": "directory", "children": [] },
                ] },
                { "name": "x.txt", "kind": "file" },
            ] }],
            "truncated": false
        })
    );
    let cut = value("directory_tree", json!({ "path": "/code", "max_depth": 2 }));
    assert_eq!(cut["truncated"], true);
    assert_eq!(
        cut["children"][0]["children"][0],
        json!({ "name": "b", "kind": "directory" })
    );
    let message = error("list_directory", json!({ "path": "/code/a/x.txt" }));
    assert_eq!(message, "`/code/a/x.txt` is not a directory");
}

#[test]
fn a_wide_tree_is_cut() {
    let work = work();
    for number in 0..2500 {
        fs::write(work.path().join(format!("{number:04}")), "").unwrap();
    }
    let tree = value("directory_tree", json!({ "path": "/code" }));
    assert_eq!(tree["children"].as_array().unwrap().len(), 2000);
    assert_eq!(tree["truncated"], true);
    let listing = value("list_directory", json!({ "path": "/code" }));
    assert_eq!(listing["entries"].as_array().unwrap().len(), 2000);
    assert_eq!(listing["truncated"], true);
    let found = value("search_files", json!({ "path": "/code", "pattern": "*" }));
    assert_eq!(found["matches"].as_array().unwrap().len(), 1000);
    assert_eq!(found["truncated"], true);
}

#[test]
fn files_are_found() {
    let work = work();
    for path in ["src/lib.rs", "src/deep/a.rs", "target/b.rs", "c.txt"] {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let found = |pattern: &str, exclude: &[&str]| -> Vec<String> {
        let arguments = json!({ "path": "/code", "pattern": pattern, "exclude": exclude });
        let value = value("search_files", arguments);
        assert_eq!(value["truncated"], false);
        let matches = value["matches"].as_array().unwrap();
        let path = |found: &Value| found["path"].as_str().unwrap().to_owned();
        matches.iter().map(path).collect()
    };
    assert_eq!(
        found("**/*.rs", &[]),
        [
            "/code/src/deep/a.rs",
            "/code/src/lib.rs",
            "/code/target/b.rs"
        ]
    );
    assert_eq!(
        found("*.rs", &["target", "src/deep/**"]),
        ["/code/src/lib.rs"]
    );
    assert_eq!(found("deep", &[]), ["/code/src/deep"]);
    assert_eq!(found("*.c", &[]), [""; 0]);
}

#[test]
fn info_of_a_file() {
    let work = work();
    fs::write(work.path().join("a.md"), "four").unwrap();
    let info = value("file_info", json!({ "path": "/code/a.md" }));
    assert_eq!(info["kind"], "file");
    assert_eq!(info["size"], 4);
    assert_eq!(info["media_type"], "text/markdown");
    assert_eq!(info["writable"], true);
    let modified = info["modified"].as_str().unwrap();
    assert!(
        modified.ends_with('Z') && modified.len() == 20,
        "{modified}"
    );
    let info = value("file_info", json!({ "path": "/code" }));
    assert_eq!(info["kind"], "directory");
    assert!(info["size"].is_null());
}

#[test]
fn paths_complete() {
    let work = work();
    let _docs = docs();
    fs::create_dir_all(work.path().join("src/deep")).unwrap();
    fs::write(work.path().join("src/lib.rs"), "").unwrap();
    let complete = |typed: &str| {
        filesystem::plugin()
            .complete_resource("fs://file/{+path}", "path", typed, &[])
            .unwrap()
    };
    assert_eq!(complete(""), ["code/", "docs/"]);
    assert_eq!(complete("/c"), ["code/"]);
    assert_eq!(complete("code/"), ["code/src/"]);
    assert_eq!(complete("code/src/"), ["code/src/deep/", "code/src/lib.rs"]);
    assert_eq!(complete("code/src/l"), ["code/src/lib.rs"]);
    assert_eq!(complete("etc/"), [""; 0]);
}
