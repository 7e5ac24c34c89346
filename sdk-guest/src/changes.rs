//! Telling clients that what they know of this plugin is out of date.
//!
//! Clients that listen are told; reports made close together are told once. In
//! native tests reports are recorded; see `testing::changes`.
//!
//! Each call runs in a fresh instance, so what has changed is something outside
//! of it: a file, a service, the plugin's [`store`](crate::store).

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::portcullis::plugin::changes as wit;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::{Change, record_change};

/// The plugin has other tools than before. The runtime asks for the list again.
pub fn tools_changed() {
    #[cfg(target_arch = "wasm32")]
    wit::tools_changed();
    #[cfg(not(target_arch = "wasm32"))]
    record_change(Change::Tools);
}

/// The plugin has other prompts than before.
pub fn prompts_changed() {
    #[cfg(target_arch = "wasm32")]
    wit::prompts_changed();
    #[cfg(not(target_arch = "wasm32"))]
    record_change(Change::Prompts);
}

/// The plugin has other resources or templates than before: a
/// `#[list_resources]` function would now list others.
pub fn resources_changed() {
    #[cfg(target_arch = "wasm32")]
    wit::resources_changed();
    #[cfg(not(target_arch = "wasm32"))]
    record_change(Change::Resources);
}

/// Reading the resource of this URI would now give something else.
///
/// ```
/// portcullis_sdk::changes::resource_updated("notes://7");
/// ```
pub fn resource_updated(uri: impl AsRef<str>) {
    #[cfg(target_arch = "wasm32")]
    wit::resource_updated(uri.as_ref());
    #[cfg(not(target_arch = "wasm32"))]
    record_change(Change::Resource(uri.as_ref().to_owned()));
}
