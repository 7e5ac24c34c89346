//! What a client carries from one round to the next is good for its own call,
//! at servers that know its key.

use serde_json::{Value, json};

use super::{NAME, ROUNDS, accepted, again, ask, everything};
use crate::client::{Client, message_of, text_of};
use crate::home::Home;

/// A home whose servers share a key with all that have the same one.
fn home_with_key(key: &str) -> Home {
    let home = Home::with(&["everything"]);
    std::fs::write(home.path("key"), key).expect("written");
    let file = home.path("key").display().to_string();
    home.configure(&format!("[server]\nsealing-key = {{ file = {file:?} }}"));
    home
}

fn answers() -> Value {
    json!({ "user_name": accepted(json!({ "name": "Ada" })) })
}

#[track_caller]
fn assert_refused(client: &mut Client, params: Value, word: &str) {
    let error = client.error("tools/call", params);
    assert_eq!(error["code"], -32602, "{error}");
    assert!(message_of(&error).contains("requestState"), "{error}");
    assert!(message_of(&error).contains(word), "{error}");
}

#[test]
fn a_changed_state_is_refused() {
    let home = Home::with(&["everything"]);
    let mut client = Client::able(&home, everything());
    let state = ask(&mut client, NAME).state;
    let text = state.as_str().expect("a string");
    let mut flipped = text.as_bytes().to_vec();
    let middle = flipped.len() / 2;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    for changed in [
        format!("{text}-TAMPERED"),
        text[1..].to_owned(),
        text[..text.len() - 1].to_owned(),
        flipped,
        String::new(),
        "e30".to_owned(),
    ] {
        let params = again(NAME, &json!(changed), answers());
        assert_refused(&mut client, params, "changed");
    }
    for wrong in [json!(1), json!({}), json!([text])] {
        assert_refused(&mut client, again(NAME, &wrong, answers()), "string");
    }
    // The one that was not changed is good, and again.
    for _ in 0..2 {
        let result = client.result("tools/call", again(NAME, &state, answers()));
        assert_eq!(text_of(&result), "Hello, Ada!");
    }
}

#[test]
fn a_state_is_of_one_call() {
    let home = Home::with(&["everything"]);
    let mut client = Client::able(&home, everything());
    let state = ask(&mut client, NAME).state;
    assert_refused(&mut client, again(ROUNDS, &state, answers()), "another");
    let ask_with =
        |message: &str| json!({ "name": "test_elicitation", "arguments": { "message": message } });
    let asked = client.result("tools/call", ask_with("Who?"));
    let mut other = ask_with("What is your password?");
    other["requestState"] = asked["requestState"].clone();
    assert_refused(&mut client, other, "another");

    let mut prompt = json!({ "name": "test_input_required_result_prompt" });
    prompt["requestState"] = state;
    let error = client.error("prompts/get", prompt);
    assert_eq!(error["code"], -32602, "{error}");
}

#[test]
fn a_state_is_of_one_server() {
    let home = Home::with(&["everything"]);
    let (mut one, mut other) = (
        Client::able(&home, everything()),
        Client::able(&home, everything()),
    );
    let state = ask(&mut one, NAME).state;
    assert_refused(&mut other, again(NAME, &state, answers()), "server");
}

#[test]
fn servers_with_one_key_go_on_for_each_other() {
    const KEY: &str = "0123456789abcdef";
    let homes = [
        home_with_key(KEY),
        home_with_key(&format!("{KEY}\n")),
        home_with_key("fedcba9876543210"),
    ];
    let mut clients = homes
        .each_ref()
        .map(|home| Client::able(home, everything()));
    let first = ask(&mut clients[0], ROUNDS);
    let answers = json!({ "step1": accepted(json!({ "name": "Ada" })) });
    let params = again(ROUNDS, &first.state, answers);
    assert_refused(&mut clients[2], params.clone(), "server");
    let second = super::Asked::of(&clients[1].result("tools/call", params));
    let answers = json!({ "step2": accepted(json!({ "color": "blue" })) });
    let params = again(ROUNDS, &second.state, answers);
    assert_refused(&mut clients[2], params.clone(), "server");
    let result = clients[0].result("tools/call", params);
    assert_eq!(text_of(&result), "Ada likes blue");
}

#[test]
fn a_key_that_is_short_or_missing_is_refused_at_start() {
    let short = home_with_key("fifteen bytes..");
    let told = short.run(&["serve"]).failed(1);
    assert!(
        told.contains("sealing-key") && told.contains("16"),
        "{told}"
    );
    assert!(!told.contains("fifteen"), "a secret is not told: {told}");

    let missing = Home::with(&["everything"]);
    missing.configure("[server]\nsealing-key = { env = \"NO_SUCH_KEY\" }");
    let told = missing.run(&["serve"]).failed(1);
    assert!(
        told.contains("sealing-key") && told.contains("NO_SUCH_KEY"),
        "{told}"
    );

    let plain = Home::with(&["everything"]);
    plain.configure("[server]\nsealing-key = \"0123456789abcdef\"");
    let told = plain.run(&["serve"]);
    assert_ne!(told.code, 0);
    assert!(
        !told.stderr.contains("0123456789abcdef\"`"),
        "{}",
        told.stderr
    );
}
