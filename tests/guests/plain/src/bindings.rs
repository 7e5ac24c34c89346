//! What `wit-bindgen` generates from this guest's world, and nothing else.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    unsafe_op_in_unsafe_fn,
    reason = "generated code"
)]

wit_bindgen::generate!({ path: "wit", generate_all });
