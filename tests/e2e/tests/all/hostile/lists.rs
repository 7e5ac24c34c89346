//! Attacks from within `list`, which runs when a plugin is installed and when
//! it says that it changed.

use std::fs;

use serde_json::json;

use super::{home, refused};
use crate::client::Client;
use crate::home::{Home, path};

#[test]
fn none_of_them_is_installed() {
    let home = Home::with(&["echo"]);
    for (how, limit, words) in [
        ("spin", "limits.fuel=20000000", ["`liar`", "fuel limit"]),
        (
            "recurse",
            "limits.deadline=5s",
            ["`liar` crashed", "memory access"],
        ),
        ("hoard", "limits.memory=8MiB", ["`liar`", "memory limit"]),
        (
            "panic",
            "limits.deadline=5s",
            ["`liar` crashed", "asked to panic"],
        ),
        (
            "abort",
            "limits.deadline=5s",
            ["`liar` crashed", "unreachable"],
        ),
        ("exit", "limits.deadline=5s", ["`liar` exited", "code 0"]),
        (
            "no JSON",
            "limits.deadline=5s",
            ["tool `schema`", "not JSON"],
        ),
        (
            "deep JSON",
            "limits.deadline=5s",
            ["tool `schema`", "nests deeper"],
        ),
        ("many", "limits.memory=256MiB", ["`liar`", "output limit"]),
        ("large", "limits.memory=256MiB", ["`liar`", "output limit"]),
        (
            "escapes in a name",
            "limits.deadline=5s",
            ["`liar`", "A-Z a-z 0-9"],
        ),
    ] {
        let setting = format!("settings.list={how}");
        let stderr = refused(&home, "liar", &[&setting, limit]);
        for word in words {
            assert!(stderr.contains(word), "{how}: {stderr}");
        }
    }
    let mut client = Client::modern(&home);
    client.assert_answers();
}

#[test]
fn spinning_ends_at_the_deadline() {
    let home = Home::with(&["echo"]);
    let grants = [
        "settings.list=spin",
        "limits.fuel=off",
        "limits.deadline=1s",
    ];
    let stderr = refused(&home, "liar", &grants);
    assert!(
        stderr.contains("`liar`") && stderr.contains("deadline limit"),
        "{stderr}"
    );
}

/// A home with the liar, and a server on it that has seen what it truly offers.
fn serving() -> (Home, Client) {
    let home = home(
        "liar",
        "",
        &[
            "settings.list=truth",
            "limits.deadline=20s",
            "limits.fuel=off",
        ],
    );
    let client = Client::legacy(&home);
    (home, client)
}

#[test]
fn while_it_is_served_the_others_are() {
    let (home, mut client) = serving();
    client.assert_answers();
    let config = fs::read_to_string(home.config()).expect("a config");
    for (how, why) in [
        ("spin", "deadline limit"),
        ("panic", "asked to panic"),
        ("exit", "exited with code"),
        ("escapes in a name", "A-Z a-z 0-9"),
        ("hoard", "memory limit"),
    ] {
        let mut changed = config.replace("truth", how);
        if how == "spin" {
            // The others are to end sooner, on a busy machine too.
            changed = changed.replace("20s", "1s");
        }
        fs::write(home.config(), changed).expect("written");
        client.logged(&["`liar`", why]);
        client.assert_answers();
        fs::write(home.config(), &config).expect("written");
    }
    client.assert_answers();
}

#[test]
fn one_that_was_installed_is_not_asked_at_start() {
    // Should it spin whenever it is asked, the others are served at once: what
    // it offers is kept since it was installed.
    let home = home("liar", "", &["settings.list=truth"]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let listed = client.result("tools/list", json!({}));
    let names = listed["tools"].as_array().expect("a list").iter();
    assert_eq!(names.filter(|tool| tool["name"] == "deep").count(), 1);
}

#[test]
fn one_that_reports_changes_is_not_listed_for_ever() {
    let home = home("liar", "", &["settings.list=changes", "keyvalue"]);
    let mut client = Client::legacy(&home);
    // One true change, and `list` reports ten more whenever it runs.
    client.call("change", json!({}));
    client.told("notifications/tools/list_changed");
    // While each list makes another, this never stands still.
    let mut before = usize::MAX;
    let settled = (0..60).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        client.assert_answers();
        let told = client.news().len();
        std::mem::replace(&mut before, told) == 0 && told == 0
    });
    assert!(settled, "it is still listed again and again");
}

#[test]
fn a_name_of_anothers_is_not_taken_while_it_is_served() {
    let home = Home::with(&["echo"]);
    let folder = home.plugin("liar", "");
    // Before the other in every order.
    let grants = [
        "--grant",
        "settings.list=what is kept",
        "--grant",
        "keyvalue",
    ];
    home.add_folder(&folder, &[&["--name", "aaa"], &grants[..]].concat());
    let mut client = Client::legacy(&home);
    client.call("change", json!({ "name": "mine" }));
    client.told("notifications/tools/list_changed");
    let listed = client.result("tools/list", json!({})).to_string();
    assert!(listed.contains("\"mine\""), "{listed}");

    client.call("change", json!({ "name": "echo" }));
    client.logged(&["`aaa`", "`echo`", "what it offered before"]);
    for mut client in [client, Client::modern(&home)] {
        client.assert_answers();
        let listed = client.result("tools/list", json!({})).to_string();
        assert!(listed.contains("\"mine\""), "{listed}");
    }
}

#[test]
fn a_description_that_changes_is_told_to_clients() {
    let home = home("liar", "", &["settings.list=what is kept", "keyvalue"]);
    let mut client = Client::legacy(&home);
    let described = |client: &mut Client| client.result("tools/list", json!({})).to_string();
    assert!(described(&mut client).contains("Adds numbers."));
    client.call("change", json!({ "send": "your mail" }));
    client.told("notifications/tools/list_changed");
    assert!(described(&mut client).contains("your mail"));
    client.assert_answers();
}

#[test]
fn a_description_that_changes_is_told_to_the_admin() {
    let home = home("liar", "", &["settings.list=what is kept", "keyvalue"]);
    let mut client = Client::legacy(&home);
    client.call("change", json!({ "send": "your mail" }));
    client.told("notifications/tools/list_changed");
    client.logged(&["`liar`", "`change`", "description"]);
}

#[test]
fn a_list_that_became_unusable_changes_nothing() {
    let home = home("liar", "", &["settings.list=truth"]);
    let before = fs::read(home.lock()).expect("a lock file");
    let folder = home.plugin("liar", "");
    let again = [
        "add",
        path(&folder),
        "--name",
        "again",
        "--grant",
        "settings.list=panic",
    ];
    home.run(&again).failed(1);
    assert_eq!(fs::read(home.lock()).expect("a lock file"), before);
    let mut client = Client::modern(&home);
    client.assert_answers();
}
