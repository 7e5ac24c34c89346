//! Every type of WIT, in and out.

use serde_json::{Value, json};

use super::{client, tool};

/// Tools, and values that each gives back as they are.
fn kept() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("of-bool", vec![json!(true), json!(false)]),
        ("of-u8", vec![json!(0), json!(255)]),
        ("of-s8", vec![json!(-128), json!(127)]),
        ("of-u16", vec![json!(0), json!(65_535)]),
        ("of-s16", vec![json!(-32_768), json!(32_767)]),
        ("of-u32", vec![json!(0), json!(u32::MAX)]),
        ("of-s32", vec![json!(i32::MIN), json!(i32::MAX)]),
        (
            "of-u64",
            vec![
                json!(0),
                json!(9_007_199_254_740_991u64),
                json!("9007199254740992"),
                json!("18446744073709551615"),
            ],
        ),
        (
            "of-s64",
            vec![
                json!(-9_007_199_254_740_991i64),
                json!("-9007199254740992"),
                json!("9223372036854775807"),
                json!("-9223372036854775808"),
            ],
        ),
        ("of-f32", vec![json!(0.1), json!(-2.5), json!(3e38)]),
        ("of-f64", vec![json!(0.1), json!(1e300), json!(5e-324)]),
        (
            "of-char",
            vec![json!("a"), json!("é"), json!("🚪"), json!("\n")],
        ),
        ("of-string", vec![json!(""), json!("a \"b\" \u{0} 🚪")]),
        ("of-list", vec![json!([]), json!([1, 2, 65_535])]),
        ("of-bytes", vec![json!(""), json!("AAH/"), json!("AA==")]),
        ("of-tuple", vec![json!(["a", 1])]),
        (
            "of-record",
            vec![
                json!({ "name": "a", "price-cents": 5 }),
                json!({ "name": "a", "price-cents": 5, "note": "b" }),
            ],
        ),
        (
            "of-variant",
            vec![
                json!({ "circle": 1.5 }),
                json!({ "square": 2 }),
                json!("nothing"),
            ],
        ),
        ("of-enum", vec![json!("red"), json!("dark-green")]),
        ("of-flags", vec![json!([]), json!(["read", "run"])]),
        ("of-option", vec![json!(null), json!(7)]),
        (
            "of-nested-option",
            vec![json!(null), json!({ "some": null }), json!({ "some": 7 })],
        ),
        ("of-results", vec![json!([{ "ok": 1 }, { "err": "a" }])]),
        (
            "of-bare-results",
            vec![json!([{ "ok": null }, { "err": null }])],
        ),
    ]
}

#[test]
fn values_of_every_type_come_back() {
    let (_home, mut client) = client();
    for (function, values) in kept() {
        for value in values {
            let result = client.call(&format!("echoes_{function}"), json!({ "value": value }));
            let expected = match function {
                "of-record" => value.clone(),
                _ => json!({ "result": value }),
            };
            assert_eq!(result["isError"], false, "{function}: {result}");
            assert_eq!(result["structuredContent"], expected, "{function}");
            let text = match &value {
                Value::String(text) => text.clone(),
                _ => expected.to_string(),
            };
            assert_eq!(result["content"][0]["text"], json!(text), "{function}");
        }
    }
}

#[test]
fn what_may_be_given_in_another_form() {
    let (_home, mut client) = client();
    for (function, given, got) in [
        ("of-u64", json!("42"), json!(42)),
        ("of-u64", json!(u64::MAX), json!("18446744073709551615")),
        ("of-s64", json!(i64::MIN), json!("-9223372036854775808")),
        ("of-s64", json!(1.0), json!(1)),
        ("of-u8", json!(1e2), json!(100)),
        ("of-f64", json!(1), json!(1.0)),
        ("of-bytes", json!("AA"), json!("AA==")),
        ("of-flags", json!(["run", "read"]), json!(["read", "run"])),
    ] {
        let result = client.call(&format!("echoes_{function}"), json!({ "value": given }));
        assert_eq!(
            result["structuredContent"],
            json!({ "result": got }),
            "{function}"
        );
    }
    let article = json!({ "name": "a", "price-cents": 5, "note": null });
    let result = client.call("echoes_of-record", json!({ "value": article }));
    let got = json!({ "name": "a", "price-cents": 5 });
    assert_eq!(result["structuredContent"], got);
    // An option need not be given at all.
    let result = client.call("echoes_of-option", json!({}));
    assert_eq!(result["structuredContent"], json!({ "result": null }));
}

