//! A guest that asks in each way that a plugin can, and in some that it must
//! not.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod asker {
    use std::time::Duration;

    use portcullis_sdk::input::{Question, Sampling, ask_all};
    use portcullis_sdk::{Elicited, Result, elicit, elicit_url, future, json, progress};

    #[form]
    struct Name {
        name: String,
    }

    /// Ask for a name.
    #[tool]
    pub(crate) fn name() -> Result<String> {
        Ok(asked("name")?.accepted()?.name)
    }

    /// Ask under the same key, over and over.
    #[tool]
    pub(crate) fn names(times: u32) -> Result<String> {
        let mut names = Vec::new();
        for _ in 0..times {
            names.push(asked("name")?.accepted()?.name);
        }
        Ok(names.join(", "))
    }

    /// Ask under keys that the SDK chooses.
    #[tool]
    pub(crate) fn numbered() -> Result<String> {
        let first = elicit::<Name>("First?")?.accepted()?.name;
        let second = elicit::<Name>("Second?")?.accepted()?.name;
        Ok(format!("{first}, {second}"))
    }

    /// Ask two questions under one key, which is against the contract.
    #[tool]
    pub(crate) fn one_key_for_two() -> Result<String> {
        let (one, other) = (question("name"), question("name"));
        let [one, other] = ask_all([one, other])?;
        Ok(format!(
            "{}, {}",
            one.accepted()?.name,
            other.accepted()?.name
        ))
    }

    /// Ask for a page to be opened.
    #[tool]
    pub(crate) fn page() -> Result<String> {
        let opened = elicit_url("Please sign in", "https://example.com/login")?;
        Ok(opened.action().to_owned())
    }

    /// Ask a model that may use a tool.
    #[tool]
    pub(crate) fn with_tools() -> Result<String> {
        let tool = json!({ "name": "look", "inputSchema": { "type": "object" } });
        let said = Sampling::from("Look").extra("tools", json!([tool])).ask()?;
        Ok(said.to_text())
    }

    /// Do something, ask, and do something again.
    #[tool]
    pub(crate) async fn work_and_ask(
        /// How long each work takes
        ms: u64,
    ) -> Result<String> {
        let work = Duration::from_millis(ms);
        progress(0, 2);
        future::sleep(work).await;
        let name = asked("name")?.accepted()?.name;
        progress(1, 2);
        future::sleep(work).await;
        Ok(format!("{name} waited"))
    }

    /// The name of whoever reads it.
    #[resource("asker://name", mime_type = "text/plain")]
    pub(crate) fn resource() -> Result<String> {
        Ok(asked("name")?.accepted()?.name)
    }

    fn asked(key: &str) -> Result<Elicited<Name>> {
        question(key).ask()
    }

    fn question(key: &str) -> Question<Elicited<Name>> {
        Question::form::<Name>("What is your name?").key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::asker;
    use portcullis_sdk::testing::{self, Answer, Asked};
    use portcullis_sdk::{Value, json};

    fn call(tool: &str, arguments: Value) -> String {
        let output = asker::plugin().call_tool(tool, arguments);
        output.unwrap_or_else(|error| panic!("{error}")).to_text()
    }

    #[test]
    fn answers_come_back() {
        testing::answer_input(|key, asked| match asked {
            Asked::Form { .. } => Answer::Accept(json!({ "name": key })),
            Asked::Page { .. } => Answer::Decline,
            _ => Answer::sampled("seen"),
        });
        assert_eq!(call("name", json!({})), "name");
        assert_eq!(call("names", json!({ "times": 2 })), "name, name");
        assert_eq!(call("numbered", json!({})), "input-1, input-2");
        assert_eq!(call("page", json!({})), "decline");
        assert_eq!(call("with_tools", json!({})), "seen");
        assert_eq!(call("work_and_ask", json!({ "ms": 1 })), "name waited");
        let read = asker::plugin().read_resource("asker://name").unwrap();
        assert_eq!(read[0].as_text(), Some("name"));
    }

    #[test]
    fn a_key_has_one_question() {
        testing::answer_input(|_, _| Answer::Cancel);
        assert!(
            asker::plugin()
                .call_tool("one_key_for_two", json!({}))
                .is_err()
        );
    }
}
