//! The values the admin gave to what the manifest declares under `[settings]`.
//!
//! In native tests they come from `testing::set_setting`.

use crate::error::{Error, Result};

/// The value of a setting; none if it has none. A place of settings that fails
/// counts as empty, and is logged; [`read`] tells the difference.
pub fn get(name: &str) -> Option<String> {
    read(name).unwrap_or_else(|error| {
        crate::log::error(error);
        None
    })
}

/// The value of a setting that the plugin cannot do without.
///
/// # Errors
///
/// It has none, or could not be read. The message names the setting.
pub fn require(name: &str) -> Result<String> {
    read(name)?.ok_or_else(|| Error::new(format_args!("setting `{name}` has no value")))
}

/// The value of a setting; none if it has none.
///
/// # Errors
///
/// The place the settings come from failed.
#[cfg(target_arch = "wasm32")]
pub fn read(name: &str) -> Result<Option<String>> {
    use crate::bindings::imports::wasi::config::store;

    store::get(name).map_err(|error| {
        let (store::Error::Upstream(cause) | store::Error::Io(cause)) = error;
        Error::new(format_args!("setting `{name}` could not be read: {cause}"))
    })
}

/// The value of a setting; none if it has none.
///
/// # Errors
///
/// The place the settings come from failed; in native tests it never does.
#[cfg(not(target_arch = "wasm32"))]
pub fn read(name: &str) -> Result<Option<String>> {
    Ok(crate::testing::setting(name))
}
