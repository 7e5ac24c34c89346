//! Calls that become tasks.

use portcullis_sdk::testing::{self, Answer};
use portcullis_sdk::{Value, json};

use super::{call, everything, failed};

fn answer(values: Value) {
    testing::answer_input(move |_, _| Answer::Accept(values.clone()));
}

#[test]
fn what_takes_time_ends() {
    assert_eq!(call("greet", json!({ "name": "World" })), "Hello, World!");
    let arguments = json!({ "seconds": 0.01, "label": "it" });
    assert_eq!(call("slow_compute", arguments), "it took 0.01 s");
    assert_eq!(
        call("slow_compute", json!({ "seconds": 0 })),
        "the computation took 0 s"
    );
}

#[test]
fn a_time_that_is_none_is_refused() {
    for seconds in [-1.0, 1e300] {
        let output = everything::plugin().call_tool("slow_compute", json!({ "seconds": seconds }));
        assert!(output.unwrap_err().is_invalid_arguments(), "{seconds}");
    }
}

/// The model is told of the one, and the other is an error of the request.
#[test]
fn jobs_fail_in_two_ways() {
    let error = |tool: &str| {
        let output = everything::plugin().call_tool(tool, json!({}));
        format!("{:?}", output.unwrap_err())
    };
    assert_eq!(error("failing_job"), r#"Failed("this job always fails")"#);
    assert_eq!(
        error("protocol_error_job"),
        r#"Internal("this job has no result")"#
    );
}

#[test]
fn nothing_is_deleted_without_a_yes() {
    let delete = || call("confirm_delete", json!({ "filename": "a.txt" }));
    answer(json!({ "confirm": true }));
    assert_eq!(delete(), "deleted `a.txt`");
    answer(json!({ "confirm": false }));
    assert_eq!(delete(), "kept `a.txt`");
    testing::answer_input(|_, _| Answer::Decline);
    assert_eq!(delete(), "kept `a.txt`");
}

#[test]
fn two_questions_at_once_have_two_answers() {
    testing::answer_input(|key, _| Answer::Accept(json!({ "name": key, "confirm": true })));
    assert_eq!(
        call("multi_input", json!({})),
        "first: first true, second: second true"
    );
}

#[test]
fn a_call_is_detached_once_it_has_its_answer() {
    testing::answer_input(|_, _| {
        assert!(!testing::detached());
        Answer::Accept(json!({ "name": "Alice" }))
    });
    assert_eq!(
        call("test_tool_with_task", json!({})),
        "the task of Alice is done"
    );
    assert!(testing::detached());
    testing::answer_input(|_, _| Answer::Cancel);
    failed("test_tool_with_task", json!({}));
    assert!(!testing::detached());
}
