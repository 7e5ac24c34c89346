//! `calculator`.

use serde_json::json;

use super::start;

#[test]
fn calculates() {
    let (_home, _web, mut client) = start();
    let called = client.call(
        "calculate",
        json!({ "expression": "(1 + 2) * sqrt(16) / 3^2" }),
    );
    let value = called["structuredContent"]["value"]
        .as_f64()
        .expect("a number");
    assert!((value - 4.0 / 3.0).abs() < 1e-12, "{called}");
    let called = client.call("statistics", json!({ "numbers": [1, 2, 3, 6] }));
    assert_eq!(called["structuredContent"]["mean"], 3.0, "{called}");
    let listed = client.result("tools/list", json!({}));
    let tools = listed["tools"].as_array().expect("tools");
    for name in ["calculate", "statistics", "convert"] {
        let tool = tools
            .iter()
            .find(|tool| tool["name"] == name)
            .expect("it is listed");
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
    }
}

#[test]
fn refuses_what_is_no_expression() {
    let (_home, _web, mut client) = start();
    for expression in ["1 +", "foo(1)", "1 / (", "2pi"] {
        assert!(
            !client
                .tool_error("calculate", json!({ "expression": expression }))
                .is_empty()
        );
    }
    client.tool_error("calculate", json!({ "expression": "" }));
    client.tool_error("statistics", json!({ "numbers": [] }));
    let told = client.tool_error(
        "convert",
        json!({ "value": 1, "from": "furlong", "to": "m" }),
    );
    assert!(told.contains("furlong"), "{told}");
}
