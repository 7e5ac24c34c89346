//! Changes of what is offered, as plugins report them and as the admin makes
//! them while the server runs.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, LEGACY, LEGACY_REVISIONS, message_of, result, text_of};
use crate::home::Home;

pub(super) const TOOLS: &str = "notifications/tools/list_changed";
pub(super) const PROMPTS: &str = "notifications/prompts/list_changed";
pub(super) const RESOURCES: &str = "notifications/resources/list_changed";
const UPDATED: &str = "notifications/resources/updated";
const WATCHED: &str = "test://watched-resource";

/// A client that is told of all changes of lists: legacy ones are without
/// asking.
pub(super) fn listener(home: &Home, modern: bool) -> Client {
    if !modern {
        return Client::legacy(home);
    }
    let mut client = Client::modern(home);
    let lists = json!({
        "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
    });
    client.send("subscriptions/listen", json!({ "notifications": lists }));
    client.told("notifications/subscriptions/acknowledged");
    client
}

fn names(client: &mut Client, method: &str, member: &str) -> Vec<String> {
    let listed = client.result(method, json!({}));
    let entries = listed[member].as_array().expect("a list");
    let names = entries.iter().filter_map(|entry| entry["name"].as_str());
    names.map(str::to_owned).collect()
}

pub(super) fn tools(client: &mut Client) -> Vec<String> {
    names(client, "tools/list", "tools")
}

pub(super) fn count(messages: &[Value], method: &str) -> usize {
    let of = messages
        .iter()
        .filter(|message| message["method"] == method);
    of.count()
}

#[test]
fn a_legacy_client_is_told_of_lists_without_asking() {
    let home = Home::with(&["everything"]);
    for revision in LEGACY_REVISIONS {
        let mut client = Client::at(&home, revision);
        client.text("test_trigger_tool_change", json!({}));
        assert_eq!(
            client.told(TOOLS).get("params"),
            Some(&json!({})),
            "{revision}"
        );
        client.text("test_trigger_prompt_change", json!({}));
        client.told(PROMPTS);
        // Of a resource only who asked is told.
        client.text("test_update_watched_resource", json!({}));
        client.text("test_trigger_tool_change", json!({}));
        client.told(TOOLS);
        assert_eq!(count(&client.close().rest, UPDATED), 0, "{revision}");
    }
}

#[test]
fn before_the_handshake_nobody_is_told() {
    let home = Home::with(&["everything"]);
    let mut client = Client::raw(&home);
    home.add("offers", &[]);
    client.logged(&["serving what the admin changed"]);
    client.result("ping", json!({}));
    assert_eq!(client.news(), [json!(null); 0]);
}

#[test]
fn a_legacy_client_subscribes_to_a_resource_and_leaves_it() {
    let home = Home::with(&["everything"]);
    for revision in LEGACY_REVISIONS {
        let mut client = Client::at(&home, revision);
        let subscribed = client.result("resources/subscribe", json!({ "uri": WATCHED }));
        assert_eq!(subscribed, json!({}));
        client.result(
            "resources/subscribe",
            json!({ "uri": "test://static-text" }),
        );
        client.text("test_update_watched_resource", json!({}));
        assert_eq!(client.told(UPDATED)["params"], json!({ "uri": WATCHED }));

        for _ in 0..2 {
            let left = client.result("resources/unsubscribe", json!({ "uri": WATCHED }));
            assert_eq!(left, json!({}));
        }
        client.text("test_update_watched_resource", json!({}));
        client.text("test_trigger_tool_change", json!({}));
        client.told(TOOLS);
        assert_eq!(count(&client.close().rest, UPDATED), 0, "{revision}");
    }
}

#[test]
fn a_subscription_of_the_wrong_form_is_refused() {
    let home = Home::with(&["everything"]);
    let mut client = Client::legacy(&home);
    for params in [json!({}), json!({ "uri": 7 }), json!({ "uri": [WATCHED] })] {
        let error = client.error("resources/subscribe", params);
        assert_eq!(error["code"], -32602, "{error}");
        assert!(message_of(&error).contains("uri"), "{error}");
    }
    for number in 0..1000 {
        let uri = format!("test://{number}");
        client.result("resources/subscribe", json!({ "uri": uri }));
    }
    let error = client.error("resources/subscribe", json!({ "uri": WATCHED }));
    assert!(message_of(&error).contains("1000"), "{error}");
}

#[test]
fn a_flood_is_told_a_few_times() {
    const FLOOD: usize = 20_000;
    let home = Home::empty();
    home.add("keeper", &["--grant", "keyvalue"]);
    home.add("echo", &[]);
    let mut client = Client::legacy(&home);
    client.result("resources/subscribe", json!({ "uri": "keeper://a" }));
    let flood = json!({ "key": "a", "times": FLOOD });
    assert_eq!(
        client.text("announce", flood),
        format!("announced {FLOOD} times")
    );
    for method in [TOOLS, PROMPTS, RESOURCES, UPDATED] {
        client.told(method);
    }
    client.assert_answers();
    let told = client.close().rest;
    for method in [TOOLS, PROMPTS, RESOURCES, UPDATED] {
        let told = count(&told, method);
        assert!(told < FLOOD / 20, "{method}: {told} times");
    }
}

