//! What became different in what is offered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::catalog::Catalog;
use super::reading::by_name;
use crate::wasm::{Change, Description};

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

/// What a model would read of a plugin that it would not have read before:
/// tools and prompts that are new, and of the others what differs. Resources
/// come and go, and are left out.
pub(super) fn new_to_models(before: &Description, after: &Description) -> Vec<String> {
    let tools = |description: &Description| by_name(&description.tools, |tool| &tool.name);
    let prompts = |description: &Description| by_name(&description.prompts, |prompt| &prompt.name);
    let mut all = new_items("tool", &tools(before), &tools(after));
    all.extend(new_items("prompt", &prompts(before), &prompts(after)));
    all
}

type Items = BTreeMap<String, Map<String, Value>>;

fn new_items(what: &str, before: &Items, after: &Items) -> Vec<String> {
    after
        .iter()
        .filter_map(|(name, now)| {
            let Some(then) = before.get(name) else {
                return Some(format!("{what} `{name}` is new"));
            };
            let members: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
            let mut differing = members
                .into_iter()
                .filter(|key| then.get(*key) != now.get(*key));
            let first = differing.next()?;
            let rest = differing
                .map(|key| format!(", `{key}`"))
                .collect::<String>();
            Some(format!("{what} `{name}` has another `{first}`{rest}"))
        })
        .collect()
}
