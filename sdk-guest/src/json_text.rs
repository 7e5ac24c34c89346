//! Checking JSON text while a plugin is compiled, so that a slip in a schema or
//! an `extra` is an error at that text and not one at install.

/// Refuses, at compile time, text that is not one JSON object.
///
/// # Panics
///
/// It is not.
#[track_caller]
pub const fn assert_object(text: &str) {
    _ = object(text.as_bytes());
}

/// Refuses, at compile time, an input schema whose root is not of
/// `"type": "object"`.
///
/// # Panics
///
/// It is not, or the text is no JSON object.
#[track_caller]
pub const fn assert_input_schema(text: &str) {
    assert!(
        object(text.as_bytes()),
        "the root of an input schema needs `\"type\": \"object\"`"
    );
}

/// Reads all of the text as one object. Says whether it has a member `type`
/// with the value `object`.
#[track_caller]
const fn object(bytes: &[u8]) -> bool {
    let start = blank(bytes, 0);
    assert!(
        at(bytes, start) == b'{',
        "expected the text of a JSON object, beginning with `{{`"
    );
    let (end, is_object_schema) = members(bytes, start);
    assert!(
        blank(bytes, end) == bytes.len(),
        "unexpected text after the JSON object"
    );
    is_object_schema
}

/// Reads an object from its `{`; returns what follows it.
#[track_caller]
const fn members(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut is_object_schema = false;
    let mut index = blank(bytes, start + 1);
    if at(bytes, index) == b'}' {
        return (index + 1, false);
    }
    loop {
        let colon = string(bytes, index);
        let is_type = is(bytes, index, colon, b"\"type\"");
        let colon = blank(bytes, colon);
        assert!(
            at(bytes, colon) == b':',
            "invalid JSON: expected `:` after a key"
        );
        let start = blank(bytes, colon + 1);
        let end = value(bytes, start);
        if is_type {
            is_object_schema = is(bytes, start, end, b"\"object\"");
        }
        index = blank(bytes, end);
        match at(bytes, index) {
            b',' => index = blank(bytes, index + 1),
            b'}' => return (index + 1, is_object_schema),
            _ => panic!("invalid JSON: expected `,` or `}}` after a member"),
        }
    }
}

#[track_caller]
const fn value(bytes: &[u8], start: usize) -> usize {
    match at(bytes, start) {
        b'{' => members(bytes, start).0,
        b'[' => items(bytes, start),
        b'"' => string(bytes, start),
        b't' => word(bytes, start, b"true"),
        b'f' => word(bytes, start, b"false"),
        b'n' => word(bytes, start, b"null"),
        b'-' | b'0'..=b'9' => number(bytes, start),
        _ => panic!("invalid JSON: expected a value"),
    }
}

#[track_caller]
const fn items(bytes: &[u8], start: usize) -> usize {
    let mut index = blank(bytes, start + 1);
    if at(bytes, index) == b']' {
        return index + 1;
    }
    loop {
        index = blank(bytes, value(bytes, index));
        match at(bytes, index) {
            b',' => index = blank(bytes, index + 1),
            b']' => return index + 1,
            _ => panic!("invalid JSON: expected `,` or `]` after an item"),
        }
    }
}

#[track_caller]
const fn string(bytes: &[u8], start: usize) -> usize {
    assert!(at(bytes, start) == b'"', "invalid JSON: expected a string");
    let mut index = start + 1;
    loop {
        match at(bytes, index) {
            b'"' => return index + 1,
            0..=0x1f => {
                panic!("invalid JSON: a string is not closed, or holds a control character")
            }
            b'\\' => index = escape(bytes, index + 1),
            _ => index += 1,
        }
    }
}

#[track_caller]
const fn escape(bytes: &[u8], start: usize) -> usize {
    match at(bytes, start) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => start + 1,
        b'u' => {
            let mut index = start + 1;
            while index < start + 5 {
                assert!(
                    at(bytes, index).is_ascii_hexdigit(),
                    "invalid JSON: `\\u` takes four hexadecimal digits"
                );
                index += 1;
            }
            index
        }
        _ => panic!("invalid JSON: unknown escape in a string"),
    }
}

#[track_caller]
const fn number(bytes: &[u8], start: usize) -> usize {
    let mut index = start;
    if at(bytes, index) == b'-' {
        index += 1;
    }
    index = match at(bytes, index) {
        b'0' => index + 1,
        _ => digits(bytes, index),
    };
    if at(bytes, index) == b'.' {
        index = digits(bytes, index + 1);
    }
    if matches!(at(bytes, index), b'e' | b'E') {
        index += 1;
        if matches!(at(bytes, index), b'+' | b'-') {
            index += 1;
        }
        index = digits(bytes, index);
    }
    index
}

#[track_caller]
const fn digits(bytes: &[u8], start: usize) -> usize {
    let mut index = start;
    while at(bytes, index).is_ascii_digit() {
        index += 1;
    }
    assert!(index > start, "invalid JSON: expected a digit");
    index
}

#[track_caller]
const fn word(bytes: &[u8], start: usize, word: &[u8]) -> usize {
    let end = start + word.len();
    assert!(
        end <= bytes.len() && is(bytes, start, end, word),
        "invalid JSON: expected `true`, `false` or `null`"
    );
    end
}

/// The index of the next byte that is not white space.
const fn blank(bytes: &[u8], start: usize) -> usize {
    let mut index = start;
    while matches!(at(bytes, index), b' ' | b'\t' | b'\n' | b'\r') {
        index += 1;
    }
    index
}

/// The byte at an index; zero, which no JSON text holds, past the end.
const fn at(bytes: &[u8], index: usize) -> u8 {
    if index < bytes.len() { bytes[index] } else { 0 }
}

/// Whether `start..end` holds just these bytes.
const fn is(bytes: &[u8], start: usize, end: usize, expected: &[u8]) -> bool {
    if end - start != expected.len() {
        return false;
    }
    let mut index = 0;
    while index < expected.len() {
        if bytes[start + index] != expected[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        std::panic::catch_unwind(|| assert_object(text)).is_ok()
    }

    #[test]
    fn agrees_with_the_parser() {
        for text in [
            "{}",
            " { \"a\" : [ 1 , -0.5e+3, true ,null, \"\\u00e4\\n\" ] } \n",
            r#"{"type":{"type":"object"}}"#,
            "{\"a\":01}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1}}",
            "{\"a\":1",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":[1,]}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":nul}",
            "{\"a\":\"\\u12\"}",
            "",
        ] {
            let parses = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(accepts(text), parses, "{text}");
        }
        assert!(!accepts("[]"));
    }

    #[test]
    fn the_root_type_is_found() {
        assert_input_schema(r#"{"a": 1, "type" : "object"}"#);
        for text in [r#"{"type":"array"}"#, r#"{"a":{"type":"object"}}"#, "{}"] {
            assert!(std::panic::catch_unwind(|| assert_input_schema(text)).is_err());
        }
    }
}
