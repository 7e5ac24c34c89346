//! JSON Schema: is a schema usable, and does a value obey it.
//!
//! Dialects: 2020-12, which is the default, and those that `$schema` may name
//! (2019-09, draft 7, 6 and 4). References into the network are not followed;
//! a schema that needs one is refused. Source: MCP 2026-07-28, basic, "JSON
//! Schema Usage".

use jsonschema::{Draft, Validator};
use serde_json::Value;

/// The largest schema, in bytes.
pub(super) const MAX_SCHEMA: usize = 256 << 10;

/// How many violations an error names.
const MAX_VIOLATIONS: usize = 5;

/// A schema ready to check values.
pub struct Schema(Validator);

impl Schema {
    /// Prepares a schema; errors say what is wrong with it.
    pub fn compile(text: &str) -> Result<Schema, String> {
        if text.len() > MAX_SCHEMA {
            return Err(format!(
                "the schema has {} bytes; at most {MAX_SCHEMA} are accepted",
                text.len()
            ));
        }
        let schema: Value =
            serde_json::from_str(text).map_err(|error| format!("the schema: {error}"))?;
        jsonschema::options()
            .with_draft(draft(&schema)?)
            .build(&schema)
            .map(Schema)
            .map_err(|error| format!("the schema is not valid: {error}"))
    }

    /// Checks a JSON text. The error has a line for each violation: where, and
    /// what the schema wants.
    pub fn check(&self, text: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut violations = self.0.iter_errors(&value).map(|violation| {
            let path = violation.instance_path().to_string();
            if path.is_empty() {
                violation.to_string()
            } else {
                format!("{path}: {violation}")
            }
        });
        let first: Vec<String> = violations.by_ref().take(MAX_VIOLATIONS).collect();
        if first.is_empty() {
            return Ok(());
        }
        let more = match violations.count() {
            0 => String::new(),
            more => format!("\n(and {more} more)"),
        };
        Err(format!("{}{more}", first.join("\n")))
    }
}

fn draft(schema: &Value) -> Result<Draft, String> {
    let Some(dialect) = schema.get("$schema") else {
        return Ok(Draft::Draft202012);
    };
    let name = dialect.as_str().unwrap_or_default();
    let name = name
        .trim_end_matches('#')
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    Ok(match name {
        "json-schema.org/draft/2020-12/schema" => Draft::Draft202012,
        "json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        "json-schema.org/draft-07/schema" => Draft::Draft7,
        "json-schema.org/draft-06/schema" => Draft::Draft6,
        "json-schema.org/draft-04/schema" => Draft::Draft4,
        _ => {
            return Err(format!(
                "`$schema` is {dialect}; accepted: 2020-12, 2019-09, draft-07, draft-06, draft-04"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn a_violation_says_where_and_what() {
        let schema = Schema::compile(
            r#"{"type":"object","properties":{"days":{"type":"integer","maximum":16}},"required":["city"]}"#,
        )
        .expect("valid");
        assert_eq!(schema.check(r#"{"city":"Rome","days":3}"#), Ok(()));
        let error = schema.check(r#"{"days":17}"#).expect_err("refused");
        assert!(error.contains("\"city\" is a required property"), "{error}");
        assert!(error.contains("/days: 17 is greater than"), "{error}");
    }

    #[test]
    fn an_unusable_schema_is_refused() {
        for (schema, word) in [
            (r#"{"type":"thing"}"#, "not valid"),
            (
                r#"{"$schema":"https://example.com/mine"}"#,
                "accepted: 2020-12",
            ),
            (r#"{"$ref":"https://example.com/other.json"}"#, "not valid"),
            ("{", "the schema"),
        ] {
            let error = Schema::compile(schema).err().expect("refused");
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn draft_7_is_obeyed_where_it_is_named() {
        let schema = Schema::compile(
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}"#,
        )
        .expect("valid");
        assert!(schema.check(r#"["a", 1]"#).is_ok());
        assert!(schema.check("[1]").is_err());
    }
}
