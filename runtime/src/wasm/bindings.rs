//! What wasmtime generates from `wit/`, and nothing else.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin",
    imports: {
        "portcullis:plugin/progress": async | trappable,
        "portcullis:plugin/input.request": async | trappable,
        "portcullis:plugin/tasks": async | trappable,
        "portcullis:plugin/changes": async | trappable,
        "wasi:logging/logging": async | trappable,
        "wasi:keyvalue/store": async | trappable,
        "wasi:keyvalue/atomics": async | trappable,
        "wasi:keyvalue/batch": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "wasi:keyvalue/store.bucket": super::keyvalue::OpenBucket,
    },
    // Arguments are lent to the guest, not copied for it.
    ownership: Borrowing { duplicate_if_necessary: true },
});
