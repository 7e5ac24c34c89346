//! Directories whose files are resources: what happens in them is told to
//! those who ask.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

const RESOURCES: &str = "notifications/resources/list_changed";
const UPDATED: &str = "notifications/resources/updated";

/// A home whose probe has the directories `notes`, whose files are resources,
/// and `private`, whose files are not.
fn home() -> Home {
    let home = Home::empty();
    let requests = "\
        [[filesystem]]\nname = \"notes\"\naccess = \"read-write\"\nreason = \"r\"\nresources = \"probe:///{path}\"\n\
        [[filesystem]]\nname = \"private\"\nreason = \"r\"\n";
    let (notes, private) = (home.folder("notes"), home.folder("private"));
    fs::write(home.path("notes/a.txt"), "before").expect("written");
    fs::write(home.path("private/a.txt"), "before").expect("written");
    let (notes, private) = (
        format!("filesystem.notes={notes}"),
        format!("filesystem.private={private}"),
    );
    home.add_probe(requests, &["--grant", &notes, "--grant", &private]);
    home
}

/// A client that listens, once the directory is watched: a file is written
/// until that is told.
#[track_caller]
fn watching(home: &Home, wanted: &Value) -> Client {
    let mut client = Client::modern(home);
    let mut all = wanted.clone();
    let uris = all["resourceSubscriptions"].as_array().cloned();
    let mut uris = uris.unwrap_or_default();
    uris.push(json!("probe:///first"));
    all["resourceSubscriptions"] = json!(uris);
    client.send("subscriptions/listen", json!({ "notifications": all }));
    client.told("notifications/subscriptions/acknowledged");
    until_told(home, "first", &mut client);
    settled(&mut client);
    client
}

/// Writes a file until that is told, which it is once the directory is watched.
#[track_caller]
fn until_told(home: &Home, name: &str, client: &mut Client) {
    let told = (0..600).any(|number| {
        fs::write(home.path(&format!("notes/{name}")), number.to_string()).expect("written");
        std::thread::sleep(Duration::from_millis(100));
        client.text("clock", json!({}));
        count(&client.news(), UPDATED) > 0
    });
    assert!(told, "the directory is not watched");
}

/// Reads until nothing has been told for a while: what is told later has
/// another cause.
fn settled(client: &mut Client) {
    loop {
        std::thread::sleep(Duration::from_millis(300));
        client.text("clock", json!({}));
        if client.news().is_empty() {
            return;
        }
    }
}

fn count(messages: &[Value], method: &str) -> usize {
    let of = messages
        .iter()
        .filter(|message| message["method"] == method);
    of.count()
}

/// The next update has to be of this file.
#[track_caller]
fn assert_updated(client: &mut Client, path: &str) {
    let told = client.told(UPDATED);
    assert_eq!(told["params"]["uri"], format!("probe:///{path}"));
}

#[test]
fn a_file_that_is_written_is_another_resource() {
    let home = home();
    let wanted = json!({ "resourceSubscriptions": ["probe:///a.txt", "probe:///b/c.txt"] });
    let mut client = watching(&home, &wanted);
    fs::write(home.path("notes/a.txt"), "after").expect("written");
    assert_updated(&mut client, "a.txt");
    settled(&mut client);
    // By the guest itself, too.
    let write = json!({ "path": "/notes/a.txt", "text": "the guest's" });
    assert_eq!(client.text("write_file", write), "ok: 11 bytes");
    assert_updated(&mut client, "a.txt");
    settled(&mut client);
    fs::create_dir(home.path("notes/b")).expect("made");
    settled(&mut client);
    fs::write(home.path("notes/b/c.txt"), "below").expect("written");
    assert_updated(&mut client, "b/c.txt");
    // Lists were not asked for.
    assert_eq!(count(&client.close().rest, RESOURCES), 0);
}

#[test]
fn a_file_more_or_less_is_another_list() {
    let home = home();
    let mut client = watching(&home, &json!({ "resourcesListChanged": true }));
    let (old, new) = (home.path("notes/new.txt"), home.path("notes/newer.txt"));
    fs::write(&old, "").expect("written");
    client.told(RESOURCES);
    settled(&mut client);
    fs::rename(&old, &new).expect("moved");
    client.told(RESOURCES);
    settled(&mut client);
    fs::remove_file(&new).expect("removed");
    client.told(RESOURCES);
    settled(&mut client);
    // What is in a file does not change the list.
    fs::write(home.path("notes/a.txt"), "after").expect("written");
    fs::write(home.path("notes/first"), "again").expect("written");
    assert_updated(&mut client, "first");
    settled(&mut client);
    assert_eq!(count(&client.close().rest, RESOURCES), 0);
}

#[test]
fn names_are_percent_encoded() {
    let home = home();
    let wanted = json!({ "resourceSubscriptions": ["probe:///a%20b%25%3F%23.txt"] });
    let mut client = watching(&home, &wanted);
    fs::write(home.path("notes/a b%?#.txt"), "").expect("written");
    assert_updated(&mut client, "a%20b%25%3F%23.txt");
}

#[test]
fn a_directory_that_is_no_resource_is_not_watched() {
    let home = home();
    let wanted = json!({
        "resourcesListChanged": true,
        "resourceSubscriptions": ["probe:///a.txt", "probe:///private/a.txt"],
    });
    let mut client = watching(&home, &wanted);
    fs::write(home.path("private/a.txt"), "after").expect("written");
    fs::write(home.path("private/b.txt"), "new").expect("written");
    fs::write(home.path("notes/first"), "again").expect("written");
    assert_updated(&mut client, "first");
    settled(&mut client);
    assert_eq!(count(&client.close().rest, RESOURCES), 0);
}

#[test]
fn a_legacy_client_is_told_once_it_subscribes() {
    let home = home();
    let mut client = Client::legacy(&home);
    client.result("resources/subscribe", json!({ "uri": "probe:///a.txt" }));
    until_told(&home, "a.txt", &mut client);
    settled(&mut client);
    fs::write(home.path("notes/new.txt"), "").expect("written");
    client.told(RESOURCES);
    settled(&mut client);
    client.result("resources/unsubscribe", json!({ "uri": "probe:///a.txt" }));
    fs::write(home.path("notes/a.txt"), "unseen").expect("written");
    fs::write(home.path("notes/newer.txt"), "").expect("written");
    client.told(RESOURCES);
    settled(&mut client);
    assert_eq!(count(&client.close().rest, UPDATED), 0);
}
