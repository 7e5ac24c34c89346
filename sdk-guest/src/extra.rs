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

/// The `extra` of a description: what the author wrote, with behaviour hints
/// added to its `annotations`.
///
/// # Errors
///
/// `extra` is not the text of a JSON object, or its `annotations` are none.
pub(crate) fn with_hints(
    extra: Option<&str>,
    hints: &[(&str, bool)],
) -> Result<Option<String>, String> {
    if hints.is_empty() {
        return Ok(extra.map(str::to_owned));
    }
    let mut members: Map<String, Value> = match extra {
        None => Map::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| format!("`extra` is not a JSON object: {error}"))?,
    };
    let annotations = members
        .entry("annotations")
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(annotations) = annotations else {
        return Err(format!(
            "`annotations` in `extra` must be a JSON object, not `{annotations}`"
        ));
    };
    for (name, value) in hints {
        annotations.insert((*name).to_owned(), Value::Bool(*value));
    }
    Ok(Some(Value::Object(members).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_join_the_authors_annotations() {
        let extra = with_hints(
            Some(r#"{"annotations":{"title":"T"},"_meta":{"a":1}}"#),
            &[("readOnlyHint", true)],
        );
        assert_eq!(
            extra,
            Ok(Some(
                r#"{"annotations":{"title":"T","readOnlyHint":true},"_meta":{"a":1}}"#.to_owned()
            ))
        );
    }

    #[test]
    fn without_hints_the_text_is_left_alone() {
        assert_eq!(
            with_hints(Some("{ \"b\": 1 }"), &[]),
            Ok(Some("{ \"b\": 1 }".to_owned()))
        );
    }
}
