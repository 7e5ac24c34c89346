//! What becomes different in what models read of a plugin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::wasm::Description;

/// One thing that a plugin offers, and how it differs from what was offered
/// before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// `tool`, `prompt`, `resource` or `resource template`.
    pub what: &'static str,
    /// Its name or URI.
    pub name: String,
    /// How it differs.
    pub change: ReadingChange,
    /// What it differs in.
    pub members: Vec<Member>,
}

/// How something differs from what was offered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadingChange {
    /// It was not offered.
    New,
    /// It was offered, with other texts.
    Changed,
    /// It is not offered any more.
    Gone,
}

/// A part of a description.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Where it is, such as `input_schema.properties.city.description`.
    pub member: String,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Reading {
    /// Whether a model would read something that it has not read before.
    pub fn is_new(&self) -> bool {
        self.change != ReadingChange::Gone
    }
}

/// How a newer description differs from an older one. Resources come and go, so
/// those that are gone are left out.
pub(super) fn readings(before: &Description, after: &Description) -> Vec<Reading> {
    let tools = |of: &Description| by_name(&of.tools, |tool| &tool.name);
    let prompts = |of: &Description| by_name(&of.prompts, |prompt| &prompt.name);
    let resources = |of: &Description| by_name(&of.resources, |resource| &resource.uri);
    let templates = |of: &Description| by_name(&of.templates, |template| &template.uri_template);
    let mut all = items("tool", &tools(before), &tools(after));
    all.extend(items("prompt", &prompts(before), &prompts(after)));
    let mut others = items("resource", &resources(before), &resources(after));
    others.extend(items(
        "resource template",
        &templates(before),
        &templates(after),
    ));
    all.extend(others.into_iter().filter(Reading::is_new));
    all
}

type Items = BTreeMap<String, Map<String, Value>>;

/// What is offered, as clients see it.
pub(super) fn by_name<T: Serialize>(
    offered: &[T],
    name: impl Fn(&T) -> &str,
) -> BTreeMap<String, Map<String, Value>> {
    let members = |item| match serde_json::to_value(item) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    offered
        .iter()
        .map(|item| (name(item).to_owned(), members(item)))
        .collect()
}

fn items(what: &'static str, before: &Items, after: &Items) -> Vec<Reading> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let reading = |name: &String| {
        let (then, now) = (before.get(name), after.get(name));
        let change = match (then, now) {
            (None, _) => ReadingChange::New,
            (_, None) => ReadingChange::Gone,
            _ => ReadingChange::Changed,
        };
        let mut members = Vec::new();
        let empty = Map::new();
        if change != ReadingChange::Gone {
            let [then, now] = [then, now].map(|members| said(members.unwrap_or(&empty)));
            differing("", &then, &now, &mut members);
        }
        let differs = change != ReadingChange::Changed || !members.is_empty();
        differs.then(|| Reading {
            what,
            name: name.clone(),
            change,
            members,
        })
    };
    names.into_iter().filter_map(reading).collect()
}

/// The members that say something. What a guest adds to them is among them, as
/// clients see it.
fn said(members: &Map<String, Value>) -> Map<String, Value> {
    let mut said = Map::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("extra", Value::Object(extra)) => said.extend(extra.clone()),
            ("task", Value::String(task)) if task == "never" => {}
            _ => {
                said.insert(name.clone(), value.clone());
            }
        }
    }
    said
}

/// The members that differ; of objects that stood there before, theirs.
fn differing(
    above: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<Member>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let member = match above {
            "" => name.clone(),
            above => format!("{above}.{name}"),
        };
        match (before.get(name), after.get(name)) {
            (Some(Value::Object(then)), Some(Value::Object(now))) => {
                differing(&member, then, now, found);
            }
            (then, now) if then == now => {}
            (then, now) => found.push(Member {
                member,
                before: then.cloned(),
                after: now.cloned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::RawValue};

    use super::*;
    use crate::protocol::tools::Tool;

    fn tool(name: &str, description: &str, schema: &str) -> Tool {
        Tool {
            name: name.to_owned(),
            title: None,
            description: Some(description.to_owned()),
            input_schema: RawValue::from_string(schema.to_owned()).expect("JSON"),
            output_schema: None,
            task: Default::default(),
            extra: Default::default(),
        }
    }

    fn offering(tools: Vec<Tool>) -> Description {
        Description {
            tools,
            ..Description::default()
        }
    }

    #[test]
    fn each_text_that_differs_is_named() {
        let before = offering(vec![
            tool(
                "add",
                "Adds.",
                r#"{"type":"object","properties":{"a":{"description":"one"}}}"#,
            ),
            tool("same", "Same.", "{}"),
            tool("gone", "Gone.", "{}"),
        ]);
        let after = offering(vec![
            tool(
                "add",
                "Adds!",
                r#"{"type":"object","properties":{"a":{"description":"two"},"b":{}}}"#,
            ),
            tool("same", "Same.", "{}"),
            tool("new", "New.", "{}"),
        ]);
        assert_eq!(readings(&before, &before), []);
        let found = serde_json::to_value(readings(&before, &after)).expect("JSON");
        assert_eq!(
            found,
            json!([
                { "what": "tool", "name": "add", "change": "changed", "members": [
                    { "member": "description", "before": "Adds.", "after": "Adds!" },
                    { "member": "input_schema.properties.a.description", "before": "one", "after": "two" },
                    { "member": "input_schema.properties.b", "after": {} },
                ] },
                { "what": "tool", "name": "gone", "change": "gone", "members": [] },
                { "what": "tool", "name": "new", "change": "new", "members": [
                    { "member": "description", "after": "New." },
                    { "member": "input_schema", "after": {} },
                    { "member": "name", "after": "new" },
                ] },
            ])
        );
    }
}
