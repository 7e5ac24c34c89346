//! Questions to the person, the model or the client, and their answers.
//!
//! In legacy revisions a question is a request of ours; since 2026-07-28 it is
//! part of an `input_required` result. What is asked looks the same in both.
//! Sources: MCP 2026-07-28, client, "Elicitation", "Sampling" and "Roots", and
//! basic patterns, "Multi Round-Trip Requests"; MCP 2025-11-25, client.

mod answer;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub use answer::{Answer, Root, Sampled};

use super::Revision;
use super::content::{AllAt, At, Extra, optional};
use super::prompts::PromptMessage;

/// What a client can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// A form for the person.
    pub form: bool,
    /// A page for the person.
    pub page: bool,
    /// A completion by the model.
    pub sample: bool,
    /// A completion by a model that may use tools given with the question.
    pub sample_with_tools: bool,
    /// The client's roots.
    pub roots: bool,
}

impl Kinds {
    /// Reads what a client declares. A capability without the mode that it
    /// needs, or of the wrong type, is none; `elicitation` alone means forms.
    pub fn declared(capabilities: &RawValue, revision: Revision) -> Kinds {
        let declared: Value = serde_json::from_str(capabilities.get()).unwrap_or_default();
        let has = |path: &str| declared.pointer(path).is_some_and(Value::is_object);
        let elicitation = has("/elicitation") && revision >= Revision::V2025_06_18;
        let page = elicitation && has("/elicitation/url") && revision >= Revision::V2025_11_25;
        let sample = has("/sampling");
        Kinds {
            form: elicitation && (has("/elicitation/form") || !has("/elicitation/url")),
            page,
            sample,
            sample_with_tools: sample
                && has("/sampling/tools")
                && revision >= Revision::V2025_11_25,
            roots: has("/roots"),
        }
    }
}

/// One question.
#[derive(Clone, Debug)]
pub enum Question {
    /// Fill in a form.
    Form {
        /// What it is about.
        message: String,
        /// JSON Schema of the values.
        schema: Box<RawValue>,
        /// Further members of the request.
        extra: Extra,
    },
    /// Open a page.
    Page {
        /// What it is about.
        message: String,
        /// The page's address.
        url: String,
        /// Further members of the request.
        extra: Extra,
    },
    /// Continue a conversation.
    Sample {
        /// The conversation so far.
        messages: Vec<PromptMessage>,
        /// The most tokens of the answer.
        max_tokens: u32,
        /// The system prompt.
        system_prompt: Option<String>,
        /// Further members of the request.
        extra: Extra,
    },
    /// Name the roots.
    Roots,
}

impl Question {
    /// The members a plugin may not add to a form, since they are fields.
    pub const FORM_FIELDS: &'static [&'static str] = &["mode", "message", "requestedSchema"];
    /// The same for a page.
    pub const PAGE_FIELDS: &'static [&'static str] = &["mode", "message", "url", "elicitationId"];
    /// The same for sampling.
    pub const SAMPLE_FIELDS: &'static [&'static str] = &["messages", "maxTokens", "systemPrompt"];

    /// The method of the request that asks it.
    pub fn method(&self) -> &'static str {
        match self {
            Question::Form { .. } | Question::Page { .. } => "elicitation/create",
            Question::Sample { .. } => "sampling/createMessage",
            Question::Roots => "roots/list",
        }
    }

    /// Whether a client of these kinds can be asked this.
    pub fn is_among(&self, kinds: Kinds) -> bool {
        match self {
            Question::Form { .. } => kinds.form,
            Question::Page { .. } => kinds.page,
            Question::Sample { extra, .. } if needs_tools(extra) => kinds.sample_with_tools,
            Question::Sample { .. } => kinds.sample,
            Question::Roots => kinds.roots,
        }
    }

    /// The capability that a client has to declare to be asked this, as it
    /// declares it.
    pub fn required_capability(&self) -> Value {
        match self {
            Question::Form { .. } => json!({ "elicitation": {} }),
            Question::Page { .. } => json!({ "elicitation": { "url": {} } }),
            Question::Sample { extra, .. } if needs_tools(extra) => {
                json!({ "sampling": { "tools": {} } })
            }
            Question::Sample { .. } => json!({ "sampling": {} }),
            Question::Roots => json!({ "roots": {} }),
        }
    }
}

fn needs_tools(extra: &Extra) -> bool {
    extra.get("tools").is_some() || extra.get("toolChoice").is_some()
}

