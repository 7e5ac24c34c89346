//! What holds of all objects.

use portcullis_seeded::check;
use serde_json::Value;

use super::*;

#[test]
fn the_last_of_a_name_counts_and_texts_stay_as_they_are() {
    check(5000, |source| {
        let text = source.json_object(3);
        let raw: &RawValue = serde_json::from_str(&text).expect("JSON");
        let members = Members::parse("object", Some(raw)).expect("an object");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        for (name, expected) in value.as_object().expect("an object") {
            let found = members.get(name).map_or("null", RawValue::get);
            assert!(text.contains(found), "{text}");
            let found: Value = serde_json::from_str(found).expect("JSON");
            assert_eq!(found, *expected, "{name:?} of {text}");
        }
        assert!(members.get("no such name").is_none());
    });
}

#[test]
fn any_value_is_read_as_what_it_is_or_refused() {
    check(5000, |source| {
        let text = source.json(3);
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let raw: &RawValue = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            Members::parse("value", Some(raw)).is_ok(),
            value.is_object()
        );
        let object = format!("{{\"a\":{text}}}");
        let raw: &RawValue = serde_json::from_str(&object).expect("JSON");
        let members = Members::parse("object", Some(raw)).expect("an object");
        assert_eq!(members.string("a").is_ok(), value.is_string());
        let absent = value.is_null();
        let string = members.optional_string("a");
        assert_eq!(string.is_ok(), value.is_string() || absent);
        assert_eq!(
            members.optional_object("a").is_ok(),
            value.is_object() || absent
        );
        assert_eq!(
            members.optional_bool("a").is_ok(),
            value.is_boolean() || absent
        );
        let list = |value: &Value| {
            value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string))
        };
        assert_eq!(members.optional_list("a").is_ok(), list(&value) || absent);
        for error in [members.string("a").err(), members.strings("a").err()] {
            assert!(error.is_none_or(|error| error.code == -32602));
        }
    });
}
