//! Whether what a plugin says it offers can be offered.

use std::collections::{BTreeMap, HashSet};

use super::schema::Schema;
use crate::package::ToolMark;
use crate::protocol::tools::Tool;
use crate::wasm::Description;

/// The longest name of a tool or a prompt; some host programs take no more.
pub(super) const MAX_NAME: usize = 64;

/// Parts of all schemas of a plugin: they are kept ready to check values.
const MAX_SCHEMA_PARTS: u64 = 200_000;

/// Something that a plugin offers and that clients could not use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{name}`: {cause}")]
pub struct Unfit {
    /// `tool`, `prompt`, `resource` or `resource template`.
    pub what: &'static str,
    /// Its name or URI.
    pub name: String,
    /// What is wrong, and what would be accepted.
    pub cause: String,
}

/// Checks names, schemas and URIs, and that nothing is there twice.
pub(super) fn check(description: &Description) -> Result<(), Unfit> {
    let mut seen = HashSet::new();
    let mut cost = 0u64;
    for tool in &description.tools {
        let unfit = |cause: String| Unfit {
            what: "tool",
            name: tool.name.clone(),
            cause,
        };
        check_name(&tool.name).map_err(unfit)?;
        if !seen.insert(&tool.name) {
            return Err(unfit("the plugin offers it twice".to_owned()));
        }
        let input = Schema::compile(tool.input_schema.get())
            .map_err(|cause| unfit(format!("input schema: {cause}")))?;
        cost += input.cost();
        let root: serde_json::Value =
            serde_json::from_str(tool.input_schema.get()).unwrap_or_default();
        if root.get("type").and_then(|kind| kind.as_str()) != Some("object") {
            return Err(unfit(
                "input schema: its root needs `\"type\": \"object\"`".to_owned(),
            ));
        }
        if let Some(schema) = &tool.output_schema {
            let output = Schema::compile(schema.get())
                .map_err(|cause| unfit(format!("output schema: {cause}")))?;
            cost += output.cost();
        }
        if cost > MAX_SCHEMA_PARTS {
            return Err(unfit(format!(
                "with its schemas those of the plugin have more than {MAX_SCHEMA_PARTS} parts \
                 together, which is the limit"
            )));
        }
    }
    let mut seen = HashSet::new();
    for prompt in &description.prompts {
        let unfit = |cause: String| Unfit {
            what: "prompt",
            name: prompt.name.clone(),
            cause,
        };
        check_name(&prompt.name).map_err(unfit)?;
        if !seen.insert(&prompt.name) {
            return Err(unfit("the plugin offers it twice".to_owned()));
        }
        let mut arguments = HashSet::new();
        for argument in &prompt.arguments {
            if !arguments.insert(&argument.name) {
                return Err(unfit(format!("it has two arguments `{}`", argument.name)));
            }
        }
    }
    let mut seen = HashSet::new();
    for resource in &description.resources {
        let unfit = |cause: String| Unfit {
            what: "resource",
            name: resource.uri.clone(),
            cause,
        };
        if let Err(error) = url::Url::parse(&resource.uri) {
            return Err(unfit(format!("it is no absolute URI: {error}")));
        }
        if !seen.insert(&resource.uri) {
            return Err(unfit("the plugin offers it twice".to_owned()));
        }
    }
    let mut seen = HashSet::new();
    for template in &description.templates {
        let unfit = |cause: &str| Unfit {
            what: "resource template",
            name: template.uri_template.clone(),
            cause: cause.to_owned(),
        };
        if !balanced(&template.uri_template) {
            return Err(unfit("its braces do not match"));
        }
        if !seen.insert(&template.uri_template) {
            return Err(unfit("the plugin offers it twice"));
        }
    }
    Ok(())
}

/// Checks that a plugin offers the tools that its manifest marks.
pub(super) fn check_marks(
    marks: &BTreeMap<String, ToolMark>,
    tools: &[Tool],
) -> Result<(), String> {
    let unknown = |name: &&String| tools.iter().all(|tool| tool.name != **name);
    let Some(name) = marks.keys().find(unknown) else {
        return Ok(());
    };
    let offered: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    Err(format!(
        "its manifest has a table [tools.{name}], and it offers no such tool; accepted: {}",
        match offered.as_slice() {
            [] => "none, since it offers no tools".to_owned(),
            offered => offered.join(", "),
        }
    ))
}

/// 1 to 64 of `A-Z a-z 0-9 _ . -`. Source: MCP 2026-07-28, server, "Tool
/// Names", with the shorter length that all host programs take.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
        return Err(format!(
            "its name is not accepted; accepted: 1 to {MAX_NAME} of A-Z a-z 0-9 _ . -"
        ));
    }
    Ok(())
}

fn balanced(template: &str) -> bool {
    let mut open = false;
    for c in template.chars() {
        match (c, open) {
            ('{', false) => open = true,
            ('}', true) => open = false,
            ('{', true) | ('}', false) => return false,
            _ => {}
        }
    }
    !open
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::package::TaskMark;

    fn tool(name: &str) -> Tool {
        Tool {
            name: name.to_owned(),
            title: None,
            description: None,
            input_schema: RawValue::from_string("{}".to_owned()).expect("JSON"),
            output_schema: None,
            task: Default::default(),
            extra: Default::default(),
        }
    }

    fn marks(names: &[&str]) -> BTreeMap<String, ToolMark> {
        let mark = ToolMark {
            task: TaskMark::Optional,
        };
        names
            .iter()
            .map(|name| ((*name).to_owned(), mark))
            .collect()
    }

    #[test]
    fn marked_tools_are_offered() {
        let tools = [tool("render"), tool("list")];
        assert_eq!(check_marks(&marks(&[]), &tools), Ok(()));
        assert_eq!(check_marks(&marks(&["list", "render"]), &tools), Ok(()));
        assert_eq!(
            check_marks(&marks(&["list", "rendr"]), &tools),
            Err("its manifest has a table [tools.rendr], and it offers no such tool; accepted: render, list".to_owned())
        );
        assert!(
            check_marks(&marks(&["list"]), &[])
                .is_err_and(|cause| cause.ends_with("accepted: none, since it offers no tools"))
        );
    }
}
