//! Messages as such: what is refused, and what comes back.

use serde_json::{Value, json};

use super::both;
use crate::client::{Client, message_of, modern_params, result, text_of};
use crate::home::Home;

/// The answer to a line of input.
fn answer_to(client: &mut Client, line: impl AsRef<[u8]>) -> Value {
    client.send_line(line);
    client.read()
}

#[test]
fn malformed_json_is_answered() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        for line in [
            "{",
            "nonsense",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"",
            "{\"a\":01}",
            "{'a':1}",
            "\u{feff}{}",
        ] {
            let answer = answer_to(&mut client, line);
            assert_eq!(answer["error"]["code"], -32700, "{line}: {answer}");
            assert_eq!(answer.get("id"), Some(&Value::Null), "{line}: {answer}");
        }
        let answer = answer_to(
            &mut client,
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}",
        );
        assert_eq!(answer["error"]["code"], -32700, "{answer}");
        client.assert_answers();
    }
}

#[test]
fn a_bad_envelope_is_answered() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    for (line, id, word) in [
        ("[]", json!(null), "object"),
        (r#"["2.0",1,"ping"]"#, json!(null), "object"),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#,
            json!(null),
            "object",
        ),
        ("7", json!(null), "object"),
        ("\"a\"", json!(null), "object"),
        ("null", json!(null), "object"),
        (r#"{"id":1,"method":"tools/list"}"#, json!(1), "jsonrpc"),
        (
            r#"{"jsonrpc":"1.0","id":2,"method":"tools/list"}"#,
            json!(2),
            "jsonrpc",
        ),
        (r#"{"jsonrpc":"2.0","id":3}"#, json!(3), "method"),
        (r#"{"jsonrpc":"2.0","id":4,"method":7}"#, json!(4), "method"),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#,
            json!(null),
            "`id`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#,
            json!(null),
            "`id`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":[1],"method":"tools/list"}"#,
            json!(null),
            "`id`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":[]}"#,
            json!(5),
            "params",
        ),
        (
            r#"{"jsonrpc":"2.0","id":6,"method":"tools/list","params":"x"}"#,
            json!(6),
            "params",
        ),
    ] {
        let answer = answer_to(&mut client, line);
        assert_eq!(answer["error"]["code"], -32600, "{line}: {answer}");
        assert_eq!(answer["id"], id, "{line}: {answer}");
        assert!(
            message_of(&answer["error"]).contains(word),
            "{line}: {answer}"
        );
    }
    client.assert_answers();
}

#[test]
fn empty_lines_are_nothing() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    for line in ["", "  ", "\r", "\t"] {
        client.send_line(line);
    }
    client.assert_answers();
}

#[test]
fn nesting_has_a_limit() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let nested = |levels: usize| {
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{{\"a\":{}{}}}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    for levels in [126, 200, 100_000] {
        let answer = answer_to(&mut client, nested(levels));
        assert_eq!(answer["error"]["code"], -32600, "{levels}");
        assert!(message_of(&answer["error"]).contains("127"), "{answer}");
    }
    let answer = answer_to(&mut client, nested(125));
    assert_ne!(answer["error"]["code"], -32600, "{answer}");
    assert_eq!(
        answer_to(&mut client, "[".repeat(1_000_000))["error"]["code"],
        -32600
    );
    client.assert_answers();
}

#[test]
fn a_line_has_a_limit() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nmax-message = \"64KiB\"\n");
    let mut client = Client::modern(&home);
    let call = |bytes: usize| {
        let params =
            modern_params(json!({ "name": "echo", "arguments": { "text": "x".repeat(bytes) } }));
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
    };
    for bytes in [70_000, 5_000_000] {
        let answer = answer_to(&mut client, call(bytes));
        assert_eq!(answer["error"]["code"], -32600);
        assert_eq!(answer["id"], Value::Null);
        assert!(message_of(&answer["error"]).contains("65536"), "{answer}");
    }
    assert_eq!(
        text_of(&answer_to(&mut client, call(60_000))["result"]).len(),
        60_000
    );
}

#[test]
fn four_mebibytes_are_the_default() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    assert_eq!(
        client
            .text("echo", json!({ "text": "x".repeat(3 << 20) }))
            .len(),
        3 << 20
    );
    let answer = answer_to(&mut client, "x".repeat(5 << 20));
    assert_eq!(answer["error"]["code"], -32600);
    assert!(message_of(&answer["error"]).contains("4194304"), "{answer}");
}

