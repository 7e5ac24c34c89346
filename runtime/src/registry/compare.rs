//! What became different between two catalogs.

use serde::Serialize;

use super::catalog::Catalog;
use crate::wasm::Change;

impl Catalog {
    /// Which lists are others than in an earlier catalog.
    pub fn changes_since(&self, before: &Catalog) -> Vec<Change> {
        let tools = |catalog: &Catalog| texts(catalog.tools().iter().map(|entry| &entry.tool));
        let prompts =
            |catalog: &Catalog| texts(catalog.prompts().iter().map(|entry| &entry.prompt));
        let resources = |catalog: &Catalog| {
            let mut all = texts(catalog.resources().iter().map(|entry| &entry.resource));
            all.extend(texts(
                catalog.templates().iter().map(|entry| &entry.template),
            ));
            all
        };
        [
            (tools(self) != tools(before), Change::Tools),
            (prompts(self) != prompts(before), Change::Prompts),
            (resources(self) != resources(before), Change::Resources),
        ]
        .into_iter()
        .filter_map(|(differs, change)| differs.then_some(change))
        .collect()
    }
}

fn texts<'a, T: Serialize + 'a>(values: impl Iterator<Item = &'a T>) -> Vec<Vec<u8>> {
    values
        .map(|value| serde_json::to_vec(value).expect("a description has string keys"))
        .collect()
}
