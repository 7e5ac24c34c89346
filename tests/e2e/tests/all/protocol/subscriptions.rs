//! `subscriptions/listen`: a modern client is told of what it asked for.

use serde_json::{Value, json};

use crate::client::{Client, LEGACY_REVISIONS, error, message_of, result};
use crate::home::Home;

const LISTEN: &str = "subscriptions/listen";
const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
const TOOLS: &str = "notifications/tools/list_changed";
const PROMPTS: &str = "notifications/prompts/list_changed";
const UPDATED: &str = "notifications/resources/updated";
const WATCHED: &str = "test://watched-resource";

/// Listens, and gives the request's id once it is acknowledged.
#[track_caller]
fn listen(client: &mut Client, wanted: Value) -> Value {
    let id = client.send(LISTEN, json!({ "notifications": wanted }));
    let first = client.read();
    assert_eq!(first["method"], ACKNOWLEDGED);
    assert_eq!(
        first["params"],
        json!({ "_meta": subscription(&id), "notifications": wanted })
    );
    id
}

fn subscription(id: &Value) -> Value {
    json!({ "io.modelcontextprotocol/subscriptionId": id })
}

/// Has the guest report a change: of `tools`, of `prompts`, or of the resource.
fn change(client: &mut Client, what: &str) {
    let tool = match what {
        "tools" => "test_trigger_tool_change",
        "prompts" => "test_trigger_prompt_change",
        _ => "test_update_watched_resource",
    };
    client.text(tool, json!({}));
}

/// Which methods a subscription was told, in order.
fn told_to<'a>(messages: &'a [Value], id: &Value) -> Vec<&'a str> {
    let own = messages
        .iter()
        .filter(|message| message["params"]["_meta"] == subscription(id));
    own.filter_map(|message| message["method"].as_str())
        .collect()
}

#[test]
fn it_is_told_what_it_asked_for_and_nothing_else() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let id = listen(&mut client, json!({ "promptsListChanged": true }));
    for what in ["tools", "resource", "prompts"] {
        change(&mut client, what);
    }
    let told = client.told(PROMPTS);
    assert_eq!(told["params"], json!({ "_meta": subscription(&id) }));
    let ended = client.close();
    assert_eq!(told_to(&ended.rest, &id), [""; 0]);
    let others = ended
        .rest
        .iter()
        .filter(|message| message.get("method").is_some());
    assert_eq!(others.count(), 0, "{:?}", ended.rest);
}

#[test]
fn a_resource_is_told_by_its_uri() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let others = listen(
        &mut client,
        json!({ "resourceSubscriptions": ["test://nowhere", "test://static-text"] }),
    );
    let id = listen(&mut client, json!({ "resourceSubscriptions": [WATCHED] }));
    change(&mut client, "resource");
    let told = client.told(UPDATED);
    assert_eq!(
        told["params"],
        json!({ "_meta": subscription(&id), "uri": WATCHED })
    );
    let ended = client.close();
    assert_eq!(told_to(&ended.rest, &others), [""; 0]);
}

#[test]
fn what_is_not_known_is_not_acknowledged() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    for (wanted, agreed) in [
        (json!({}), json!({})),
        (json!({ "moodChanged": true }), json!({})),
        (
            json!({ "toolsListChanged": false, "promptsListChanged": true }),
            json!({ "promptsListChanged": true }),
        ),
        (
            json!({ "resourceSubscriptions": [], "resourcesListChanged": true }),
            json!({ "resourcesListChanged": true }),
        ),
    ] {
        client.send(LISTEN, json!({ "notifications": wanted }));
        let first = client.read();
        assert_eq!(first["method"], ACKNOWLEDGED);
        assert_eq!(first["params"]["notifications"], agreed);
    }
}

#[test]
fn filters_of_the_wrong_form_are_refused() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let many: Vec<_> = (0..1001).map(|n| format!("test://{n}")).collect();
    for (params, word) in [
        (json!({}), "`notifications` is missing"),
        (json!({ "notifications": [] }), "notifications"),
        (
            json!({ "notifications": { "toolsListChanged": "yes" } }),
            "toolsListChanged",
        ),
        (
            json!({ "notifications": { "resourceSubscriptions": WATCHED } }),
            "resourceSubscriptions",
        ),
        (
            json!({ "notifications": { "resourceSubscriptions": [7] } }),
            "resourceSubscriptions",
        ),
        (
            json!({ "notifications": { "resourceSubscriptions": many } }),
            "at most 1000",
        ),
    ] {
        let error = client.error(LISTEN, params);
        assert_eq!(error["code"], -32602, "{error}");
        assert!(message_of(&error).contains(word), "{error}");
    }
}

