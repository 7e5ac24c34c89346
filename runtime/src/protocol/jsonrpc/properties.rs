//! What holds of all messages, good and bad. The fuzz target `envelope` looks
//! for the same.

use portcullis_seeded::{Seeded, check};
use serde_json::Value;

use super::*;

/// Looks at what comes of any bytes: no panic, and an answer that is JSON, with
/// the id that the message has.
fn look_at(bytes: &[u8]) {
    let (id, answer) = match parse(bytes) {
        Ok(Message::Request(request)) => {
            let answer = response(&request.id, b"{}");
            (Some(request.id), answer)
        }
        Ok(Message::Notification(_) | Message::Response(_)) => return,
        Err(rejected) => {
            let answer = error_response(rejected.id.as_ref(), &rejected.error);
            assert!(matches!(rejected.error.code, -32700 | -32600));
            (rejected.id, answer)
        }
    };
    let answer: Envelope<'_> = serde_json::from_slice(&answer).expect("an answer is JSON");
    let echoed = answer.id.map_or("", RawValue::get);
    assert_eq!(echoed, id.as_ref().map_or("null", Id::as_json));
}

/// A request, and its parts as JSON.
fn request_of(source: &mut Seeded) -> (String, [String; 3]) {
    let id = match source.below(3) {
        0 => (source.number() as i64).to_string(),
        _ => source.json_string(),
    };
    let method = source.json_string();
    let params = source.json_object(4);
    let space = source.one_of(&["", " ", "\t\r\n"]);
    let mut members = [
        format!(r#""jsonrpc":{space}"2.0""#),
        format!(r#""id":{space}{id}"#),
        format!(r#""method":{space}{method}"#),
        format!(r#""params":{space}{params}"#),
        r#""unknown":[1]"#.to_owned(),
    ];
    let turned = source.below(members.len());
    members.rotate_left(turned);
    let text = format!("{space}{{{}}}{space}", members.join(","));
    (text, [id, method, params])
}

#[test]
fn any_bytes_are_a_message_or_refused() {
    check(5000, |source| look_at(&source.bytes(60)));
    check(5000, |source| look_at(source.text(40).as_bytes()));
    check(5000, |source| look_at(source.json(5).as_bytes()));
}

#[test]
fn a_request_keeps_its_parts_and_a_changed_one_is_still_answered() {
    check(5000, |source| {
        let (text, [id, method, params]) = request_of(source);
        let Ok(Message::Request(request)) = parse(text.as_bytes()) else {
            panic!("{text} is a request");
        };
        assert_eq!(request.id.as_json(), id);
        let named: String = serde_json::from_str(&method).expect("a string");
        assert_eq!(request.method, named);
        assert_eq!(request.params.map(RawValue::get), Some(&*params));
        look_at(text.as_bytes());
        look_at(&source.changed(text.as_bytes()));
    });
}

#[test]
fn what_is_json_is_never_told_to_be_none() {
    check(5000, |source| {
        let text = match source.below(4) {
            // As an array, an envelope could be taken for its members.
            0 => format!("[{}]", vec!["7"; source.below(20)].join(",")),
            _ => source.json(4),
        };
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        if let Err(rejected) = parse(text.as_bytes()) {
            assert_eq!(rejected.error.code, -32600, "{text}");
        }
        if is_batch(text.as_bytes()) {
            assert!(batch(text.as_bytes()).is_ok(), "{text}");
        }
    });
}
