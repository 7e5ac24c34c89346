//! What it says when it is called.

use portcullis_sdk::bindings::imports::portcullis::plugin::content::{Block, Text};
use portcullis_sdk::bindings::tools::exports::portcullis::plugin::tools::{CallError, Output};
use portcullis_sdk::{Value, changes, store};

/// The tools, each by what is wrong with its answer.
pub(crate) const NAMES: &[&str] = &[
    "malformed",
    "not_a_number",
    "two_values",
    "deep",
    "deep_extra",
    "deep_block",
    "extra_that_is_no_object",
    "many_blocks",
    "one_large",
    "many_large",
    "unknown",
    "invalid",
    "other_in_colour",
];

pub(crate) fn call(name: &str, arguments: &str) -> Result<Output, CallError> {
    match name {
        "malformed" => structured("{\"sum\":"),
        "not_a_number" => structured("{\"sum\":NaN}"),
        "two_values" => structured("{} {\"jsonrpc\":\"2.0\"}"),
        "deep" => structured(&deep()),
        "deep_extra" => Ok(Output {
            extra: Some(format!("{{\"_meta\":{}}}", deep())),
            ..empty()
        }),
        "deep_block" => Ok(Output {
            content: vec![Block::Other(format!("{{\"type\":{}}}", deep()))],
            ..empty()
        }),
        "extra_that_is_no_object" => Ok(Output {
            extra: Some("[1]".to_owned()),
            ..empty()
        }),
        "many_blocks" => texts(1_000_000, 0),
        "one_large" => texts(1, 32 << 20),
        "many_large" => texts(32, 1 << 20),
        "unknown" => Err(CallError::UnknownTool),
        "invalid" => Err(CallError::InvalidArguments("\u{1b}[2J".to_owned())),
        "other_in_colour" => Err(CallError::Other("\u{1b}[2J\u{202e}owned".to_owned())),
        "say" => structured(&say(arguments)),
        "change" => {
            let bucket = store::default_bucket();
            let kept = bucket.and_then(|bucket| bucket.set("description", arguments));
            changes::tools_changed();
            kept.map_or_else(
                |error| Err(CallError::Other(error.to_string())),
                |()| texts(1, 1),
            )
        }
        _ => Err(CallError::UnknownTool),
    }
}

/// What the arguments ask for: a text of so many repetitions, or a list of so
/// many numbers.
fn say(arguments: &str) -> String {
    let arguments: Value = arguments.parse().unwrap_or_default();
    let size = arguments["size"].as_u64().unwrap_or_default();
    match arguments["repeat"].as_str() {
        Some(text) => {
            let size = usize::try_from(size).unwrap_or_default();
            format!("{{\"value\":\"{}\"}}", text.repeat(size))
        }
        None => {
            let numbers: Vec<String> = (0..size).map(|number| number.to_string()).collect();
            format!("{{\"value\":[{}]}}", numbers.join(","))
        }
    }
}

fn deep() -> String {
    format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))
}

fn structured(text: &str) -> Result<Output, CallError> {
    Ok(Output {
        structured: Some(text.to_owned()),
        ..empty()
    })
}

fn texts(count: usize, bytes: usize) -> Result<Output, CallError> {
    let text = || {
        Block::Text(Text {
            text: "x".repeat(bytes),
            extra: None,
        })
    };
    Ok(Output {
        content: (0..count).map(|_| text()).collect(),
        ..empty()
    })
}

fn empty() -> Output {
    Output {
        content: Vec::new(),
        structured: None,
        extra: None,
    }
}
