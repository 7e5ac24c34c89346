//! Granted folders, and nothing beside them.

use std::fs;

use serde_json::json;

use super::{assert_denied, assert_ok, attempt};
use crate::client::Client;
use crate::home::{Home, path};

const READ: &str = "[[filesystem]]\nname = \"docs\"\naccess = \"read\"\n";
const READ_WRITE: &str = "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n";

/// A home whose probe has `docs`, with `a.txt` in it and `secret.txt`
/// beside it.
fn home(requests: &str, suffix: &str) -> Home {
    let home = Home::empty();
    let docs = home.folder("docs");
    fs::write(home.path("docs/a.txt"), "alpha").expect("written");
    fs::write(home.path("secret.txt"), "secret").expect("written");
    home.add_probe(
        requests,
        &["--grant", &format!("filesystem.docs={docs}{suffix}")],
    );
    home
}

#[test]
fn a_granted_folder_is_read() {
    for (requests, suffix) in [
        (READ, ""),
        (READ, ":ro"),
        (READ_WRITE, ":ro"),
        (READ_WRITE, ""),
    ] {
        let home = home(requests, suffix);
        let mut client = Client::modern(&home);
        assert_ok(
            &mut client,
            "read_file",
            json!({ "path": "/docs/a.txt" }),
            "alpha",
        );
        assert_ok(&mut client, "list_dir", json!({ "path": "/docs" }), "a.txt");
    }
}

#[test]
fn what_is_only_requested_or_only_granted_is_not_written() {
    for (requests, suffix) in [(READ, ""), (READ, ":ro"), (READ_WRITE, ":ro")] {
        let home = home(requests, suffix);
        let mut client = Client::modern(&home);
        assert_denied(
            &mut client,
            "write_file",
            json!({ "path": "/docs/a.txt", "text": "x" }),
        );
        assert_denied(
            &mut client,
            "write_file",
            json!({ "path": "/docs/new.txt", "text": "x" }),
        );
        assert_denied(
            &mut client,
            "rename",
            json!({ "from": "/docs/a.txt", "to": "/docs/b.txt" }),
        );
        assert_denied(&mut client, "remove_file", json!({ "path": "/docs/a.txt" }));
        assert_denied(
            &mut client,
            "symlink",
            json!({ "target": "a.txt", "link": "/docs/link" }),
        );
        assert_denied(
            &mut client,
            "hard_link",
            json!({ "target": "/docs/a.txt", "link": "/docs/hard" }),
        );
        let left = fs::read_dir(home.path("docs")).expect("a folder").count();
        assert_eq!(
            (
                left,
                fs::read_to_string(home.path("docs/a.txt")).expect("it is there")
            ),
            (1, "alpha".into())
        );
    }
}

#[test]
fn read_write_is_written() {
    let home = home(READ_WRITE, "");
    let mut client = Client::modern(&home);
    assert_ok(
        &mut client,
        "write_file",
        json!({ "path": "/docs/new.txt", "text": "beta" }),
        "4 bytes",
    );
    assert_ok(
        &mut client,
        "rename",
        json!({ "from": "/docs/new.txt", "to": "/docs/b.txt" }),
        "moved",
    );
    assert_eq!(
        fs::read_to_string(home.path("docs/b.txt")).expect("written"),
        "beta"
    );
    assert_ok(
        &mut client,
        "remove_file",
        json!({ "path": "/docs/b.txt" }),
        "removed",
    );
    assert!(!home.path("docs/b.txt").exists());
}

#[test]
fn paths_do_not_leave_the_folder() {
    let home = home(READ_WRITE, "");
    let absolute = home.path("secret.txt");
    let mut client = Client::modern(&home);
    for file in [
        "/docs/../secret.txt",
        "/docs/./../secret.txt",
        "/docs/a.txt/../../secret.txt",
        "/secret.txt",
        path(&absolute),
    ] {
        assert_denied(&mut client, "read_file", json!({ "path": file }));
        assert_denied(
            &mut client,
            "write_file",
            json!({ "path": file, "text": "x" }),
        );
    }
    assert_denied(&mut client, "list_dir", json!({ "path": "/docs/.." }));
    assert_denied(
        &mut client,
        "rename",
        json!({ "from": "/docs/a.txt", "to": "/docs/../b.txt" }),
    );
    assert_eq!(
        fs::read_to_string(&absolute).expect("it is there"),
        "secret"
    );
    assert!(home.path("docs/a.txt").exists());
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    use std::os::unix::fs::symlink;

    let home = home(READ_WRITE, "");
    fs::create_dir(home.path("outside")).expect("a folder");
    fs::write(home.path("outside/secret.txt"), "secret").expect("written");
    symlink("../secret.txt", home.path("docs/relative")).expect("linked");
    symlink(home.path("secret.txt"), home.path("docs/absolute")).expect("linked");
    symlink("../outside", home.path("docs/folder")).expect("linked");
    symlink("a.txt", home.path("docs/inside")).expect("linked");
    let mut client = Client::modern(&home);
    for file in [
        "/docs/relative",
        "/docs/absolute",
        "/docs/folder/secret.txt",
    ] {
        assert_denied(&mut client, "read_file", json!({ "path": file }));
        assert_denied(
            &mut client,
            "write_file",
            json!({ "path": file, "text": "x" }),
        );
    }
    assert_denied(
        &mut client,
        "write_file",
        json!({ "path": "/docs/folder/new.txt", "text": "x" }),
    );
    assert_denied(&mut client, "list_dir", json!({ "path": "/docs/folder" }));
    assert_ok(
        &mut client,
        "read_file",
        json!({ "path": "/docs/inside" }),
        "alpha",
    );
    assert_eq!(
        fs::read_to_string(home.path("secret.txt")).expect("it is there"),
        "secret"
    );
    assert_eq!(
        fs::read_to_string(home.path("outside/secret.txt")).expect("it is there"),
        "secret"
    );
    assert!(!home.path("outside/new.txt").exists());
}

#[cfg(unix)]
#[test]
fn links_of_the_guests_own_do_not_lead_out() {
    let home = home(READ_WRITE, "");
    let absolute = home.path("secret.txt");
    let mut client = Client::modern(&home);
    // An absolute target is refused at once; a relative one may be made,
    // and is not followed.
    assert_denied(
        &mut client,
        "symlink",
        json!({ "target": path(&absolute), "link": "/docs/one" }),
    );
    attempt(
        &mut client,
        "symlink",
        json!({ "target": "../secret.txt", "link": "/docs/two" }),
    );
    assert_denied(&mut client, "read_file", json!({ "path": "/docs/one" }));
    assert_denied(&mut client, "read_file", json!({ "path": "/docs/two" }));
    for link in ["/docs/one", "/docs/two"] {
        attempt(
            &mut client,
            "write_file",
            json!({ "path": link, "text": "x" }),
        );
    }
    assert_denied(
        &mut client,
        "hard_link",
        json!({ "target": "/docs/../secret.txt", "link": "/docs/three" }),
    );
    assert_eq!(
        fs::read_to_string(&absolute).expect("it is there"),
        "secret"
    );
}

#[test]
fn another_name_is_not_there() {
    let home = home(READ, "");
    let mut client = Client::modern(&home);
    assert_denied(&mut client, "list_dir", json!({ "path": "/other" }));
    assert_denied(&mut client, "list_dir", json!({ "path": "/" }));
}
