//! Questions of running calls, in both eras.

mod legacy;
mod modern;
mod refusals;
mod state;

use serde_json::{Value, json};

use crate::client::Client;

/// Asks for a name under the key `user_name`.
const NAME: &str = "test_input_required_result_elicitation";
/// Asks for a name, a greeting and the roots at once.
const ALL: &str = "test_input_required_result_multiple_inputs";
/// Asks for a name, and then for a colour.
const ROUNDS: &str = "test_input_required_result_multi_round";

/// What a client declares that can be asked for everything.
fn everything() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} }, "sampling": { "tools": {} }, "roots": {} })
}

/// The answer of a person who fills in a form.
fn accepted(content: Value) -> Value {
    json!({ "action": "accept", "content": content })
}

/// The answer of a model.
fn sampled(text: &str) -> Value {
    json!({
        "role": "assistant", "content": { "type": "text", "text": text },
        "model": "m", "stopReason": "endTurn",
    })
}

/// The answer of a client that works in one folder.
fn roots() -> Value {
    json!({ "roots": [{ "uri": "file:///project", "name": "work" }] })
}

/// What a modern call that ended with questions asks, and its state.
struct Asked {
    questions: Value,
    state: Value,
}

impl Asked {
    #[track_caller]
    fn of(result: &Value) -> Self {
        assert_eq!(result["resultType"], "input_required", "{result}");
        assert!(result["requestState"].is_string(), "{result}");
        assert_eq!(result.get("content"), None, "{result}");
        Self {
            questions: result["inputRequests"].clone(),
            state: result["requestState"].clone(),
        }
    }

    /// The keys that are asked under, in order.
    #[track_caller]
    fn keys(&self) -> Vec<&str> {
        let questions = self.questions.as_object().expect("an object");
        questions.keys().map(String::as_str).collect()
    }
}

/// Calls a tool and is asked.
#[track_caller]
fn ask(client: &mut Client, tool: &str) -> Asked {
    Asked::of(&client.call(tool, json!({})))
}

/// The parameters of a call with a state and answers.
fn again(tool: &str, state: &Value, answers: Value) -> Value {
    json!({
        "name": tool, "arguments": {},
        "requestState": state, "inputResponses": answers,
    })
}

/// Calls a tool again with answers.
#[track_caller]
fn retry(client: &mut Client, tool: &str, asked: &Asked, answers: Value) -> Value {
    client.result("tools/call", again(tool, &asked.state, answers))
}