#[test]
fn two_are_told_apart() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let tools = listen(&mut client, json!({ "toolsListChanged": true }));
    let both = listen(
        &mut client,
        json!({ "toolsListChanged": true, "promptsListChanged": true }),
    );
    change(&mut client, "tools");
    let mut told = [client.told(TOOLS), client.told(TOOLS)]
        .map(|told| told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"].clone());
    told.sort_by_key(ToString::to_string);
    assert_eq!(told, [tools.clone(), both.clone()]);
    change(&mut client, "prompts");
    let told = client.told(PROMPTS);
    assert_eq!(told["params"]["_meta"], subscription(&both));
    let ended = client.close();
    assert_eq!(told_to(&ended.rest, &tools), [""; 0]);
}

#[test]
fn one_that_is_cancelled_is_told_no_more() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let ended = listen(&mut client, json!({ "toolsListChanged": true }));
    let other = listen(&mut client, json!({ "toolsListChanged": true }));
    client.cancel(&ended);
    // What came after the cancellation was read after it.
    client.text("greet", json!({ "name": "Ada" }));
    change(&mut client, "tools");
    let told = client.told(TOOLS);
    assert_eq!(told["params"]["_meta"], subscription(&other));
    let left = client.close();
    assert_eq!(told_to(&left.rest, &ended), [""; 0]);
    let answers = left.rest.iter().filter(|message| message["id"] == ended);
    assert_eq!(answers.count(), 0, "{:?}", left.rest);
}

/// Each subscription has a result at the end, and nothing after it.
#[track_caller]
fn assert_ended(rest: &[Value], ids: &[Value]) {
    for id in ids {
        let answer = rest.iter().find(|message| message["id"] == *id);
        let mut answer = result(answer.expect("it is answered").clone());
        assert_eq!(answer["resultType"], "complete");
        let named = &mut answer["_meta"]["io.modelcontextprotocol/subscriptionId"];
        assert_eq!(named.take(), *id);
        let last = rest.iter().rposition(|message| {
            message["id"] == *id || message["params"]["_meta"] == subscription(id)
        });
        assert_eq!(last.map(|last| &rest[last]["id"]), Some(id));
    }
}

#[test]
fn all_end_well_when_the_input_ends() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let ids = [(); 3].map(|()| listen(&mut client, json!({ "toolsListChanged": true })));
    let ended = client.close();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_ended(&ended.rest, &ids);
}

#[cfg(unix)]
#[test]
fn all_end_well_when_the_server_is_asked_to_end() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let ids = [(); 3].map(|()| listen(&mut client, json!({ "toolsListChanged": true })));
    let ended = client.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_ended(&ended.rest, &ids);
}

#[test]
fn there_are_only_so_many() {
    let home = Home::with(&["everything"]);
    let mut client = Client::modern(&home);
    let wanted = || json!({ "notifications": { "toolsListChanged": true } });
    let ids: Vec<Value> = (0..257).map(|_| client.send(LISTEN, wanted())).collect();
    let refused = error(client.answer(&ids[256]));
    assert_eq!(refused["code"], -32600, "{refused}");
    assert!(message_of(&refused).contains("256"), "{refused}");
    client.cancel(&ids[0]);
    // One that ended makes room, though it may take a moment.
    loop {
        let id = client.send(LISTEN, wanted());
        let told = loop {
            let message = client.read();
            if message["id"] == id || message["params"]["_meta"] == subscription(&id) {
                break message;
            }
        };
        if told["method"] == ACKNOWLEDGED {
            break;
        }
    }
    client.text("greet", json!({ "name": "Ada" }));
}

#[test]
fn legacy_clients_have_no_such_method() {
    let home = Home::with(&["everything"]);
    for revision in LEGACY_REVISIONS {
        let mut client = Client::at(&home, revision);
        let error = client.error(LISTEN, json!({ "notifications": {} }));
        assert_eq!(error["code"], -32601, "{revision}");
    }
    let mut client = Client::modern(&home);
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let error = client.error(method, json!({ "uri": WATCHED }));
        assert_eq!(error["code"], -32601, "{method}");
    }
}
