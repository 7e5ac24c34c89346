//! Prompts: messages that a person asks for by name.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;

use crate::bindings::imports::portcullis::plugin::content as wit_content;
use crate::bindings::prompts::exports::portcullis::plugin::prompts as wit;
use crate::content::Content;
use crate::error::{Error, Kind, Result};
use crate::extra;
use crate::resource::owned_unless_empty;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Message(pub(crate) wit_content::Message);

impl Message {
    /// What the person says.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(wit_content::Role::User, content.into())
    }

    /// What the model says.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(wit_content::Role::Assistant, content.into())
    }

    fn new(role: wit_content::Role, content: Content) -> Self {
        Self(wit_content::Message {
            role,
            content: content.0,
        })
    }

    /// What is said.
    pub fn content(&self) -> Content {
        Content(self.0.content.clone())
    }

    /// Whether the person says it.
    pub fn is_user(&self) -> bool {
        self.0.role == wit_content::Role::User
    }
}

/// A filled-in prompt: its messages, what it is for, and further members of the
/// result. Empty by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    messages: Vec<Message>,
    description: Option<String>,
    extra: Option<String>,
}

impl Prompt {
    /// A prompt without messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the person says.
    #[must_use]
    pub fn user(self, content: impl Into<Content>) -> Self {
        self.message(Message::user(content))
    }

    /// Adds what the model says.
    #[must_use]
    pub fn assistant(self, content: impl Into<Content>) -> Self {
        self.message(Message::assistant(content))
    }

    /// Adds a message.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Says what this filled-in prompt is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets a further member of the result, such as `_meta`.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        extra::insert(&mut self.extra, name, value.into());
        self
    }

    /// The messages.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn from_wit(output: wit::GetOutput) -> Self {
        Self {
            messages: output.messages.into_iter().map(Message).collect(),
            description: output.description,
            extra: output.extra,
        }
    }

    fn into_wit(self) -> wit::GetOutput {
        wit::GetOutput {
            description: self.description,
            messages: self.messages.into_iter().map(|message| message.0).collect(),
            extra: self.extra,
        }
    }
}

impl FromIterator<Message> for Prompt {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        Self {
            messages: messages.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// What a `#[prompt]` function may return: `String`, `&str` or [`Content`] (one
/// message of the person's), [`Message`], `Vec<Message>`, [`Prompt`], or a
/// `Result` of any of these.
#[diagnostic::on_unimplemented(
    message = "a prompt cannot return `{Self}`",
    label = "not something a prompt can return",
    note = "text, `Content`, `Message`, `Vec<Message>`, `Prompt`, or a `Result` of these"
)]
pub trait IntoPrompt: Sized {
    /// The filled-in prompt.
    ///
    /// # Errors
    ///
    /// The function failed.
    fn into_prompt(self) -> Result<Prompt>;
}

impl IntoPrompt for Prompt {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(self)
    }
}

impl IntoPrompt for Message {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(Prompt::new().message(self))
    }
}

impl IntoPrompt for Vec<Message> {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(Prompt::from_iter(self))
    }
}

impl IntoPrompt for Content {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(Prompt::new().user(self))
    }
}

impl IntoPrompt for String {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(Prompt::new().user(self))
    }
}

impl IntoPrompt for &str {
    fn into_prompt(self) -> Result<Prompt> {
        Ok(Prompt::new().user(self))
    }
}

impl<T: IntoPrompt, E: Display + 'static> IntoPrompt for Result<T, E> {
    fn into_prompt(self) -> Result<Prompt> {
        self.map_err(Error::from_displayed)?.into_prompt()
    }
}

/// A type that a prompt's parameter may have: anything that can be read from
/// text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a prompt's argument",
    label = "cannot be read from text",
    note = "`String`, a number, `bool`, or any type that implements `FromStr` with an error that \
            can be displayed; or an `Option` of these"
)]
pub trait PromptArgument: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// The text is none of its values; the message says why.
    fn read(text: &str) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr> PromptArgument for T
where
    T::Err: Display,
{
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// What a `#[prompt]` attribute and its function's parameters say.
pub struct Description<'a> {
    /// The prompt's name.
    pub name: &'a str,
    /// The name for people.
    pub title: Option<&'a str>,
    /// The doc comment; empty if there is none.
    pub description: &'a str,
    /// Each argument's name, doc comment, and whether it must be given.
    pub arguments: &'a [(&'a str, &'a str, bool)],
    /// Further members, as the text of a JSON object.
    pub extra: Option<&'a str>,
}

impl Description<'_> {
    /// The record.
    pub fn prompt(self) -> wit::Prompt {
        let argument = |(name, description, required): &(&str, &str, bool)| wit::Argument {
            name: (*name).to_owned(),
            title: None,
            description: owned_unless_empty(description),
            required: *required,
            extra: None,
        };
        wit::Prompt {
            name: self.name.to_owned(),
            title: self.title.map(str::to_owned),
            description: owned_unless_empty(self.description),
            arguments: self.arguments.iter().map(argument).collect(),
            extra: self.extra.map(str::to_owned),
        }
    }
}

/// The arguments of one request for a prompt.
pub struct Arguments<'a>(pub &'a [(String, String)]);

impl Arguments<'_> {
    /// An argument that must be given.
    ///
    /// # Errors
    ///
    /// It is missing, or no `T` can be read from it.
    pub fn required<T: PromptArgument>(&self, name: &str) -> Result<T, wit::GetError> {
        self.optional(name)?
            .ok_or_else(|| wit::GetError::InvalidArguments(format!("argument `{name}` is missing")))
    }

    /// An argument that may be left out.
    ///
    /// # Errors
    ///
    /// No `T` can be read from it.
    pub fn optional<T: PromptArgument>(&self, name: &str) -> Result<Option<T>, wit::GetError> {
        let Some((_, value)) = self.0.iter().rfind(|(key, _)| key == name) else {
            return Ok(None);
        };
        T::read(value).map(Some).map_err(|error| {
            wit::GetError::InvalidArguments(format!("argument `{name}`: {error}, not `{value}`"))
        })
    }
}

/// What getting gives, from what the function returned.
///
/// # Errors
///
/// The function failed.
pub fn get_output<T: IntoPrompt>(returned: T) -> Result<wit::GetOutput, wit::GetError> {
    match returned.into_prompt() {
        Ok(prompt) => Ok(prompt.into_wit()),
        Err(error) => Err(match *error.0 {
            Kind::InvalidArguments(message) => wit::GetError::InvalidArguments(message),
            _ => wit::GetError::Other(error.message()),
        }),
    }
}
