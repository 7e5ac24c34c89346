#![doc = include_str!("../README.md")]

#[cfg(test)]
extern crate self as portcullis_sdk;

#[doc(hidden)]
#[path = "internal.rs"]
pub mod __internal;
mod arguments;
#[doc(hidden)]
pub mod bindings;
pub mod changes;
mod completion;
mod content;
mod context;
mod error;
mod extra;
pub mod future;
pub mod http;
pub mod input;
mod json;
mod json_text;
pub mod log;
mod output;
pub mod progress;
mod prompt;
mod resource;
mod schema;
pub mod settings;
pub mod store;
pub mod tasks;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod tool;
mod uri_template;

pub use completion::{IntoSuggestions, Resolved, Suggestions};
pub use content::{Content, ResourceLink};
pub use context::Context;
pub use error::{Error, Result};
pub use input::{Elicited, Sampling, elicit, elicit_url, roots, sample};
pub use json::{Data, Json, JsonWithText};
pub use output::{Element, IntoOutput, Output};
pub use portcullis_sdk_macros::{data, form, plugin};
pub use progress::progress;
pub use prompt::{IntoPrompt, Message, Prompt};
pub use resource::{IntoContents, IntoListing, Resource, ResourceContents};
pub use tool::Argument;

/// Any JSON value, its keys in the order in which they came.
pub use serde_json::Value;
/// Makes a JSON value: `json!({ "rows": 3 })`.
pub use serde_json::json;
/// A JSON value left as the text it came as; an argument is a
/// `Json<Box<RawValue>>`.
pub use serde_json::value::RawValue;