#[test]
fn an_unknown_method() {
    let home = Home::with(&["echo"]);
    for mut client in both(&home) {
        for method in [
            "tools/cal",
            "",
            "rpc.discover",
            "Tools/List",
            "notifications/initialized",
        ] {
            let error = client.error(method, json!({}));
            assert_eq!(error["code"], -32601, "{method}");
            assert!(
                message_of(&error).contains(&format!("`{method}`")),
                "{error}"
            );
        }
    }
}

#[test]
fn parameters_of_the_wrong_type() {
    let home = Home::with(&["offers"]);
    for mut client in both(&home) {
        for (method, params, field) in [
            ("tools/call", json!({}), "name"),
            ("tools/call", json!({ "name": 7 }), "name"),
            (
                "tools/call",
                json!({ "name": "locate", "arguments": [] }),
                "arguments",
            ),
            (
                "tools/call",
                json!({ "name": "locate", "arguments": "x" }),
                "arguments",
            ),
            ("tools/list", json!({ "cursor": 7 }), "cursor"),
            ("tools/list", json!({ "cursor": "made up" }), "cursor"),
            ("resources/read", json!({}), "uri"),
            ("resources/read", json!({ "uri": {} }), "uri"),
            ("prompts/get", json!({ "arguments": {} }), "name"),
            (
                "prompts/get",
                json!({ "name": "say", "arguments": { "what": 1 } }),
                "arguments.what",
            ),
            (
                "completion/complete",
                json!({ "argument": { "name": "a", "value": "" } }),
                "ref",
            ),
            (
                "completion/complete",
                json!({ "ref": { "type": "ref/prompt", "name": "say" } }),
                "argument",
            ),
            (
                "completion/complete",
                json!({ "ref": { "type": "ref/tool" }, "argument": { "name": "a", "value": "" } }),
                "ref/tool",
            ),
        ] {
            let error = client.error(method, params.clone());
            assert_eq!(error["code"], -32602, "{method} {params}");
            assert!(
                message_of(&error).contains(field),
                "{method} {params}: {error}"
            );
        }
    }
}

#[test]
fn ids_come_back_as_they_were() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let params = modern_params(json!({}));
    for id in [
        "0",
        "-1",
        "\"\"",
        "\"a b\"",
        "\"\\u00e9\\n\"",
        "9007199254740993",
        "123456789012345678901234567890",
        "\"1\"",
    ] {
        client.send_line(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list","params":{params}}}"#
        ));
        let answer = client.read();
        assert_eq!(
            answer["id"],
            serde_json::from_str::<Value>(id).expect("JSON"),
            "{id}"
        );
    }
}

#[test]
fn an_id_that_is_in_flight_already() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let sleep = |ms: u64| json!({ "name": "sleep", "arguments": { "ms": ms } });
    client.send_as(json!("twice"), "tools/call", sleep(500));
    client.send_as(json!("twice"), "tools/call", sleep(1));
    let (first, second) = (client.read(), client.read());
    assert_eq!(first["error"]["code"], -32600, "{first}");
    assert!(message_of(&first["error"]).contains("twice"), "{first}");
    assert_eq!(text_of(&second["result"]), "slept 500 ms");
    // Once it is answered the id is free again; `1` and `"1"` are two.
    client.send_as(json!("twice"), "tools/call", sleep(1));
    assert!(client.read()["result"].is_object());
    client.send_as(json!(1), "tools/call", sleep(100));
    client.send_as(json!("1"), "tools/call", sleep(100));
    assert!(client.read()["result"].is_object() && client.read()["result"].is_object());
}

#[test]
fn a_response_to_no_request_is_ignored() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    client.send_line(r#"{"jsonrpc":"2.0","id":99,"result":{}}"#);
    client.send_line(r#"{"jsonrpc":"2.0","id":99,"error":{"code":1,"message":"x"}}"#);
    client.assert_answers();
}

#[test]
fn many_requests_before_the_first_answer_is_read() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let text = "x".repeat(1000);
    let ids: Vec<Value> = (0..2000)
        .map(|_| client.start_call("echo", json!({ "text": text })))
        .collect();
    for id in &ids {
        assert_eq!(text_of(&result(client.answer(id))), text);
    }
}

#[test]
fn a_flood_is_slowed_down_and_not_buffered() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nmax-in-flight = 4\n");
    let mut client = Client::modern(&home);
    let ids: Vec<Value> = (0..40)
        .map(|_| client.start_call("sleep", json!({ "ms": 5 })))
        .collect();
    for id in &ids {
        assert!(client.answer(id)["result"].is_object());
    }
}
