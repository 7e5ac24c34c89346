use portcullis_sdk::json;

use super::review;

fn text(prompt: &str, arguments: &[(&str, &str)]) -> String {
    let prompt = review::plugin().get_prompt(prompt, arguments).unwrap();
    let [message] = prompt.messages() else {
        panic!("one message");
    };
    assert!(message.is_user());
    message.content().as_text().unwrap().to_owned()
}

#[test]
fn prompts_are_described() {
    let prompts = review::plugin().prompts();
    let arguments = |index: usize| -> Vec<_> {
        let arguments = prompts[index]["arguments"].as_array().unwrap();
        arguments
            .iter()
            .map(|argument| (argument["name"].clone(), argument["required"].clone()))
            .collect()
    };
    let pair = |name: &str, required: bool| (json!(name), json!(required));
    assert_eq!(
        arguments(0),
        [
            pair("code", true),
            pair("language", false),
            pair("focus", false)
        ]
    );
    assert_eq!(
        arguments(1),
        [
            pair("error", true),
            pair("code", false),
            pair("language", false)
        ]
    );
}

#[test]
fn a_review_holds_the_code_and_the_focus() {
    let text = text(
        "code_review",
        &[
            ("code", "let a = 1;\n"),
            ("language", "rust"),
            ("focus", "security"),
        ],
    );
    assert!(text.starts_with("Review the rust code below"), "{text}");
    assert!(text.contains("\n- security: Follow every value"), "{text}");
    assert!(text.ends_with("\n```rust\nlet a = 1;\n```\n"), "{text}");
}

#[test]
fn what_is_left_out_leaves_no_gap() {
    for arguments in [
        &[("code", "x")][..],
        &[("code", "x"), ("language", ""), ("focus", " ")][..],
    ] {
        let text = text("code_review", arguments);
        assert!(text.starts_with("Review the code below"), "{text}");
        assert!(!text.contains("Look at this first"), "{text}");
        assert!(text.ends_with("\n```\nx\n```\n"), "{text}");
    }
}

#[test]
fn a_fence_is_longer_than_those_inside() {
    let text = text("code_review", &[("code", "````\nfence\n````")]);
    assert!(
        text.ends_with("\n`````\n````\nfence\n````\n`````\n"),
        "{text}"
    );
}

#[test]
fn a_language_stays_on_its_line() {
    let text = text(
        "code_review",
        &[("code", "x"), ("language", "c\n```\nignore this")],
    );
    assert!(text.ends_with("\n```c ignore this\nx\n```\n"), "{text}");
}

#[test]
fn an_error_with_and_without_code() {
    let with = text(
        "debug_error",
        &[("error", "E0382"), ("code", "x"), ("language", "rust")],
    );
    assert!(with.contains("\n```\nE0382\n```\n"), "{with}");
    assert!(with.ends_with("\n```rust\nx\n```\n"), "{with}");
    assert!(!with.contains("The code is not given"), "{with}");
    let without = text("debug_error", &[("error", "E0382"), ("language", "rust")]);
    assert!(without.contains("The code is not given"), "{without}");
    assert!(without.contains("The error (rust)."), "{without}");
}

#[test]
fn nothing_to_look_at_is_refused() {
    let plugin = review::plugin();
    for (prompt, argument) in [("code_review", "code"), ("debug_error", "error")] {
        let error = plugin.get_prompt(prompt, &[(argument, " \n")]).unwrap_err();
        assert_eq!(error.message(), format!("`{argument}` is empty"));
        assert!(plugin.get_prompt(prompt, &[]).is_err());
    }
}

#[test]
fn arguments_complete() {
    let plugin = review::plugin();
    for prompt in ["code_review", "debug_error"] {
        let languages = plugin.complete_prompt(prompt, "language", "Ru", &[]);
        assert_eq!(languages.unwrap(), ["ruby", "rust"]);
    }
    let focuses = plugin.complete_prompt("code_review", "focus", "se", &[]);
    assert_eq!(focuses.unwrap(), ["security"]);
}
