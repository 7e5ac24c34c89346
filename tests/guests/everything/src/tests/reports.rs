//! Progress, log lines and news of changes.

use portcullis_sdk::json;
use portcullis_sdk::testing::{self, Change};

use super::call;

#[test]
fn progress_goes_from_nothing_to_all() {
    call("test_tool_with_progress", json!({}));
    let reports: Vec<(f64, Option<f64>)> = testing::progress()
        .into_iter()
        .map(|report| (report.done, report.total))
        .collect();
    assert_eq!(
        reports,
        [
            (0.0, Some(100.0)),
            (50.0, Some(100.0)),
            (100.0, Some(100.0))
        ]
    );
}

#[test]
fn changes_are_reported_one_by_one() {
    for (tool, change) in [
        ("test_trigger_tool_change", Change::Tools),
        ("test_trigger_prompt_change", Change::Prompts),
        (
            "test_update_watched_resource",
            Change::Resource("test://watched-resource".to_owned()),
        ),
    ] {
        call(tool, json!({}));
        assert_eq!(testing::changes(), [change], "{tool}");
    }
    call("test_simple_text", json!({}));
    assert_eq!(testing::changes(), []);
}

#[test]
fn what_logs_or_waits_answers_as_well() {
    for tool in [
        "test_tool_with_logging",
        "test_logging_tool",
        "test_reconnection",
    ] {
        assert!(!call(tool, json!({})).is_empty(), "{tool}");
    }
}
