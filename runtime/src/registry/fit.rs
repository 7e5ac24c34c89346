//! Whether what a plugin offers can be offered beside what the others do.

use std::sync::Arc;

use super::Snapshot;
use super::catalog::Collision;
use super::check;
use super::entry::Entry;
use crate::wasm::Description;

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misfit {
    #[error("{0}")]
    Name(String),
    #[error(transparent)]
    Collision(Box<Collision>),
}

impl Snapshot {
    /// Adds what one more plugin offers to what the others do.
    pub(super) fn fit(
        &mut self,
        entry: &Arc<Entry>,
        prefix: Option<&str>,
        description: Description,
    ) -> Result<(), Misfit> {
        self.catalog
            .add(entry, prefix, description)
            .map_err(Misfit::Collision)?;
        let tools = self.catalog.tools().iter().map(|entry| &entry.tool.name);
        let prompts = self.catalog.prompts().iter();
        for name in tools.chain(prompts.map(|entry| &entry.prompt.name)) {
            check::check_name(name).map_err(|cause| Misfit::Name(format!("`{name}`: {cause}")))?;
        }
        Ok(())
    }
}
