//! JSON Schema: is a schema usable, and does a value obey it.
//!
//! Dialects: 2020-12, which is the default, and those that `$schema` may name
//! (2019-09, draft 7, 6 and 4). References into the network are not followed;
//! a schema that needs one is refused, and so is one that could take for ever to
//! check by. Source: MCP 2026-07-28, basic, "JSON
//! Schema Usage".

mod cost;

use std::fmt;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::wasm::in_background;

/// The largest schema, in bytes.
pub(super) const MAX_SCHEMA: usize = 256 << 10;

/// How many violations an error names.
const MAX_VIOLATIONS: usize = 5;

/// The longest violation, in bytes.
const MAX_VIOLATION: usize = 300;

/// The most work that one check may be: the bytes of the value times the parts
/// of the schema. Some seconds at the very worst.
const MAX_WORK: u64 = 200_000_000;
/// Work that others do not have to wait for.
const LONG_WORK: u64 = 1_000_000;

/// A schema ready to check values.
pub struct Schema {
    validator: Validator,
    /// How many parts it has.
    cost: u64,
}

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
        let draft = draft(&schema)?;
        let cost = cost::of(&schema)?;
        let validator = jsonschema::options()
            .with_draft(draft)
            // Takes time in proportion to the text, whatever the pattern.
            .with_pattern_options(PatternOptions::regex().size_limit(cost::MAX_PATTERN))
            .build(&schema)
            .map_err(|error| format!("the schema is not valid: {error}"))?;
        Ok(Schema { validator, cost })
    }

    /// How many parts it has, its references written out and its patterns by
    /// their size.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    /// Checks a JSON text. The error has a line for each violation: where, and
    /// what the schema wants.
    pub fn check(&self, text: &str) -> Result<(), String> {
        let work = self.cost.saturating_mul(text.len() as u64);
        if work > MAX_WORK {
            return Err(format!(
                "{} bytes are too many to be checked by a schema of {} parts",
                text.len(),
                self.cost
            ));
        }
        if work > LONG_WORK {
            in_background(|| self.violations(text))
        } else {
            self.violations(text)
        }
    }

    fn violations(&self, text: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if self.validator.is_valid(&value) {
            return Ok(());
        }
        // A violation repeats the value, however long that is.
        let mut violations = self.validator.iter_errors(&value).map(|violation| {
            let path = violation.instance_path();
            if path.as_str().is_empty() {
                shortened(&violation)
            } else {
                format!("{}: {}", shortened(path), shortened(&violation))
            }
        });
        let first: Vec<String> = violations.by_ref().take(MAX_VIOLATIONS).collect();
        if first.is_empty() {
            return Ok(());
        }
        let more = match violations.next() {
            None => "",
            Some(_) => "\n(and more)",
        };
        Err(format!("{}{more}", first.join("\n")))
    }
}

/// At most so many bytes of a text, which is not written out beyond them.
fn shortened(text: &impl fmt::Display) -> String {
    struct Shortened(String);
    impl fmt::Write for Shortened {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            let room = MAX_VIOLATION.saturating_sub(self.0.len());
            let fits = more.floor_char_boundary(room);
            self.0.push_str(&more[..fits]);
            if fits == more.len() {
                return Ok(());
            }
            self.0.push('…');
            Err(fmt::Error)
        }
    }
    let mut out = Shortened(String::new());
    // An error is that it was cut.
    let _ = fmt::Write::write_fmt(&mut out, format_args!("{text}"));
    out.0
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
            (
                r#"{"$ref":"https://example.com/other.json"}"#,
                "a reference into the schema itself",
            ),
            (r#"{"pattern":"(a)\\1"}"#, "not valid"),
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
