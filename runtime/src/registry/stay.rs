//! A plugin that goes on being served as it was, since what became of its files
//! cannot be.

use std::sync::Arc;

use super::{Catalog, Snapshot};
use crate::wasm::Description;

impl Snapshot {
    /// Serves a plugin as it was served before, and says whether it was and can
    /// be.
    pub(super) fn stay(&mut self, before: &Snapshot, name: &str) -> bool {
        let Some(entry) = before.plugins.get(name) else {
            return false;
        };
        let (prefix, description) = before.catalog.of_plugin(name);
        let added = self.catalog.add(entry, prefix.as_deref(), description);
        if added.is_ok() {
            self.plugins.insert(name.to_owned(), Arc::clone(entry));
        }
        added.is_ok()
    }
}

impl Catalog {
    /// What one plugin offers, as it says itself, and the prefix under which
    /// that is here.
    fn of_plugin(&self, name: &str) -> (Option<String>, Description) {
        let mut prefix = None;
        let mut named = |seen: &str, own: &str| {
            let before = seen
                .strip_suffix(own)
                .and_then(|seen| seen.strip_suffix('_'));
            prefix = before.map(str::to_owned).or(prefix.take());
            own.to_owned()
        };
        let mut description = Description::default();
        for entry in self
            .tools()
            .iter()
            .filter(|entry| entry.plugin.name == name)
        {
            let mut tool = entry.tool.clone();
            tool.name = named(&tool.name, &entry.guest_name);
            description.tools.push(tool);
            description.completion |= entry.plugin.completes();
        }
        for entry in self
            .prompts()
            .iter()
            .filter(|entry| entry.plugin.name == name)
        {
            let mut prompt = entry.prompt.clone();
            prompt.name = named(&prompt.name, &entry.guest_name);
            description.prompts.push(prompt);
            description.completion |= entry.plugin.completes();
        }
        for entry in self
            .resources()
            .iter()
            .filter(|entry| entry.plugin.name == name)
        {
            description.resources.push(entry.resource.clone());
            description.completion |= entry.plugin.completes();
        }
        for entry in self
            .templates()
            .iter()
            .filter(|entry| entry.plugin.name == name)
        {
            description.templates.push(entry.template.clone());
            description.completion |= entry.plugin.completes();
        }
        (prefix, description)
    }
}
