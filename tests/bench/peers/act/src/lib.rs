//! The tools of the guest `echo` that are measured, as a component of ACT.

use act_sdk::prelude::*;

#[act_component]
mod component {
    use std::collections::{BTreeMap, HashMap};

    use serde_json::Value;

    #[act_tool(description = "Answer with the text.", read_only, idempotent)]
    fn echo(
        /// What to answer with
        text: String,
    ) -> ActResult<String> {
        Ok(text)
    }

    #[act_tool(description = "Count the words of a JSON text.", read_only, idempotent)]
    fn count(
        /// JSON such as `{"words": ["a", "b", "a"]}`
        text: String,
    ) -> ActResult<String> {
        let wrong = |error: serde_json::Error| ActError::invalid_args(error.to_string());
        let value: Value = serde_json::from_str(&text).map_err(wrong)?;
        let words = value.get("words").and_then(Value::as_array);
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for word in words.ok_or_else(|| ActError::invalid_args("no words"))? {
            *counts.entry(word.as_str().unwrap_or_default()).or_default() += 1;
        }
        let sorted: BTreeMap<&str, u64> = counts.into_iter().collect();
        serde_json::to_string(&sorted).map_err(wrong)
    }
}
