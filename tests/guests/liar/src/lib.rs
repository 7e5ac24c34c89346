//! A guest that speaks the contract itself, below what the SDK allows: its list
//! is what the setting `list` names, and its tools answer what is no answer.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "only the component's exports use it")
)]

mod answers;
mod lists;

use portcullis_sdk::bindings::imports::portcullis::plugin::content::Context;
use portcullis_sdk::bindings::tools::exports::portcullis::plugin::tools::{
    CallError, Guest, Output, Tool,
};

struct Liar;

impl Guest for Liar {
    fn list() -> Result<Vec<Tool>, String> {
        lists::list()
    }

    fn call(name: String, arguments: String, _: Context) -> Result<Output, CallError> {
        answers::call(&name, &arguments)
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    portcullis_sdk::bindings::tools::export_tools!(
        Liar with_types_in portcullis_sdk::bindings::tools
    );
};
