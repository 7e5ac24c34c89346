//! Prompts and completion.

use portcullis_sdk::{Content, Value, json, plugin};

#[plugin]
mod example {
    use portcullis_sdk::{Context, Message, Prompt, Resolved, Result, Suggestions};

    /// Reviews code.
    #[prompt(title = "Review", extra = r#"{"icons":[]}"#)]
    fn review(
        /// The code
        code: String,
        /// Its language
        language: Option<String>,
        #[default(3)] depth: u8,
        _context: &Context,
    ) -> Vec<Message> {
        vec![
            Message::user(format!("{code} {language:?} {depth}")),
            Message::assistant("yes"),
        ]
    }

    #[prompt(name = "say.hi")]
    async fn hi() -> &'static str {
        "hi"
    }

    #[prompt]
    fn fails(why: String) -> Result<Prompt, String> {
        Err(why)
    }

    #[resource("notes://{folder}/{id}")]
    fn note(folder: String, id: u32) -> String {
        format!("{folder}{id}")
    }

    #[complete(prompt = "review", argument = "language")]
    fn languages(value: &str, resolved: &Resolved) -> Vec<String> {
        let all = ["rust", "ruby", "c"].map(str::to_owned);
        let known = all
            .into_iter()
            .filter(|language| language.starts_with(value));
        known
            .chain(resolved.get("code").map(str::to_owned))
            .collect()
    }

    #[complete(resource = "notes://{folder}/{id}", argument = "id")]
    fn ids(value: String, _context: Context) -> Result<Suggestions> {
        let start: u32 = value.parse()?;
        Ok((start..).take(300).map(|id| id.to_string()).collect())
    }
}

#[test]
fn descriptions() {
    assert_eq!(
        Value::from(example::plugin().prompts()),
        json!([
            {
                "name": "review",
                "title": "Review",
                "description": "Reviews code.",
                "arguments": [
                    { "name": "code", "description": "The code", "required": true },
                    { "name": "language", "description": "Its language", "required": false },
                    { "name": "depth", "required": false },
                ],
                "icons": [],
            },
            { "name": "say.hi", "arguments": [] },
            { "name": "fails", "arguments": [{ "name": "why", "required": true }] },
        ])
    );
}

#[test]
fn messages() {
    let plugin = example::plugin();
    let review = plugin.get_prompt("review", &[("code", "x")]).unwrap();
    assert_eq!(review.messages()[0].content(), Content::text("x None 3"));
    assert!(review.messages()[0].is_user() && !review.messages()[1].is_user());
    let review = plugin.get_prompt(
        "review",
        &[("code", "x"), ("language", "c"), ("depth", "9")],
    );
    assert_eq!(
        review.unwrap().messages()[0].content(),
        Content::text("x Some(\"c\") 9")
    );
    let hi = plugin.get_prompt("say.hi", &[]).unwrap();
    assert_eq!(hi.messages().len(), 1);
}

#[test]
fn unusable_arguments_are_named() {
    let plugin = example::plugin();
    let missing = plugin.get_prompt("review", &[]).unwrap_err();
    assert_eq!(missing.message(), "argument `code` is missing");
    let wrong = plugin.get_prompt("review", &[("code", ""), ("depth", "x")]);
    let wrong = wrong.unwrap_err();
    assert!(wrong.is_invalid_arguments());
    assert_eq!(
        wrong.message(),
        "argument `depth`: invalid digit found in string, not `x`"
    );
    let failed = plugin.get_prompt("fails", &[("why", "so")]).unwrap_err();
    assert_eq!(failed.message(), "so");
}

#[test]
fn suggestions() {
    let plugin = example::plugin();
    let languages = plugin.complete_prompt("review", "language", "ru", &[("code", "x")]);
    assert_eq!(languages.unwrap(), ["rust", "ruby", "x"]);
    assert!(
        plugin
            .complete_prompt("review", "code", "", &[])
            .unwrap()
            .is_empty()
    );
    let ids = plugin.complete_resource("notes://{folder}/{id}", "id", "5", &[]);
    assert_eq!(ids.unwrap().len(), 100);
    assert!(
        plugin
            .complete_resource("notes://{folder}/{id}", "id", "", &[])
            .is_err()
    );
}
