//! What plugins are given beside the sandbox itself.

use std::sync::Arc;

use super::consent::Decisions;
use super::events::Changes;
use crate::state::KeyValue;

/// What all plugins of a runtime share. Each is optional: to look at a plugin,
/// or to call it once, takes none of it.
#[derive(Clone, Default)]
pub struct Services {
    /// Where they report changes; none where nobody listens.
    pub changes: Option<Changes>,
    /// Where what users allow them is recorded; none where nobody is asked.
    pub decisions: Option<Decisions>,
    /// Where their stores are, by grant.
    pub keyvalue: Option<Arc<dyn KeyValue>>,
}
