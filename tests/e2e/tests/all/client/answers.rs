//! Answers, taken apart.

use serde_json::Value;

/// A line of stdout, which has to be a message of the protocol.
#[track_caller]
pub(super) fn message(line: &str) -> Value {
    let message: Value = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("stdout has what is no message ({error}): {line}"));
    assert_eq!(message["jsonrpc"], "2.0", "{line}");
    message
}

/// A line of stdout, which has to be an array of messages.
#[track_caller]
pub(super) fn batch(line: &str) -> Vec<Value> {
    let messages: Vec<Value> = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("stdout has what is no batch ({error}): {line}"));
    assert!(
        messages.iter().all(|message| message["jsonrpc"] == "2.0"),
        "{line}"
    );
    messages
}

/// The result of an answer that is one.
#[track_caller]
pub(crate) fn result(mut answer: Value) -> Value {
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].take()
}

/// The error of an answer that is one.
#[track_caller]
pub(crate) fn error(mut answer: Value) -> Value {
    assert!(answer.get("result").is_none(), "{answer}");
    let error = answer["error"].take();
    assert!(
        error["code"].is_i64() && error["message"].is_string(),
        "{error}"
    );
    error
}

/// The text blocks of a tool's result.
pub(crate) fn text_of(result: &Value) -> String {
    let blocks = result["content"].as_array().into_iter().flatten();
    blocks
        .filter_map(|block| block["text"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// An error's message.
pub(crate) fn message_of(error: &Value) -> &str {
    error["message"].as_str().unwrap_or_default()
}
