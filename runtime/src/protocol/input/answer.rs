//! What a client answers to a question.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Question;
use crate::protocol::content::{Block, Extra};
use crate::protocol::members::Members;
use crate::protocol::prompts::Role;

/// The answer to one question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The person agreed; the values of a form as a JSON object.
    Accepted(Box<RawValue>),
    /// The person said no.
    Declined,
    /// The person chose neither.
    Cancelled,
    /// What the model said.
    Sampled(Sampled),
    /// The client's roots.
    Roots(Vec<Root>),
}

/// What the model said.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Vec<Block>,
    /// The name of the model.
    pub model: String,
    /// Why it stopped.
    pub stop_reason: Option<String>,
    /// Further members.
    pub extra: Extra,
}

/// A directory or file that the client works in.
#[derive(Clone, Debug)]
pub struct Root {
    /// Where it is.
    pub uri: String,
    /// Its name, for people.
    pub name: Option<String>,
    /// Further members.
    pub extra: Extra,
}

impl Answer {
    /// Reads the answer to a question: the result of the request that asks it.
    /// The error says what is wrong with it.
    pub fn parse(question: &Question, raw: &RawValue) -> Result<Answer, String> {
        let members: Members<'_> = serde_json::from_str(raw.get())
            .map_err(|_| format!("the answer is `{}`; accepted: an object", shortened(raw)))?;
        match question {
            Question::Form { .. } | Question::Page { .. } => elicited(question, &members),
            Question::Sample { .. } => sampled(members).map(Answer::Sampled),
            Question::Roots => roots(&members).map(Answer::Roots),
        }
    }
}

fn elicited(question: &Question, members: &Members<'_>) -> Result<Answer, String> {
    let action = members.string("action").map_err(|error| error.message)?;
    match &*action {
        "accept" => {
            let content = members
                .optional_object("content")
                .map_err(|error| error.message)?;
            match (question, content) {
                (_, Some(content)) => Ok(Answer::Accepted(content.to_owned())),
                (Question::Page { .. }, None) => Ok(Answer::Accepted(
                    RawValue::from_string("{}".to_owned()).expect("it is JSON"),
                )),
                (_, None) => Err("`content` is missing from an accepted form".to_owned()),
            }
        }
        "decline" => Ok(Answer::Declined),
        "cancel" => Ok(Answer::Cancelled),
        other => Err(format!(
            "`action` is `{other}`; accepted: accept, decline, cancel"
        )),
    }
}

fn sampled(members: Members<'_>) -> Result<Sampled, String> {
    let message = |error: crate::protocol::RpcError| error.message;
    let role = members.string("role").map_err(message)?;
    let role = match &*role {
        "assistant" => Role::Assistant,
        "user" => Role::User,
        other => return Err(format!("`role` is `{other}`; accepted: assistant, user")),
    };
    let content = members
        .get("content")
        .ok_or_else(|| "`content` is missing".to_owned())?;
    let content = if content.get().starts_with('[') {
        let blocks: Vec<&RawValue> = serde_json::from_str(content.get())
            .map_err(|error| format!("`content` is no list of blocks: {error}"))?;
        blocks
            .into_iter()
            .map(Block::parse)
            .collect::<Result<_, _>>()?
    } else {
        vec![Block::parse(content)?]
    };
    Ok(Sampled {
        role,
        content,
        model: members.string("model").map_err(message)?.into_owned(),
        stop_reason: members
            .optional_string("stopReason")
            .map_err(message)?
            .map(Into::into),
        extra: members.into_extra(&["role", "content", "model", "stopReason", "resultType"]),
    })
}

fn roots(members: &Members<'_>) -> Result<Vec<Root>, String> {
    #[derive(Deserialize)]
    struct Listed<'a>(#[serde(borrow)] Vec<Members<'a>>);
    let roots = members
        .get("roots")
        .ok_or_else(|| "`roots` is missing; it is a list".to_owned())?;
    let Listed(roots) = serde_json::from_str(roots.get()).map_err(|_| {
        format!(
            "`roots` is `{}`; accepted: a list of objects",
            shortened(roots)
        )
    })?;
    roots
        .into_iter()
        .map(|root| {
            Ok(Root {
                uri: root.string("uri").map_err(|error| error.message)?.into(),
                name: root
                    .optional_string("name")
                    .map_err(|error| error.message)?
                    .map(Into::into),
                extra: root.into_extra(&["uri", "name"]),
            })
        })
        .collect()
}

fn shortened(raw: &RawValue) -> String {
    crate::protocol::jsonrpc::shortened(raw.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).expect("JSON")
    }

    fn form() -> Question {
        Question::Form {
            message: "Who?".to_owned(),
            schema: raw(r#"{"type":"object","properties":{}}"#).to_owned(),
            extra: Extra::default(),
        }
    }

    #[test]
    fn what_is_no_answer_says_why() {
        for (text, word) in [
            ("42", "accepted: an object"),
            ("null", "accepted: an object"),
            ("{}", "`action` is missing"),
            (r#"{"action":"yes"}"#, "accepted: accept, decline, cancel"),
            (r#"{"action":"accept"}"#, "`content` is missing"),
            (r#"{"action":"accept","content":3}"#, "accepted: an object"),
        ] {
            let error = Answer::parse(&form(), raw(text)).expect_err("refused");
            assert!(error.contains(word), "{error}");
        }
        for text in [r#"{"roots":3}"#, r#"{"roots":[{}]}"#, "{}"] {
            assert!(
                Answer::parse(&Question::Roots, raw(text)).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_models_answer_has_one_block_or_many() {
        let question = Question::Sample {
            messages: Vec::new(),
            max_tokens: 1,
            system_prompt: None,
            extra: Extra::default(),
        };
        for (content, blocks) in [
            (r#"{"type":"text","text":"Paris"}"#, 1),
            (
                r#"[{"type":"text","text":"a","annotations":{}},{"type":"tool_use","id":"1","name":"n","input":{}}]"#,
                2,
            ),
        ] {
            let text = format!(r#"{{"role":"assistant","content":{content},"model":"m"}}"#);
            let Ok(Answer::Sampled(sampled)) = Answer::parse(&question, raw(&text)) else {
                panic!("read")
            };
            assert_eq!(sampled.content.len(), blocks);
        }
    }
}
