//! The open `extra` of a record: the members of a JSON object that go to the
//! client as they are.

use serde_json::{Map, Value};

/// Sets one member in the JSON object text `extra`.
///
/// Text that is no JSON object is replaced, which only a caller inside this
/// crate can bring about.
pub(crate) fn insert(extra: &mut Option<String>, key: &str, value: Value) {
    let mut members: Map<String, Value> = extra
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    members.insert(key.to_owned(), value);
    *extra = Some(Value::Object(members).to_string());
}

/// One member of the JSON object text `extra`, if it is there.
pub(crate) fn member(extra: Option<&str>, key: &str) -> Option<Value> {
    let mut members: Map<String, Value> = serde_json::from_str(extra?).ok()?;
    members.remove(key)
}

/// The `extra` of a tool's description: what the author wrote, with behaviour
/// hints added to its `annotations`, and the support for tasks to its
/// `execution` (MCP 2025-11-25, `ToolExecution`).
///
/// # Errors
///
/// `extra` is not the text of a JSON object, or one of the two is none.
pub(crate) fn with_behaviour(
    extra: Option<&str>,
    hints: &[(&str, bool)],
    task: Option<&str>,
) -> Result<Option<String>, String> {
    if hints.is_empty() && task.is_none() {
        return Ok(extra.map(str::to_owned));
    }
    let mut members: Map<String, Value> = match extra {
        None => Map::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| format!("`extra` is not a JSON object: {error}"))?,
    };
    for (name, value) in hints {
        let annotations = inner(&mut members, "annotations")?;
        annotations.insert((*name).to_owned(), Value::Bool(*value));
    }
    if let Some(support) = task {
        let execution = inner(&mut members, "execution")?;
        execution.insert("taskSupport".to_owned(), support.into());
    }
    Ok(Some(Value::Object(members).to_string()))
}

/// The object under a key, made if it is not there.
fn inner<'a>(
    members: &'a mut Map<String, Value>,
    key: &str,
) -> Result<&'a mut Map<String, Value>, String> {
    match members
        .entry(key)
        .or_insert_with(|| Value::Object(Map::new()))
    {
        Value::Object(members) => Ok(members),
        other => Err(format!(
            "`{key}` in `extra` must be a JSON object, not `{other}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_join_the_authors_annotations() {
        let extra = with_behaviour(
            Some(r#"{"annotations":{"title":"T"},"_meta":{"a":1}}"#),
            &[("readOnlyHint", true)],
            None,
        );
        assert_eq!(
            extra,
            Ok(Some(
                r#"{"annotations":{"title":"T","readOnlyHint":true},"_meta":{"a":1}}"#.to_owned()
            ))
        );
    }

    #[test]
    fn task_support_joins_the_authors_execution() {
        assert_eq!(
            with_behaviour(Some(r#"{"execution":{"x":1}}"#), &[], Some("required")),
            Ok(Some(
                r#"{"execution":{"x":1,"taskSupport":"required"}}"#.to_owned()
            ))
        );
        assert!(with_behaviour(Some(r#"{"execution":1}"#), &[], Some("optional")).is_err());
    }

    #[test]
    fn without_hints_the_text_is_left_alone() {
        assert_eq!(
            with_behaviour(Some("{ \"b\": 1 }"), &[], None),
            Ok(Some("{ \"b\": 1 }".to_owned()))
        );
    }
}
