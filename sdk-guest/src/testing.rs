//! Testing a plugin natively, with `cargo test`.
//!
//! The functions of a `#[plugin]` module stay plain functions, so most tests
//! just call them. [`Plugin`] goes through what the macro generated as well:
//! names, schemas, JSON in and out. Beside them are local stands-in for what the
//! runtime gives a plugin; each holds for the thread of one test.
//!
//! ```
//! # use portcullis_sdk::plugin;
//! #[plugin]
//! mod hello {
//!     /// Greet someone by name.
//!     #[tool]
//!     fn greet(name: String) -> String {
//!         format!("Hello, {name}!")
//!     }
//! }
//!
//! # fn main() {
//! use portcullis_sdk::json;
//!
//! let output = hello::plugin().call_tool("greet", json!({ "name": "Ada" })).unwrap();
//! assert_eq!(output.to_text(), "Hello, Ada!");
//! # }
//! ```

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::__internal::{Completion, Prompts, Resources, Tools};
use crate::http;

pub use input::{Answer, Asked, answer_input, set_supported};
pub use plugin::Plugin;
pub use store::set_store_granted;

pub(crate) use input::{input_answers, supported};
pub(crate) use store::OpenBucket;

mod input;
mod plugin;
mod store;

/// One report of progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// How much is done.
    pub done: f64,
    /// Of how much, if it is known.
    pub total: Option<f64>,
    /// What goes on, in words.
    pub message: Option<String>,
}

/// One report of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The plugin has other tools.
    Tools,
    /// It has other prompts.
    Prompts,
    /// It has other resources or templates.
    Resources,
    /// The resource of this URI gives something else.
    Resource(String),
}

type HttpAnswer = dyn FnMut(&http::Request) -> Result<http::Response, http::Error>;

thread_local! {
    static SETTINGS: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static PROGRESS: RefCell<Vec<Progress>> = const { RefCell::new(Vec::new()) };
    static CHANGES: RefCell<Vec<Change>> = const { RefCell::new(Vec::new()) };
    static DETACHED: Cell<bool> = const { Cell::new(false) };
    static ANSWER: RefCell<Option<Box<HttpAnswer>>> = const { RefCell::new(None) };
}

/// Gives a setting a value.
pub fn set_setting(name: impl Into<String>, value: impl Into<String>) {
    SETTINGS.with_borrow_mut(|settings| settings.insert(name.into(), value.into()));
}

/// Takes the reports of progress made so far.
pub fn progress() -> Vec<Progress> {
    PROGRESS.take()
}

/// Takes the changes reported so far, in order.
pub fn changes() -> Vec<Change> {
    CHANGES.take()
}

/// Whether the plugin let its caller go, with [`crate::tasks::detach`]; and
/// forgets it.
pub fn detached() -> bool {
    DETACHED.take()
}

/// Answers the plugin's HTTP requests, each hop of a redirect included.
pub fn answer_http(
    answer: impl FnMut(&http::Request) -> Result<http::Response, http::Error> + 'static,
) {
    ANSWER.set(Some(Box::new(answer)));
}

pub(crate) fn setting(name: &str) -> Option<String> {
    SETTINGS.with_borrow(|settings| settings.get(name).cloned())
}

pub(crate) fn record_progress(progress: Progress) {
    PROGRESS.with_borrow_mut(|reports| reports.push(progress));
}

pub(crate) fn record_change(change: Change) {
    CHANGES.with_borrow_mut(|changes| changes.push(change));
}

pub(crate) fn record_detach() {
    DETACHED.set(true);
}

pub(crate) fn http_answer(request: &http::Request) -> Result<http::Response, http::Error> {
    ANSWER.with_borrow_mut(|answer| match answer {
        Some(answer) => answer(request),
        None => Err(http::Error::Unavailable),
    })
}
