use super::*;

fn rejected(text: &str) -> (Option<String>, i64, String) {
    let rejected = parse(text.as_bytes()).expect_err("refused");
    (
        rejected.id.map(|id| id.as_json().to_owned()),
        rejected.error.code,
        rejected.error.message,
    )
}

#[test]
fn a_request_keeps_its_id_as_it_came() {
    for id in ["1", "\"a\\u0041\"", "-7", "90071992547409931234"] {
        let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let Ok(Message::Request(request)) = parse(text.as_bytes()) else {
            panic!("{text} is a request");
        };
        assert_eq!(request.id.as_json(), id);
        assert_eq!(request.method, "ping");
    }
}

#[test]
fn a_message_without_an_id_is_a_notification() {
    let text = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert!(matches!(parse(text), Ok(Message::Notification(_))));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(rejected("{").1, -32700);
    assert_eq!(rejected("nonsense").1, -32700);
    for array in [
        "[]",
        r#"["2.0",1,"ping"]"#,
        r#"[{"jsonrpc":"2.0","method":"m"}]"#,
    ] {
        assert!(rejected(array).2.contains("an array"), "{array}");
    }
    assert_eq!(rejected("7").1, -32600);
    for (text, id, word) in [
        (r#"{"id":1,"method":"ping"}"#, Some("1"), "jsonrpc"),
        (r#"{"jsonrpc":"2.0","id":1}"#, Some("1"), "method"),
        (r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, None, "`id`"),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, None, "`id`"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":2}"#,
            Some("1"),
            "`method`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#,
            Some("1"),
            "`params`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#,
            None,
            "duplicate",
        ),
    ] {
        let (got_id, code, message) = rejected(text);
        assert_eq!((got_id.as_deref(), code), (id, -32600), "{text}");
        assert!(message.contains(word), "{text}: {message}");
    }
}

#[test]
fn nesting_is_bounded_and_brackets_in_strings_do_not_count() {
    let deep = |levels: usize| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":{}{}}}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(parse(deep(MAX_DEPTH - 2).as_bytes()).is_ok());
    assert!(rejected(&deep(MAX_DEPTH - 1)).2.contains("127"));
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":"{}\""}}}}"#,
        "[".repeat(500)
    );
    assert!(parse(text.as_bytes()).is_ok());
}
