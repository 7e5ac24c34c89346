//! A guest that does what the runtime's tests and benchmarks ask of it: answer,
//! wait, report, and misbehave in the ways that a call can end.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod echo {
    use std::{
        collections::{BTreeMap, HashMap},
        hint::black_box,
        time::Duration,
    };

    use portcullis_sdk::{Context, Error, Result, Value, future, json};

    /// Answer with the text.
    #[tool(read_only, idempotent, open_world = false)]
    pub(crate) fn echo(text: String) -> String {
        text
    }

    /// Count the words of a JSON text such as `{"words": ["a", "b", "a"]}`, and
    /// answer with the JSON text of the counts, in the order of the words.
    #[tool(read_only, idempotent, open_world = false)]
    pub(crate) fn count(text: String) -> Result<String> {
        let wrong = "`text` is JSON such as {\"words\": [\"a\", \"b\", \"a\"]}";
        let value: Value = text
            .parse()
            .map_err(|error| Error::invalid_arguments(format_args!("{wrong}: {error}")))?;
        let words = value.get("words").and_then(Value::as_array);
        let words = words.ok_or_else(|| Error::invalid_arguments(wrong))?;
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for word in words {
            let word = word.as_str();
            *counts
                .entry(word.ok_or_else(|| Error::invalid_arguments(wrong))?)
                .or_default() += 1;
        }
        let sorted: BTreeMap<&str, u64> = counts.into_iter().collect();
        Ok(json!(sorted).to_string())
    }

    /// Wait.
    #[tool]
    pub(crate) async fn sleep(ms: u64) -> String {
        future::sleep(Duration::from_millis(ms)).await;
        format!("slept {ms} ms")
    }

    /// Report progress and write a log line, once for each step.
    #[tool]
    pub(crate) async fn progress(
        steps: u32,
        /// How long to wait before each step, in milliseconds
        #[default(0)]
        pause: u64,
    ) -> String {
        for step in 1..=steps {
            if pause > 0 {
                future::sleep(Duration::from_millis(pause)).await;
            }
            let message = format!("step {step} of {steps}");
            portcullis_sdk::log::info!("{message}");
            portcullis_sdk::progress::report(step.into(), Some(steps.into()), Some(&message));
        }
        format!("{steps} steps")
    }

    /// Never end.
    #[tool]
    pub(crate) fn spin() -> String {
        let mut turns: u64 = 0;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    /// Take memory, write to all of it, and give it back.
    #[tool]
    pub(crate) fn allocate(mebibytes: usize) -> String {
        let blocks: Vec<Vec<u8>> = (0..mebibytes).map(|_| vec![1; 1 << 20]).collect();
        format!("allocated {} MiB", black_box(blocks).len())
    }

    /// Panic.
    #[tool]
    pub(crate) fn panic() -> String {
        panic!("the guest was asked to panic")
    }

    /// Exit the process that a component has not.
    #[tool]
    pub(crate) fn exit(code: i32) -> String {
        std::process::exit(code)
    }

    /// Print the text on stdout and on stderr.
    #[tool]
    #[expect(
        clippy::print_stdout,
        reason = "where it goes is what the tests look at"
    )]
    pub(crate) fn print(text: String) -> String {
        println!("{text}");
        eprintln!("{text}");
        "printed".to_owned()
    }

    /// Write the text as one log line of each level.
    #[tool]
    pub(crate) fn log(text: String) -> String {
        use portcullis_sdk::log;

        log::trace!("{text}");
        log::debug!("{text}");
        log::info!("{text}");
        log::warn!("{text}");
        log::error!("{text}");
        log::critical!("{text}");
        "logged".to_owned()
    }

    /// Answer with a text of this many bytes.
    #[tool]
    pub(crate) fn large(bytes: usize) -> String {
        "x".repeat(bytes)
    }

    /// Answer with the `_meta` of the request.
    #[tool]
    pub(crate) fn meta(context: &Context) -> String {
        context.meta_text().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::echo;
    use portcullis_sdk::{Context, Value, json, testing};

    fn call(tool: &str, arguments: Value) -> String {
        let output = echo::plugin().call_tool(tool, arguments);
        output.unwrap_or_else(|error| panic!("{error}")).to_text()
    }

    #[test]
    fn answers() {
        assert_eq!(call("echo", json!({ "text": "ä\n" })), "ä\n");
        let words = json!({ "words": ["b", "a", "b"] }).to_string();
        assert_eq!(call("count", json!({ "text": words })), r#"{"a":1,"b":2}"#);
        assert_eq!(call("large", json!({ "bytes": 5 })), "xxxxx");
        assert_eq!(
            call("allocate", json!({ "mebibytes": 2 })),
            "allocated 2 MiB"
        );
        assert_eq!(call("sleep", json!({ "ms": 1 })), "slept 1 ms");
        assert_eq!(call("print", json!({ "text": "a" })), "printed");
        assert_eq!(call("log", json!({ "text": "a" })), "logged");
    }

    #[test]
    fn words_that_are_none_are_refused() {
        for text in ["", "[]", r#"{"words":1}"#, r#"{"words":[1]}"#] {
            let error = echo::plugin().call_tool("count", json!({ "text": text }));
            assert!(error.unwrap_err().is_invalid_arguments(), "{text}");
        }
    }

    #[test]
    fn every_step_is_reported() {
        assert_eq!(call("progress", json!({ "steps": 2 })), "2 steps");
        let reports = testing::progress();
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[1].done, 2.0);
        assert_eq!(reports[1].message.as_deref(), Some("step 2 of 2"));
    }

    #[test]
    fn meta_comes_back() {
        let Value::Object(meta) = json!({ "trace": "1" }) else {
            panic!("an object");
        };
        let output = echo::plugin()
            .call_tool_in(Context::with_meta(meta), "meta", json!({}))
            .unwrap();
        assert_eq!(output.to_text(), r#"{"trace":"1"}"#);
    }
}