#[test]
fn what_is_not_of_the_type_is_a_tool_error_that_says_where() {
    let (_home, mut client) = client();
    for (function, given, words) in [
        ("of-bool", json!(1), "/value"),
        ("of-u8", json!(256), "/value: 256"),
        ("of-u8", json!(-1), "/value: -1"),
        ("of-u8", json!(1.5), "/value: 1.5"),
        ("of-u8", json!("1"), "/value"),
        ("of-s32", json!(2_147_483_648u64), "/value"),
        ("of-u64", json!(-1), "/value"),
        ("of-u64", json!("x"), "/value"),
        (
            "of-u64",
            json!("18446744073709551616"),
            "/value: expected a whole number from 0 to 18446744073709551615, or its digits as a \
             string, given \"18446744073709551616\"",
        ),
        (
            "of-s64",
            json!("9223372036854775808"),
            "/value: expected a whole number",
        ),
        ("of-f32", json!("NaN"), "/value"),
        (
            "of-f32",
            json!(1e300),
            "/value: expected a number that a f32 can hold, given 1e+300",
        ),
        ("of-char", json!("ab"), "/value"),
        ("of-char", json!(""), "/value"),
        ("of-string", json!(null), "/value"),
        ("of-list", json!([1, 65_536]), "/value/1"),
        ("of-list", json!("a"), "/value"),
        (
            "of-bytes",
            json!("A*"),
            "/value: expected base64, given \"A*\"",
        ),
        ("of-bytes", json!([1, 2]), "/value"),
        ("of-tuple", json!(["a"]), "/value"),
        ("of-tuple", json!(["a", 1, 2]), "/value"),
        ("of-tuple", json!([1, 1]), "/value/0"),
        ("of-record", json!({ "name": "a" }), "price-cents"),
        (
            "of-record",
            json!({ "name": "a", "price-cents": 5, "more": 1 }),
            "more",
        ),
        (
            "of-record",
            json!({ "name": 1, "price-cents": 5 }),
            "/value/name",
        ),
        ("of-variant", json!("circle"), "/value"),
        ("of-variant", json!({ "nothing": null }), "/value"),
        ("of-variant", json!({ "circle": 1, "square": 1 }), "/value"),
        ("of-variant", json!({ "line": 1 }), "/value"),
        ("of-enum", json!("blue"), "/value"),
        ("of-flags", json!(["read", "read"]), "/value"),
        ("of-flags", json!(["fly"]), "/value"),
        ("of-option", json!(256), "/value"),
        ("of-nested-option", json!(7), "/value"),
        ("of-results", json!([{ "ok": 256 }]), "/value/0"),
        ("of-results", json!([{}]), "/value/0"),
        ("of-bare-results", json!([{ "ok": 1 }]), "/value/0"),
    ] {
        let text = client.tool_error(&format!("echoes_{function}"), json!({ "value": given }));
        assert!(text.contains(words), "{function} of {given}: {text}");
    }
    let text = client.tool_error("echoes_of-u8", json!({}));
    assert!(text.contains("\"value\""), "{text}");
    let text = client.tool_error("echoes_of-u8", json!({ "value": 1, "values": 2 }));
    assert!(text.contains("values"), "{text}");
}

#[test]
fn schemas_say_what_is_accepted() {
    let (_home, mut client) = client();
    for (function, schema) in [
        ("of-bool", json!({ "type": "boolean" })),
        (
            "of-s8",
            json!({ "type": "integer", "minimum": -128, "maximum": 127 }),
        ),
        (
            "of-u64",
            json!({
                "type": ["integer", "string"],
                "minimum": 0,
                "maximum": u64::MAX,
                "pattern": "^[0-9]+$",
            }),
        ),
        ("of-f32", json!({ "type": "number" })),
        (
            "of-char",
            json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        ),
        (
            "of-bytes",
            json!({ "type": "string", "contentEncoding": "base64" }),
        ),
        (
            "of-tuple",
            json!({
                "type": "array",
                "prefixItems": [
                    { "type": "string" },
                    { "type": "integer", "minimum": 0, "maximum": 255 },
                ],
                "items": false,
                "minItems": 2,
                "maxItems": 2,
            }),
        ),
        (
            "of-record",
            json!({
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "price-cents": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                    "note": { "type": ["string", "null"] },
                },
                "required": ["name", "price-cents"],
                "additionalProperties": false,
            }),
        ),
        (
            "of-variant",
            json!({
                "oneOf": [
                    {
                        "type": "object",
                        "properties": { "circle": { "type": "number" } },
                        "required": ["circle"],
                        "additionalProperties": false,
                    },
                    {
                        "type": "object",
                        "properties": {
                            "square": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                        },
                        "required": ["square"],
                        "additionalProperties": false,
                    },
                    { "const": "nothing" },
                ],
            }),
        ),
        (
            "of-enum",
            json!({ "type": "string", "enum": ["red", "dark-green"] }),
        ),
        (
            "of-flags",
            json!({
                "type": "array",
                "items": { "type": "string", "enum": ["read", "write", "run"] },
                "uniqueItems": true,
            }),
        ),
    ] {
        let tool = tool(&mut client, &format!("echoes_{function}"));
        assert_eq!(
            tool["inputSchema"],
            json!({
                "type": "object",
                "properties": { "value": schema },
                "required": ["value"],
                "additionalProperties": false,
            }),
            "{function}"
        );
        if !matches!(function, "of-record" | "of-f32" | "of-variant") {
            assert_eq!(
                tool["outputSchema"]["properties"]["result"], schema,
                "{function}"
            );
        }
    }
    // A record is an object itself; a number may be none in what is given back.
    let record = tool(&mut client, "echoes_of-record");
    assert_eq!(
        record["outputSchema"],
        record["inputSchema"]["properties"]["value"]
    );
    let float = tool(&mut client, "echoes_of-f32");
    assert_eq!(
        float["outputSchema"]["properties"]["result"]["anyOf"][1]["enum"],
        json!(["NaN", "Infinity", "-Infinity"])
    );
}
