//! Directories that the admin has named and leaves to the user.

use std::fs;

use serde_json::{Value, json};

use super::{ERAS, Era, answering, config, says, user};
use crate::client::Client;
use crate::home::{Home, path};

const ASKS: &str =
    "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\nreason = \"to look things up\"\n";

/// A home whose probe asks for a folder with a file in it.
fn home(grants: &[&str]) -> Home {
    let home = Home::empty();
    let docs = home.folder("docs");
    fs::write(home.path("docs/a.txt"), "hello").expect("written");
    let ask = format!("filesystem.docs=ask:{docs}");
    let mut arguments = vec!["--grant", &ask];
    for grant in grants {
        arguments.extend(["--grant", grant]);
    }
    home.add_probe(ASKS, &arguments);
    home
}

fn read() -> (&'static str, Value) {
    ("read_file", json!({ "path": "/docs/a.txt" }))
}

/// Reads the file, and nobody is asked.
#[track_caller]
fn read_unasked(client: &mut Client) -> String {
    let (tool, arguments) = read();
    client.text(tool, arguments)
}

#[test]
fn the_user_is_asked_about_the_folder_at_its_first_use() {
    let home = home(&[]);
    let before = config(&home);
    for era in ERAS {
        let mut client = user(&home, era);
        // Who looks at no file is asked nothing.
        assert!(client.text("clock", json!({})).starts_with("ok: "));
        for _ in 0..2 {
            let (asked, text) = answering(&mut client, era, read(), &[says("once")]);
            assert_eq!(text, "ok: hello", "{era:?}");
            assert_eq!(
                asked[0]["message"],
                format!(
                    "Portcullis asks, not the plugin: may plugin `probe` read and change the folder \
                     {} and all that is in it? It asked for that when it was installed, and was \
                     not granted it. The reason it gives: “to look things up”",
                    path(&home.path("docs"))
                )
            );
        }
    }
    assert_eq!(config(&home), before);
}

#[test]
fn nothing_is_looked_at_before_the_user_allows_it() {
    let home = home(&[]);
    for era in ERAS {
        for (tool, arguments) in [
            read(),
            ("list_dir", json!({ "path": "/docs" })),
            ("write_file", json!({ "path": "/docs/b.txt", "text": "x" })),
            ("remove_file", json!({ "path": "/docs/a.txt" })),
            (
                "rename",
                json!({ "from": "/docs/a.txt", "to": "/docs/c.txt" }),
            ),
            ("symlink", json!({ "target": "a.txt", "link": "/docs/d" })),
            (
                "hard_link",
                json!({ "target": "/docs/a.txt", "link": "/docs/e" }),
            ),
        ] {
            let mut client = user(&home, era);
            let declined = json!({ "action": "decline" });
            let (_, text) = answering(&mut client, era, (tool, arguments), &[declined]);
            assert!(text.starts_with("denied: "), "{era:?} {tool} {text}");
        }
    }
    let left: Vec<_> = crate::home::files(&home.path("docs"));
    assert_eq!(left, [home.path("docs/a.txt")]);
}

#[test]
fn who_cannot_be_asked_refuses() {
    let home = home(&[]);
    assert!(read_unasked(&mut Client::modern(&home)).starts_with("denied: "));
    assert!(read_unasked(&mut Client::legacy(&home)).starts_with("denied: "));
}

#[test]
fn always_is_granted_and_nobody_is_asked_again() {
    for era in ERAS {
        let home = home(&[]);
        let mut client = user(&home, era);
        let (_, text) = answering(&mut client, era, read(), &[says("always")]);
        assert_eq!(text, "ok: hello", "{era:?}");
        assert_eq!(read_unasked(&mut client), "ok: hello");
        let granted = format!("filesystem.docs = \"{}\"", path(&home.path("docs")));
        assert!(config(&home).contains(&granted), "{}", config(&home));
        drop(client);
        assert_eq!(read_unasked(&mut Client::modern(&home)), "ok: hello");
    }
}

#[test]
fn never_is_remembered_and_nobody_is_asked_again() {
    for era in ERAS {
        let home = home(&[]);
        let mut client = user(&home, era);
        let (_, text) = answering(&mut client, era, read(), &[says("never")]);
        assert!(text.starts_with("denied: "), "{era:?} {text}");
        assert!(read_unasked(&mut client).starts_with("denied: "));
        let never = format!(
            "filesystem.docs = {{ never = \"{}\" }}",
            path(&home.path("docs"))
        );
        assert!(config(&home).contains(&never), "{}", config(&home));
        drop(client);
        assert!(read_unasked(&mut user(&home, era)).starts_with("denied: "));
    }
}

#[test]
fn what_may_be_read_may_not_be_written() {
    let home = Home::empty();
    let ask = format!("filesystem.docs=ask:{}:ro", home.folder("docs"));
    home.add_probe(ASKS, &["--grant", &ask]);
    let mut client = user(&home, Era::Legacy);
    let write = ("write_file", json!({ "path": "/docs/b.txt", "text": "x" }));
    let (asked, text) = answering(&mut client, Era::Legacy, write, &[says("always")]);
    assert!(text.starts_with("denied: "), "{text}");
    let message = asked[0]["message"].as_str().expect("a message");
    assert!(
        message.contains("may plugin `probe` read the folder"),
        "{message}"
    );
    let kept = format!(
        "filesystem.docs = {{ path = \"{}\", access = \"read\" }}",
        path(&home.path("docs"))
    );
    assert!(config(&home).contains(&kept), "{}", config(&home));
    assert!(crate::home::files(&home.path("docs")).is_empty());
}

#[test]
fn what_an_earlier_call_has_opened_is_asked_for_again() {
    let home = Home::empty();
    let ask = format!("filesystem.docs=ask:{}", home.folder("docs"));
    fs::write(home.path("docs/a.txt"), "hello").expect("written");
    let folder = home.plugin("probe", ASKS);
    let manifest = fs::read_to_string(folder.join("plugin.toml")).expect("a manifest");
    let component = "component = \"probe.wasm\"";
    let kept = manifest.replace(component, &format!("{component}\ninstances = \"reuse\""));
    fs::write(folder.join("plugin.toml"), kept).expect("written");
    home.add_folder(&folder, &["--grant", &ask, "--grant", "instances=reuse"]);
    for era in ERAS {
        let mut client = user(&home, era);
        let (_, text) = answering(&mut client, era, read(), &[says("once")]);
        assert_eq!(text, "ok: hello");
        let declined = json!({ "action": "decline" });
        let (_, text) = answering(&mut client, era, read(), &[declined]);
        assert!(text.starts_with("denied: "), "{era:?} {text}");
    }
}

#[test]
fn a_directory_has_one_place() {
    let home = home(&[]);
    let ask = format!("{{ ask = \"{}\" }}", path(&home.path("docs")));
    for (wrong, part) in [
        ("{ access = \"read\" }", "there is none"),
        ("{ path = \"/a\", ask = \"/a\" }", "there is several"),
        (
            "{ ask = true }",
            "`ask` in [plugins.probe.grant.filesystem.docs] is a boolean",
        ),
    ] {
        let right = config(&home);
        assert!(right.contains(&ask), "{right}");
        fs::write(home.config(), right.replace(&ask, wrong)).expect("written");
        let stderr = home.run(&["list"]).failed(1);
        assert!(stderr.contains(part), "`{part}`: {stderr}");
        fs::write(home.config(), right).expect("written");
    }
}