/// The parameters of the request that asks the question under a key.
pub struct Params<'a> {
    /// The question.
    pub question: &'a Question,
    /// What tells it from the others.
    pub key: &'a str,
    /// The revision to write it for.
    pub revision: Revision,
}

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.question {
            Question::Form {
                message,
                schema,
                extra,
            } => {
                if self.revision >= Revision::V2025_11_25 {
                    map.serialize_entry("mode", "form")?;
                }
                map.serialize_entry("message", message)?;
                map.serialize_entry("requestedSchema", schema)?;
                extra.write(&mut map, &[])?;
            }
            Question::Page {
                message,
                url,
                extra,
            } => {
                map.serialize_entry("mode", "url")?;
                map.serialize_entry("message", message)?;
                map.serialize_entry("url", url)?;
                if !self.revision.is_modern() {
                    map.serialize_entry("elicitationId", self.key)?;
                }
                extra.write(&mut map, &[])?;
            }
            Question::Sample {
                messages,
                max_tokens,
                system_prompt,
                extra,
            } => {
                map.serialize_entry("messages", &Turns(messages, self.revision))?;
                optional(&mut map, "systemPrompt", system_prompt)?;
                map.serialize_entry("maxTokens", max_tokens)?;
                extra.write(&mut map, &[])?;
            }
            Question::Roots => {}
        }
        map.end()
    }
}

/// The messages of a conversation. Since 2025-11-25 one message may have many
/// blocks, and what a model asks of its tools at once has to be one: neighbours
/// of the same role are.
struct Turns<'a>(&'a [PromptMessage], Revision);

impl Serialize for Turns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Turns(messages, revision) = *self;
        if revision < Revision::V2025_11_25 {
            return AllAt(messages, revision).serialize(serializer);
        }
        let turns = messages.chunk_by(|one, next| one.role == next.role);
        serializer.collect_seq(turns.map(|messages| Turn(messages, revision)))
    }
}

/// Messages of one role.
struct Turn<'a>(&'a [PromptMessage], Revision);

impl Serialize for Turn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Turn(messages, revision) = *self;
        if let [message] = messages {
            return At(message, revision).serialize(serializer);
        }
        let blocks: Vec<_> = messages
            .iter()
            .map(|message| At(&message.content, revision))
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", &messages[0].role)?;
        map.serialize_entry("content", &blocks)?;
        map.end()
    }
}

/// The questions of an `input_required` result: an object with a request for
/// each key.
pub struct InputRequests<'a>(pub &'a [(String, Question)], pub Revision);

impl Serialize for InputRequests<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Request<'a> {
            method: &'static str,
            params: Params<'a>,
        }
        let revision = self.1;
        serializer.collect_map(self.0.iter().map(|(key, question)| {
            let request = Request {
                method: question.method(),
                params: Params {
                    question,
                    key,
                    revision,
                },
            };
            (key, request)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::content::Block;
    use crate::protocol::prompts::Role;

    fn declared(text: &str, revision: Revision) -> Kinds {
        Kinds::declared(serde_json::from_str(text).expect("JSON"), revision)
    }

    #[test]
    fn elicitation_alone_means_forms() {
        let modern = Revision::V2026_07_28;
        let kinds = declared(r#"{"elicitation":{}}"#, modern);
        assert!(kinds.form && !kinds.page);
        let kinds = declared(r#"{"elicitation":{"url":{}}}"#, modern);
        assert!(!kinds.form && kinds.page);
        assert!(!declared(r#"{"elicitation":{}}"#, Revision::V2025_03_26).form);
        assert_eq!(
            declared(r#"{"sampling":3,"roots":null}"#, modern),
            Kinds::default()
        );
    }

    #[test]
    fn neighbours_of_one_role_are_one_message() {
        let say = |role, text: &str| PromptMessage {
            role,
            content: Block::text(text),
        };
        let messages = [
            say(Role::User, "a"),
            say(Role::Assistant, "b"),
            say(Role::Assistant, "c"),
        ];
        let text = |revision| serde_json::to_string(&Turns(&messages, revision)).expect("writes");
        assert_eq!(
            text(Revision::V2025_11_25),
            concat!(
                r#"[{"role":"user","content":{"type":"text","text":"a"}},"#,
                r#"{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]}]"#
            )
        );
        assert_eq!(text(Revision::V2025_06_18).matches("role").count(), 3);
    }

    #[test]
    fn tools_need_a_capability_of_their_own() {
        let extra = Extra::parse(r#"{"tools":[]}"#, Question::SAMPLE_FIELDS).expect("good");
        let question = Question::Sample {
            messages: Vec::new(),
            max_tokens: 1,
            system_prompt: None,
            extra,
        };
        let revision = Revision::V2026_07_28;
        assert!(!question.is_among(declared(r#"{"sampling":{}}"#, revision)));
        assert!(question.is_among(declared(r#"{"sampling":{"tools":{}}}"#, revision)));
    }
}
