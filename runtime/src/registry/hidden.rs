//! Text in what a plugin offers that a model reads and a person does not see.
//!
//! Such text is no error: some scripts and emoji need it. It is how a model is
//! told what its user shall not know, too, so an admin is shown where it is.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::policy::hidden;
use crate::wasm::Description;

/// Invisible characters and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// `tool`, `prompt`, `resource` or `resource template`.
    what: &'static str,
    /// Its name or URI.
    name: String,
    /// The member of its description, as a path.
    member: String,
    found: BTreeSet<char>,
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hidden {
            what, name, member, ..
        } = self;
        let found: Vec<_> = self
            .found
            .iter()
            .map(|c| format!("U+{:04X}", u32::from(*c)))
            .collect();
        write!(
            f,
            "{what} `{name}`: `{member}` contains what a model reads and a person does not see: {}",
            found.join(", ")
        )
    }
}

/// What is hidden in all that a plugin offers, once for each text.
pub fn hidden_text(description: &Description) -> Vec<Hidden> {
    let mut all = Vec::new();
    for tool in &description.tools {
        look("tool", &tool.name, tool, &mut all);
    }
    for prompt in &description.prompts {
        look("prompt", &prompt.name, prompt, &mut all);
    }
    for resource in &description.resources {
        look("resource", &resource.uri, resource, &mut all);
    }
    for template in &description.templates {
        look(
            "resource template",
            &template.uri_template,
            template,
            &mut all,
        );
    }
    all
}

fn look(what: &'static str, name: &str, item: &impl Serialize, all: &mut Vec<Hidden>) {
    let item = serde_json::to_value(item).unwrap_or_default();
    walk(&item, &mut Vec::new(), &mut |path, found| {
        all.push(Hidden {
            what,
            name: name.to_owned(),
            member: path.join("."),
            found,
        });
    });
}

fn walk(value: &Value, path: &mut Vec<String>, tell: &mut impl FnMut(&[String], BTreeSet<char>)) {
    match value {
        Value::String(text) => {
            let found = hidden(text);
            if !found.is_empty() {
                tell(path, found);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                path.push(index.to_string());
                walk(value, path, tell);
                path.pop();
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                path.push(name.clone());
                let found = hidden(name);
                if !found.is_empty() {
                    tell(path, found);
                }
                walk(value, path, tell);
                path.pop();
            }
        }
        _ => {}
    }
}
