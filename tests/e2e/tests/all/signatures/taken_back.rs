//! Trust that is taken back, also while what it was for is served.

use std::fs;

use serde_json::json;

use super::{Author, home};
use crate::client::Client;
use crate::home::{Home, path};

const TOOLS: &str = "notifications/tools/list_changed";

/// Puts another config in the place of the one that is there, as an editor does.
fn replace_config(home: &Home, text: &str) {
    let other = home.path("portcullis.toml.new");
    fs::write(&other, text).expect("written");
    fs::rename(&other, home.config()).expect("replaced");
}

#[test]
fn what_is_served_is_not_any_more_when_its_key_is_gone() {
    let author = Author::new();
    let (home, folder) = home(&author);
    home.run(&["add", path(&folder)]).done();
    let unsigned = Home::empty();
    let other = unsigned.plugin("offers", "");
    home.run(&["add", path(&other)]).done();
    let config = fs::read_to_string(home.config()).expect("a config");
    let mut client = Client::legacy(&home);
    client.assert_answers();

    let gone = config.replace(&author.public(), &Author::new().public());
    replace_config(&home, &gone);
    client.told(TOOLS);
    client.logged(&["`echo` is not served", "`acme`", "[trust] has no such key"]);
    let error = client.call_error("echo", json!({ "text": "a" }));
    assert_eq!(error["code"], -32602, "{error}");
    // Nobody has to sign the other one.
    client.text("locate", json!({ "name": "a" }));
    // A broken change on top of it brings nothing back.
    replace_config(&home, &format!("{gone}\n[trust"));
    client.logged(&["the change is not served"]);
    client.call_error("echo", json!({ "text": "a" }));

    replace_config(&home, &config);
    client.told(TOOLS);
    client.assert_answers();

    // That all have to be signed holds for what is served already.
    replace_config(
        &home,
        &format!("[trust]\nrequire-signature = true\n{config}"),
    );
    client.told(TOOLS);
    client.logged(&["`offers` is not served", "without a signature"]);
    client.assert_answers();
}
