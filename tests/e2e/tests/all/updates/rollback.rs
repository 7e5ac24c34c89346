//! Putting back the version before, and what is kept for that.

use std::fs;

use serde_json::json;

use super::{ONE, TWO, home, is, listed, release};
use crate::client::Client;
use crate::home::{Home, files, plugin_folder};

#[test]
fn it_is_undone_by_itself() {
    let home = home(ONE, &["--grant", "http=one.example"]);
    let first = fs::read_to_string(home.lock()).expect("a lock file");
    release(&home, "probe", "0.2.0", TWO);
    home.run(&["update", "probe", "--grant", "http=two.example"])
        .done();
    let second = home.installed();
    let granted = is("0.2.0", &["http=one.example", "http=two.example"]);
    for _ in 0..2 {
        let told = home.run(&["rollback", "probe", "--json"]).json();
        assert_eq!(
            told,
            json!({
                "plugin": "probe", "from": "0.2.0", "version": "0.1.0",
                "granted": [], "revoked": ["http=two.example"],
            })
        );
        assert_eq!(listed(&home), is("0.1.0", &["http=one.example"]));
        let lock = fs::read_to_string(home.lock()).expect("a lock file");
        assert!(lock.starts_with(&first), "{lock}");
        home.run(&["verify"]).done();
        let stdout = home.run(&["rollback", "probe"]).done();
        assert!(
            stdout.contains("granted again: http=two.example"),
            "{stdout}"
        );
        assert_eq!(listed(&home), granted);
        assert_eq!(home.installed(), second);
    }
}

#[test]
fn what_was_revoked_since_stays_revoked() {
    let home = home(
        TWO,
        &["--grant", "http=one.example", "--grant", "http=two.example"],
    );
    release(&home, "probe", "0.2.0", ONE);
    home.run(&["update"]).done();
    home.run(&["revoke", "probe", "http", "one.example"]).done();
    home.run(&["limits", "probe", "memory=32MiB"]).done();
    home.run(&["rollback", "probe"]).done();
    // That one was taken back by the update alone.
    assert_eq!(
        listed(&home),
        is("0.1.0", &["http=two.example", "limits.memory=32MiB"])
    );
}

#[test]
fn without_a_version_before_there_is_nothing_to_put_back() {
    let home = home(ONE, &[]);
    let before = home.installed();
    let stderr = home.run(&["rollback", "probe"]).failed(1);
    assert!(stderr.contains("no version before"), "{stderr}");
    let stderr = home.run(&["rollback", "other"]).failed(1);
    assert!(stderr.contains("no plugin `other`"), "{stderr}");
    assert_eq!(home.installed(), before);
}

#[test]
fn one_version_before_is_kept_and_goes_with_the_plugin() {
    let home = home(ONE, &[]);
    let stored = || files(&home.data().join("store")).len();
    assert_eq!(stored(), 2);
    for (version, files) in [("0.2.0", 4), ("0.3.0", 4)] {
        release(&home, "probe", version, ONE);
        home.run(&["update"]).done();
        assert_eq!(stored(), files);
        // What others do keeps it.
        home.add("offers", &[]);
        home.run(&["remove", "offers"]).done();
        assert_eq!(stored(), files);
    }
    home.run(&["rollback", "probe"]).done();
    assert_eq!(listed(&home), is("0.2.0", &[]));
    home.run(&["remove", "probe"]).done();
    assert_eq!(stored(), 0);
    assert_eq!(files(&home.data().join("descriptions")).len(), 0);
}

#[test]
fn a_start_after_it_runs_no_guest() {
    let home = Home::compiling(&[]);
    home.add_folder(&release(&home, "probe", "0.1.0", ONE), &[]);
    release(&home, "probe", "0.2.0", ONE);
    home.run(&["update"]).done();
    home.run(&["rollback", "probe"]).done();
    for file in home.artifacts() {
        fs::remove_file(file).expect("removed");
    }
    let mut client = Client::modern(&home);
    client.result("tools/list", json!({}));
    assert!(home.artifacts().is_empty(), "nothing was compiled");
    assert!(client.text("environment", json!({})).starts_with("ok"));
}

#[test]
fn a_damaged_version_before_is_found_and_not_put_back() {
    let home = home(ONE, &[]);
    let store = || files(&home.data().join("store"));
    let first = store();
    release(&home, "probe", "0.2.0", ONE);
    home.run(&["update"]).done();
    home.run(&["verify"]).done();
    for file in &first {
        let whole = fs::read(file).expect("a file");
        let mut damaged = whole.clone();
        damaged[10] ^= 1;
        fs::write(file, damaged).expect("written");
        let ran = home.run(&["verify"]);
        assert_eq!(ran.code, 1);
        for part in [
            "1 problem",
            "its version before, 0.1.0, cannot be put back, and the one that is installed is served",
            file.to_str().expect("Unicode"),
        ] {
            assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
        }
        let before = home.installed();
        let stderr = home.run(&["rollback", "probe"]).failed(1);
        assert!(stderr.contains("changed or damaged"), "{stderr}");
        assert_eq!(home.installed(), before);
        // What is installed works.
        home.run(&["call", "environment", "{}"]).done();
        fs::write(file, whole).expect("written");
    }
    fs::remove_file(&first[0]).expect("removed");
    assert_eq!(home.run(&["verify"]).code, 1);
    home.run(&["rollback", "probe"]).failed(1);
}

#[test]
fn a_version_before_that_collides_by_now_is_not_put_back() {
    let home = Home::empty();
    home.add_folder(&release(&home, "echo", "0.1.0", ""), &[]);
    let folder = release(&home, "echo", "0.2.0", "");
    fs::copy(
        plugin_folder("offers").join("offers.wasm"),
        folder.join("echo.wasm"),
    )
    .expect("copied");
    home.run(&["update", "echo", "--yes"]).done();
    home.add("echo", &["--name", "other"]);
    let before = home.installed();
    let stderr = home.run(&["rollback", "echo"]).failed(1);
    assert!(
        stderr.contains("is offered by both `other` and `echo`"),
        "{stderr}"
    );
    assert_eq!(home.installed(), before);
    home.run(&["remove", "other"]).done();
    home.run(&["rollback", "echo"]).done();
    Client::modern(&home).assert_answers();
}

#[test]
fn a_lock_file_of_an_earlier_version_is_read() {
    let home = home(ONE, &[]);
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert!(
        !lock.contains("previous") && !lock.contains("next"),
        "{lock}"
    );
    release(&home, "probe", "0.2.0", ONE);
    home.run(&["update"]).done();
    // Mistakes in what is new have their place.
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    fs::write(
        home.lock(),
        lock.replace("[plugins.probe.previous]", "[plugins.probe.before]"),
    )
    .expect("written");
    let stderr = home.run(&["list"]).failed(1);
    assert!(
        stderr.contains("unknown field `before` in [plugins.probe]"),
        "{stderr}"
    );
}
