//! Questions, asked to wear somebody out, and calls that end in the middle of a
//! round of them.

use serde_json::{Value, json};

use super::home;
use crate::client::{Client, LEGACY, message_of};
use crate::limits::assert_names;

fn accepted() -> Value {
    json!({ "action": "accept", "content": { "name": "Ada" } })
}

fn able() -> Value {
    json!({ "elicitation": {} })
}

#[test]
fn a_call_that_ends_in_the_middle_of_a_round() {
    let home = home("hostile", "", &[]);
    let mut legacy = Client::able_at(&home, LEGACY, able());
    let mut modern = Client::able(&home, able());
    for (how, words) in [
        ("panic", ["`hostile` crashed", "Ada was asked"]),
        ("abort", ["`hostile` crashed", "unreachable"]),
        ("exit", ["`hostile` exited", "code 1"]),
    ] {
        let arguments = json!({ "how": how });
        let call = legacy.start_call("ask_and_end", arguments.clone());
        let question = legacy.told("elicitation/create");
        legacy.assert_answers();
        legacy.respond(&question["id"], ("result", accepted()));
        let of_legacy = legacy.answer(&call);
        legacy.assert_answers();

        let asked = modern.call("ask_and_end", arguments.clone());
        let of_modern = modern.request(
            "tools/call",
            json!({
                "name": "ask_and_end", "arguments": arguments,
                "requestState": asked["requestState"],
                "inputResponses": { "name": accepted() },
            }),
        );
        modern.assert_answers();
        for answer in [of_legacy, of_modern] {
            for word in words {
                assert!(message_of(&answer["error"]).contains(word), "{answer}");
            }
        }
    }
}

#[test]
fn too_many_at_once() {
    let home = home("hostile", "", &[]);
    let mut client = Client::able(&home, able());
    let error = client.call_error("ask_at_once", json!({ "questions": 65 }));
    for word in ["`hostile`", "questions limit", "64"] {
        assert!(message_of(&error).contains(word), "{error}");
    }
    assert_eq!(error["data"]["limit"], "questions", "{error}");
    client.assert_answers();
    let asked = client.call("ask_at_once", json!({ "questions": 64 }));
    assert_eq!(asked["resultType"], "input_required");
}

#[test]
fn one_after_the_other_without_end() {
    let home = home("hostile", "", &["limits.deadline=2s"]);
    let mut client = Client::able_at(&home, LEGACY, able());
    let call = client.start_call("ask_forever", json!({}));
    // A client that answers by itself must not be kept busy for ever.
    let mut asked = 0;
    let answer = loop {
        let message = client.read();
        if message["id"] == call && message.get("method").is_none() {
            break message;
        }
        assert_eq!(message["method"], "elicitation/create", "{message}");
        asked += 1;
        assert!(asked < 10_000, "it asks for ever");
        client.respond(&message["id"], ("result", accepted()));
    };
    assert_eq!(answer["error"]["data"]["limit"], "questions", "{answer}");
    client.assert_answers();
}

#[test]
fn a_person_who_never_answers_holds_nobody_up() {
    let home = home(
        "hostile",
        "",
        &["limits.concurrency=2", "limits.deadline=5s"],
    );
    let mut client = Client::able_at(&home, LEGACY, able());
    for _ in 0..3 {
        client.start_call("ask_and_end", json!({ "how": "well" }));
    }
    let first = client.told("elicitation/create");
    client.told("elicitation/create");
    client.assert_answers();
    // The plugin's own places are taken; the last to come waits in vain.
    let refused = loop {
        let message = client.read();
        if message.get("error").is_some() {
            break message;
        }
    };
    assert_names(&refused["error"], "hostile", "concurrency");
    client.respond(&first["id"], ("result", accepted()));
    client.assert_answers();
}
