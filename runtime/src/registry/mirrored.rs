//! Arguments that clients repeat in HTTP headers: `x-mcp-header`.
//!
//! Source: MCP 2026-07-28, basic, transports, "Custom Headers from Tool
//! Parameters".

use serde_json::Value;

/// An argument whose schema has an `x-mcp-header`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredArgument {
    /// The header's name after `Mcp-Param-`.
    pub header: String,
    /// The properties that lead to it from the arguments' root.
    path: Vec<String>,
}

impl MirroredArgument {
    /// The value in some arguments; none where it is absent or null.
    pub fn value(&self, arguments: &Value) -> Option<Mirrored> {
        let value = self
            .path
            .iter()
            .try_fold(arguments, |value, property| value.get(property))?;
        match value {
            Value::String(text) => Some(Mirrored::Text(text.clone())),
            Value::Number(number) => Some(Mirrored::Number(number.to_string())),
            Value::Bool(bool) => Some(Mirrored::Text(bool.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// An argument's value as a header has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mirrored {
    /// Compared to the letter.
    Text(String),
    /// Compared as a number: `42.0` is `42`.
    Number(String),
}

impl Mirrored {
    /// The value as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Mirrored::Text(text) | Mirrored::Number(text) => text,
        }
    }
}

/// All such arguments of a schema: those that a chain of `properties` leads to.
pub(super) fn of_schema(schema: &str) -> Vec<MirroredArgument> {
    let mut found = Vec::new();
    if schema.contains("x-mcp-header")
        && let Ok(schema) = serde_json::from_str::<Value>(schema)
    {
        collect(&schema, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<MirroredArgument>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        path.push(name.clone());
        if let Some(header) = property.get("x-mcp-header").and_then(Value::as_str) {
            found.push(MirroredArgument {
                header: header.to_owned(),
                path: path.clone(),
            });
        }
        collect(property, path, found);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Mirrored, of_schema};

    #[test]
    fn an_argument_is_found_wherever_properties_lead_to_it() {
        let schema = json!({ "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "where": { "properties": { "row": { "type": "integer", "x-mcp-header": "Row" } } },
            "list": { "items": { "x-mcp-header": "No" } },
        }});
        let found = of_schema(&schema.to_string());
        let arguments = json!({ "region": "us", "where": { "row": 7 } });
        let values: Vec<_> = found
            .iter()
            .map(|argument| (argument.header.as_str(), argument.value(&arguments)))
            .collect();
        assert_eq!(
            values,
            [
                ("Region", Some(Mirrored::Text("us".to_owned()))),
                ("Row", Some(Mirrored::Number("7".to_owned())))
            ]
        );
        assert_eq!(found[1].value(&json!({ "where": { "row": null } })), None);
        assert_eq!(found[1].value(&json!({})), None);
    }
}
