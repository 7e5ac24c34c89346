//! Calls of tools that take longer than a caller wants to wait.
//!
//! ```
//! # use portcullis_sdk::plugin;
//! #[plugin]
//! mod reports {
//!     use portcullis_sdk::{Error, Result, progress, tasks};
//!
//!     /// Make the report of a year.
//!     #[tool(task)]
//!     fn report(year: u16) -> Result<String> {
//!         if year < 1970 {
//!             return Err(Error::invalid_arguments("reports begin with 1970"));
//!         }
//!         tasks::detach();
//!         for month in 1..=12 {
//!             progress(month, 12);
//!         }
//!         Ok(format!("the report of {year}"))
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! `#[tool(task)]` says in the tool's description that a call may go on as a
//! task, `#[tool(task = "required")]` that it always does, so that a caller that
//! knows no tasks is refused.

/// Says that the rest of this call takes long.
///
/// A caller that can come back for the result is let go, and the call goes on as
/// a task, under the limits for tasks; any other keeps waiting. Questions that
/// decide whether there is anything to do are best asked before. Does nothing in
/// a call that is a task already, nor outside of tools.
pub fn detach() {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::imports::portcullis::plugin::tasks::detach();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record_detach();
}
