//! Content, resources, prompts and completion.

use portcullis_sdk::{Content, json};

use super::{call, everything, failed};

fn blocks(tool: &str) -> Vec<Content> {
    let output = everything::plugin().call_tool(tool, json!({})).unwrap();
    output.blocks().to_vec()
}

#[test]
fn tools_answer_with_each_kind_of_content() {
    assert_eq!(
        call("test_simple_text", json!({})),
        "This is a simple text response for testing."
    );
    let (image, sound) = (blocks("test_image_content"), blocks("test_audio_content"));
    let (png, kind) = image[0].as_media().unwrap();
    assert_eq!(kind, "image/png");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xae\x42\x60\x82"));
    let (wav, kind) = sound[0].as_media().unwrap();
    assert_eq!(kind, "audio/wav");
    assert!(wav.starts_with(b"RIFF") && wav[8..].starts_with(b"WAVE"));
    let length = u32::from_le_bytes(wav[4..8].try_into().unwrap());
    assert_eq!(length as usize, wav.len() - 8);
    assert_eq!(blocks("test_embedded_resource").len(), 1);
    let mixed = blocks("test_multiple_content_types");
    assert_eq!(mixed[0].as_text(), Some("Multiple content types test:"));
    assert!(mixed[1].as_media().is_some());
    assert_eq!(mixed.len(), 3);
}

#[test]
fn the_tool_that_fails_tells_the_model() {
    assert_eq!(
        failed("test_error_handling", json!({})),
        "This tool intentionally returns an error for testing"
    );
}

#[test]
fn arguments_come_back() {
    for value in ["Hello", "SGVsbG8=", "=?base64?SGVsbG8="] {
        assert_eq!(call("test_custom_header", json!({ "value": value })), value);
    }
    let error = everything::plugin().call_tool("test_custom_header", json!({}));
    assert!(error.unwrap_err().is_invalid_arguments());
    let arguments = json!({ "phone": "1", "name": "Ada" });
    let text = call("json_schema_2020_12_tool", arguments);
    assert!(text.ends_with(r#"{"phone":"1","name":"Ada"}"#), "{text}");
}

#[test]
fn resources_are_read() {
    let plugin = everything::plugin();
    let image = plugin.read_resource("test://static-binary").unwrap();
    assert!(image[0].as_bytes().unwrap().starts_with(b"\x89PNG"));
    assert_eq!(image[0].media_type(), Some("image/png"));
    let watched = plugin.read_resource("test://watched-resource").unwrap();
    assert_eq!(watched[0].media_type(), Some("text/plain"));
    let data = plugin.read_resource("test://template/123/data").unwrap();
    assert_eq!(
        data[0].as_text(),
        Some(r#"{"id":"123","templateTest":true,"data":"Data for ID: 123"}"#)
    );
    assert_eq!(data[0].media_type(), Some("application/json"));
    let error = plugin.read_resource("test://nonexistent-resource-for-conformance-testing");
    assert!(error.unwrap_err().is_not_found());
}

#[test]
fn prompts_are_filled_in() {
    let plugin = everything::plugin();
    let simple = plugin.get_prompt("test_simple_prompt", &[]).unwrap();
    assert_eq!(
        simple.messages()[0].content().as_text(),
        Some("This is a simple prompt for testing.")
    );
    let filled = plugin
        .get_prompt(
            "test_prompt_with_arguments",
            &[("arg1", "a"), ("arg2", "b")],
        )
        .unwrap();
    assert_eq!(
        filled.messages()[0].content().as_text(),
        Some("Prompt with arguments: arg1='a', arg2='b'")
    );
    let uri = [("resourceUri", "test://example-resource")];
    let embedded = plugin
        .get_prompt("test_prompt_with_embedded_resource", &uri)
        .unwrap();
    assert_eq!(embedded.messages().len(), 2);
    let image = plugin.get_prompt("test_prompt_with_image", &[]).unwrap();
    assert!(image.messages()[0].content().as_media().is_some());
}

#[test]
fn prompts_without_their_arguments_are_refused() {
    let plugin = everything::plugin();
    let error = plugin.get_prompt("test_prompt_with_arguments", &[("arg1", "a")]);
    assert!(error.unwrap_err().message().contains("`arg2`"));
    let error = plugin.get_prompt("test_prompt_with_embedded_resource", &[]);
    assert!(error.unwrap_err().message().contains("`resourceUri`"));
}

#[test]
fn one_argument_is_completed() {
    let complete = |argument: &str, value: &str| {
        let plugin = everything::plugin();
        plugin.complete_prompt("test_prompt_with_arguments", argument, value, &[])
    };
    assert_eq!(
        complete("arg1", "testV").unwrap(),
        ["testValue1".to_owned()]
    );
    assert!(complete("arg1", "none").unwrap().is_empty());
    assert!(complete("arg2", "").unwrap().is_empty());
}
