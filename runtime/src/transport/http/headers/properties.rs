//! What holds of all headers: nothing is accepted that says something else than
//! the body. The fuzz target `headers` looks for the same.

use axum::http::HeaderValue;
use portcullis_seeded::{Seeded, check};

use super::*;

/// What a header that says `value` could look like, or one that is close to it.
fn header(source: &mut Seeded, value: &str) -> Vec<u8> {
    let wrapped = format!("=?base64?{}?=", BASE64.encode(value));
    let bytes = match source.below(6) {
        0 => return source.bytes(12),
        1 => return source.text(3).into_bytes(),
        2 => value.as_bytes().to_vec(),
        3 => wrapped.into_bytes(),
        4 => source.changed(value.as_bytes()),
        _ => source.changed(wrapped.as_bytes()),
    };
    let space = source.one_of(&["", " ", "\t "]).as_bytes();
    [space, &bytes, space].concat()
}

/// Headers with one of this name, and sometimes a second.
fn headers_of(source: &mut Seeded, name: &HeaderName, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let count = source.one_of(&[&1, &1, &1, &1, &0, &2]);
    for _ in 0..*count {
        if let Ok(value) = HeaderValue::from_bytes(&header(source, value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// What an intermediary takes a header for that knows the wrapping.
fn read_by_others(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let (only, None) = (values.next()?, values.next()) else {
        return None;
    };
    let text = std::str::from_utf8(only.as_bytes()).ok()?;
    let text = text.trim_matches([' ', '\t']);
    let inner = text
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match inner {
        None => Some(text.to_owned()),
        Some(inner) => String::from_utf8(BASE64.decode(inner).ok()?).ok(),
    }
}

#[test]
fn a_plain_header_is_accepted_only_if_it_is_equal() {
    check(20_000, |source| {
        let value = source.text(3);
        let headers = headers_of(source, &METHOD, &value);
        if let Err(error) = same(&headers, &METHOD, &value) {
            assert_eq!(error.code, -32020);
            return;
        }
        let only: Vec<_> = headers.get_all(METHOD).iter().collect();
        assert_eq!(only.len(), 1);
        let text = only[0].to_str().expect("visible ASCII");
        assert_eq!(text.trim_matches([' ', '\t']), value);
    });
}

#[test]
fn a_name_is_read_as_everybody_reads_it_or_refused() {
    check(20_000, |source| {
        let value = source.text(3);
        let headers = headers_of(source, &NAME, &value);
        match decoded(&headers, &NAME) {
            Err(error) => assert_eq!(error.code, -32020),
            Ok(None) => assert!(!headers.contains_key(NAME)),
            found => assert_eq!(found, Ok(read_by_others(&headers, &NAME))),
        }
    });
}

#[test]
fn a_mirrored_argument_is_accepted_only_if_it_is_equal() {
    let name = HeaderName::from_static("mcp-param-a");
    check(20_000, |source| {
        let value = (!source.once_in(8)).then(|| source.text(3));
        let headers = headers_of(source, &name, value.as_deref().unwrap_or("x"));
        match check_argument(&headers, "A", value.clone().map(Mirrored::Text).as_ref()) {
            Err(error) => assert_eq!(error.code, -32020),
            Ok(()) => {
                let found = read_by_others(&headers, &name);
                let same = match (&found, &value) {
                    (Some(found), Some(value)) => found == value,
                    (found, value) => found.is_none() && value.is_none(),
                };
                assert!(same, "{found:?} for {value:?}");
            }
        }
    });
}

/// A text that looks like a number is a text: who routes by the header would
/// take `7` and `007` for two.
#[test]
fn texts_are_not_compared_as_numbers() {
    for (found, expected) in [
        ("7", "007"),
        ("1e3", "1000"),
        ("infinity", "inf"),
        ("1.0", "1"),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("mcp-param-a", found.parse().expect("a header"));
        assert!(
            check_argument(&headers, "A", Some(&Mirrored::Text(expected.to_owned()))).is_err(),
            "{found} {expected}"
        );
    }
}

#[test]
fn large_numbers_that_differ_are_not_equal() {
    let number = |text: &str| Mirrored::Number(text.to_owned());
    assert!(!same_value("9007199254740993", &number("9007199254740992")));
    assert!(!same_value(
        "-9007199254740993",
        &number("-9007199254740992")
    ));
    assert!(same_value("42.0", &number("42")));
    assert!(!same_value("x", &number("42")));
}
