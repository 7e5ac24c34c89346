//! Answers that the contract forbids.

use portcullis_sdk::{Content, Output, json};

pub(crate) fn break_schema() -> Output {
    Output::new().structured(json!({ "sum": "many" }))
}

pub(crate) fn forge_members() -> Output {
    Output::text("x")
        .extra("isError", json!(false))
        .extra("resultType", json!("input_required"))
}

pub(crate) fn forge_content() -> Content {
    Content::other(json!("not an object"))
}
