//! What a caller told about a call beside its arguments.

use serde_json::{Map, Value};

/// The surroundings of one call. A parameter of this type (or of `&Context`) is
/// filled in by the SDK and is no argument: the model does not see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    meta: String,
}

impl Context {
    /// A context whose request had this `_meta`; for tests.
    pub fn with_meta(meta: Map<String, Value>) -> Self {
        Self {
            meta: Value::Object(meta).to_string(),
        }
    }

    pub(crate) fn new(meta: String) -> Self {
        Self { meta }
    }

    /// The request's `_meta`, without the members that belong to the protocol
    /// itself; empty if there is none.
    pub fn meta(&self) -> Map<String, Value> {
        serde_json::from_str(&self.meta).unwrap_or_default()
    }

    /// The request's `_meta` as the text of a JSON object, as it came.
    pub fn meta_text(&self) -> &str {
        &self.meta
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new("{}".to_owned())
    }
}
