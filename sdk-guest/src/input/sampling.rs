//! What is asked of the client's model, and what it says.

use serde_json::Value;

use crate::bindings::imports::portcullis::plugin::input as wit;
use crate::content::Content;
use crate::error::Result;
use crate::extra;
use crate::prompt::Message;

/// The most tokens of an answer, where the question does not say otherwise.
const MAX_TOKENS: u32 = 1_000;

/// A conversation for the client's model to continue. The client, and the
/// person behind it, may change it or refuse it.
///
/// ```
/// use portcullis_sdk::input::Sampling;
///
/// fn title(note: &str) -> portcullis_sdk::Result<String> {
///     let sampled = Sampling::from(format!("Give this note a title:\n\n{note}"))
///         .system("You answer with one line and nothing else.")
///         .max_tokens(50)
///         .temperature(0.2)
///         .ask()?;
///     Ok(sampled.to_text())
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is asked by `ask`, or as a `Question`"]
pub struct Sampling {
    messages: Vec<Message>,
    max_tokens: u32,
    system: Option<String>,
    extra: Option<String>,
}

impl Sampling {
    /// A conversation without messages; at most 1,000 tokens are answered.
    pub fn new() -> Self {
        Self {
            messages: Vec::new(),
            max_tokens: MAX_TOKENS,
            system: None,
            extra: None,
        }
    }

    /// Adds what the person says.
    pub fn user(self, content: impl Into<Content>) -> Self {
        self.message(Message::user(content))
    }

    /// Adds what the model says.
    pub fn assistant(self, content: impl Into<Content>) -> Self {
        self.message(Message::assistant(content))
    }

    /// Adds a message.
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Sets the system prompt, which the client may change or leave out.
    pub fn system(mut self, prompt: impl Into<String>) -> Self {
        self.system = Some(prompt.into());
        self
    }

    /// Sets the most tokens that the answer may have.
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = tokens;
        self
    }

    /// Sets how freely the model chooses its words; what the numbers mean
    /// depends on the model.
    pub fn temperature(self, temperature: f64) -> Self {
        self.extra("temperature", temperature)
    }

    /// Sets the texts before which the model stops.
    pub fn stop_sequences<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<Value> = texts
            .into_iter()
            .map(|text| Value::String(text.into()))
            .collect();
        self.extra("stopSequences", texts)
    }

    /// Sets a further member of the request, such as `modelPreferences`,
    /// `tools` and `toolChoice`.
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        extra::insert(&mut self.extra, name, value.into());
        self
    }

    /// Asks it.
    ///
    /// # Errors
    ///
    /// The client or the person refused, or there was no answer in time.
    pub fn ask(self) -> Result<Sampled> {
        super::sample(self)
    }

    /// The conversation, for what stands in for a model in tests.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The most tokens that the answer may have.
    pub fn token_limit(&self) -> u32 {
        self.max_tokens
    }

    /// The system prompt.
    pub fn system_prompt(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// A further member of the request, such as `temperature`.
    pub fn member(&self, name: &str) -> Option<Value> {
        extra::member(self.extra.as_deref(), name)
    }

    pub(crate) fn into_wit(self) -> wit::Sample {
        wit::Sample {
            messages: self.messages.into_iter().map(|message| message.0).collect(),
            max_tokens: self.max_tokens,
            system_prompt: self.system,
            extra: self.extra,
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn from_wit(sample: wit::Sample) -> Self {
        Self {
            messages: sample.messages.into_iter().map(Message).collect(),
            max_tokens: sample.max_tokens,
            system: sample.system_prompt,
            extra: sample.extra,
        }
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for Sampling {
    fn from(prompt: &str) -> Self {
        Self::new().user(prompt)
    }
}

impl From<String> for Sampling {
    fn from(prompt: String) -> Self {
        Self::new().user(prompt)
    }
}

impl From<Message> for Sampling {
    fn from(message: Message) -> Self {
        Self::new().message(message)
    }
}

/// What the model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled(pub(crate) wit::Sampled);

impl Sampled {
    /// An answer of one block, by a model called `test`; for tests.
    pub fn new(content: impl Into<Content>) -> Self {
        Self(wit::Sampled {
            role: wit::Role::Assistant,
            content: vec![content.into().0],
            model: "test".to_owned(),
            stop_reason: Some("endTurn".to_owned()),
            extra: None,
        })
    }

    /// The blocks of text, one after the other on lines of their own.
    pub fn to_text(&self) -> String {
        let blocks = self.blocks();
        let texts: Vec<&str> = blocks.iter().filter_map(Content::as_text).collect();
        texts.join("\n")
    }

    /// What is said.
    pub fn blocks(&self) -> Vec<Content> {
        self.0.content.iter().cloned().map(Content).collect()
    }

    /// Whether the model says it, as it does as a rule.
    pub fn is_assistant(&self) -> bool {
        self.0.role == wit::Role::Assistant
    }

    /// The name of the model.
    pub fn model(&self) -> &str {
        &self.0.model
    }

    /// Why it stopped, such as `endTurn`, `maxTokens` or `toolUse`, if known.
    pub fn stop_reason(&self) -> Option<&str> {
        self.0.stop_reason.as_deref()
    }

    /// A further member of the answer, such as `_meta`.
    pub fn extra(&self, name: &str) -> Option<Value> {
        extra::member(self.0.extra.as_deref(), name)
    }
}
