//! An update that is killed between its two files: what the config grants says
//! which version is installed, for whoever reads them and for who changes them next.

use std::fs;

use super::{ONE, TWO, home, is, listed, release};
use crate::client::Client;
use crate::home::Home;

/// The config and the lock file before an update, in the middle of it and after
/// it.
struct Files {
    config: [String; 2],
    lock: [String; 3],
}

/// A home with an update that is done, and the files that it went through.
fn updated() -> (Home, Files) {
    let home = home(ONE, &["--grant", "http=one.example"]);
    let text = |path| fs::read_to_string(path).expect("a file");
    let (config, before) = (text(home.config()), text(home.lock()));
    release(&home, "probe", "0.2.0", TWO);
    home.run(&["update", "probe", "--grant", "http=two.example"])
        .done();
    let after = text(home.lock());
    let (_, tables) = after.split_once("[plugins.probe]\n").expect("its table");
    let (version, previous) = tables
        .split_once("\n[plugins.probe.previous]\n")
        .expect("the one before");
    let granted = "http = [\"one.example\", \"two.example\"]\n";
    let granted = blake3::hash(granted.as_bytes()).to_hex();
    let between = format!(
        "{before}\n[plugins.probe.next]\n{version}grant = \"blake3:{granted}\"\n\n\
         [plugins.probe.next.previous]\n{previous}"
    );
    let files = Files {
        config: [config, text(home.config())],
        lock: [before, between, after],
    };
    (home, files)
}

#[test]
fn before_the_config_is_written_nothing_has_happened() {
    let (home, Files { config, lock }) = updated();
    fs::write(home.config(), &config[0]).expect("written");
    fs::write(home.lock(), &lock[1]).expect("written");
    assert_eq!(listed(&home), is("0.1.0", &["http=one.example"]));
    home.run(&["verify"]).done();
    home.run(&["rollback", "probe"]).failed(1);
    // Who changes something clears it away, and it can be done again.
    assert_eq!(fs::read_to_string(home.lock()).expect("a file"), lock[0]);
    home.run(&["update", "probe", "--grant", "http=two.example"])
        .done();
    assert_eq!(fs::read_to_string(home.lock()).expect("a file"), lock[2]);
    assert_eq!(
        fs::read_to_string(home.config()).expect("a file"),
        config[1]
    );
}

#[test]
fn once_the_config_is_written_it_is_done() {
    let (home, Files { config, lock }) = updated();
    fs::write(home.lock(), &lock[1]).expect("written");
    let updated = is("0.2.0", &["http=one.example", "http=two.example"]);
    assert_eq!(listed(&home), updated);
    home.run(&["verify"]).done();
    let mut client = Client::modern(&home);
    let text = client.text("environment", serde_json::json!({}));
    assert!(text.starts_with("ok"), "{text}");
    drop(client);
    home.run(&["grant", "probe"]).done();
    assert_eq!(fs::read_to_string(home.lock()).expect("a file"), lock[2]);
    home.run(&["rollback", "probe"]).done();
    assert_eq!(listed(&home), is("0.1.0", &["http=one.example"]));
    assert_eq!(
        fs::read_to_string(home.config()).expect("a file"),
        config[0]
    );
}

#[test]
fn an_edit_in_between_is_not_taken_for_the_update() {
    let (home, Files { config, lock }) = updated();
    let edited = config[0].replace("one.example\"", "one.example\", \"evil.example\"");
    fs::write(home.config(), edited).expect("written");
    fs::write(home.lock(), &lock[1]).expect("written");
    let problem = listed(&home);
    assert_eq!(problem[0], "0.1.0");
    let cause = problem[2].as_str().expect("a problem");
    assert!(cause.contains("evil.example"), "{cause}");
}
