//! Whether what a plugin says it offers can be offered.

use std::collections::HashSet;

use super::schema::Schema;
use crate::wasm::Description;

/// The longest name of a tool or a prompt; some host programs take no more.
pub(super) const MAX_NAME: usize = 64;

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
        Schema::compile(tool.input_schema.get())
            .map_err(|cause| unfit(format!("input schema: {cause}")))?;
        let root: serde_json::Value =
            serde_json::from_str(tool.input_schema.get()).unwrap_or_default();
        if root.get("type").and_then(|kind| kind.as_str()) != Some("object") {
            return Err(unfit(
                "input schema: its root needs `\"type\": \"object\"`".to_owned(),
            ));
        }
        if let Some(schema) = &tool.output_schema {
            Schema::compile(schema.get())
                .map_err(|cause| unfit(format!("output schema: {cause}")))?;
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