#[test]
fn what_a_plugin_keeps_is_listed_when_it_has_said_so() {
    let home = Home::empty();
    home.add("keeper", &["--grant", "keyvalue"]);
    for modern in [true, false] {
        let mut client = listener(&home, modern);
        let list = |client: &mut Client| names(client, "resources/list", "resources");
        assert_eq!(list(&mut client), [""; 0]);
        client.text("keep", json!({ "key": "a", "value": "b" }));
        client.told(RESOURCES);
        assert_eq!(list(&mut client), ["a"]);
        client.text("forget", json!({ "key": "a" }));
        client.told(RESOURCES);
        assert_eq!(list(&mut client), [""; 0]);
    }
}

#[test]
fn a_plugin_is_added_and_removed_while_serving() {
    let home = Home::with(&["echo"]);
    for modern in [true, false] {
        let mut client = listener(&home, modern);
        let before = tools(&mut client);
        assert!(!before.contains(&"locate".to_owned()));
        home.add("offers", &[]);
        for method in [TOOLS, PROMPTS, RESOURCES] {
            client.told(method);
        }
        assert!(tools(&mut client).contains(&"locate".to_owned()));
        client.call("locate", json!({ "name": "here" }));

        home.run(&["remove", "offers"]).done();
        for method in [TOOLS, PROMPTS, RESOURCES] {
            client.told(method);
        }
        assert_eq!(tools(&mut client), before);
        let error = client.call_error("locate", json!({ "name": "here" }));
        assert_eq!(error["code"], -32602, "{error}");
        client.assert_answers();
    }
}

#[test]
fn what_has_not_changed_is_not_told() {
    let home = Home::with(&["echo"]);
    let mut client = Client::legacy(&home);
    home.configure("# a comment");
    home.add("offers", &[]);
    client.told(TOOLS);
    home.run(&["remove", "offers"]).done();
    client.told(TOOLS);
    // Tools alone: no prompts and no resources.
    home.add("calculator", &[]);
    client.told(TOOLS);
    client.news();
    home.run(&["remove", "calculator"]).done();
    client.told(TOOLS);
    let rest = client.close().rest;
    assert_eq!(
        (count(&rest, PROMPTS), count(&rest, RESOURCES)),
        (0, 0),
        "{rest:?}"
    );
}

#[test]
fn a_call_goes_on_with_what_it_began_with() {
    let home = Home::with(&["everything", "echo"]);
    let able = json!({ "elicitation": {} });
    let mut client = Client::able_at(&home, LEGACY, able);
    let tool = "test_input_required_result_elicitation";
    let call = client.start_call(tool, json!({}));
    let question = client.told("elicitation/create");
    home.run(&["remove", "everything"]).done();
    client.told(TOOLS);
    assert!(!tools(&mut client).contains(&tool.to_owned()));
    let name = json!({ "action": "accept", "content": { "name": "Ada" } });
    client.respond(&question["id"], ("result", name));
    assert_eq!(text_of(&result(client.answer(&call))), "Hello, Ada!");
}

#[test]
fn a_config_that_is_broken_changes_nothing() {
    let home = Home::with(&["echo", "offers"]);
    let config = fs::read_to_string(home.config()).expect("a config");
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    let mut client = Client::legacy(&home);
    let before = tools(&mut client);
    client.assert_answers();
    for (broken, word) in [
        ("this is no TOML", "portcullis.toml"),
        ("[plugins.echo]\nsandbox = false", "sandbox"),
    ] {
        fs::write(home.config(), broken).expect("written");
        client.logged(&["the change is not served"]);
        client.logged(&[word]);
        assert_eq!(tools(&mut client), before);
        client.assert_answers();
    }
    fs::write(home.lock(), "{").expect("written");
    fs::write(home.config(), &config).expect("written");
    client.logged(&["the change is not served", "portcullis.lock"]);
    assert_eq!(tools(&mut client), before);
    assert_eq!(count(&client.news(), TOOLS), 0);

    fs::write(home.lock(), lock).expect("written");
    home.run(&["remove", "offers"]).done();
    client.told(TOOLS);
    assert_ne!(tools(&mut client), before);
    client.assert_answers();
}

#[test]
fn a_grant_that_is_changed_comes_into_force() {
    let home = Home::with(&["keeper"]);
    let denied = fs::read_to_string(home.config()).expect("a config");
    let granted = format!("{denied}\n[plugins.keeper.grant]\nkeyvalue = true\n");
    let mut client = Client::legacy(&home);
    let mut keeps = |granted: bool| {
        // Nothing is told, since the same is offered: it is tried until it is so.
        let keep = json!({ "key": "a", "value": "b" });
        let tried = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            (client.call("keep", keep.clone())["isError"] != true) == granted
        });
        assert!(tried, "granted: {granted}");
    };
    keeps(false);
    fs::write(home.config(), granted).expect("written");
    keeps(true);
    fs::write(home.config(), denied).expect("written");
    keeps(false);
}
