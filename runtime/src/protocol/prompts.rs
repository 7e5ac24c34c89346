//! Prompts.
//!
//! Source: MCP 2026-07-28, server, "Prompts".

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::Revision;
use super::content::{AllAt, At, Block, Extra, optional};

/// What a client is told about one prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prompt {
    /// Its name; with the plugin's prefix where clients see it.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its arguments, in order.
    pub arguments: Vec<PromptArgument>,
    /// Further members.
    pub extra: Extra,
}

impl Prompt {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &["name", "title", "description", "arguments"];
}

/// One argument of a prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PromptArgument {
    /// Its name.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Further members.
    pub extra: Extra,
}

impl PromptArgument {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &["name", "title", "description", "required"];
}

impl Serialize for At<'_, Prompt> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(prompt, revision) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &prompt.name)?;
        optional(&mut map, "title", &prompt.title)?;
        optional(&mut map, "description", &prompt.description)?;
        if !prompt.arguments.is_empty() {
            map.serialize_entry("arguments", &AllAt(&prompt.arguments, revision))?;
        }
        prompt.extra.write(&mut map, &[])?;
        map.end()
    }
}

impl Serialize for At<'_, PromptArgument> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(argument, _) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &argument.name)?;
        optional(&mut map, "title", &argument.title)?;
        optional(&mut map, "description", &argument.description)?;
        map.serialize_entry("required", &argument.required)?;
        argument.extra.write(&mut map, &[])?;
        map.end()
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message of a prompt.
#[derive(Clone, Debug)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Block,
}

impl Serialize for At<'_, PromptMessage> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(message, revision) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", &message.role)?;
        map.serialize_entry("content", &At(&message.content, revision))?;
        map.end()
    }
}

/// What getting a prompt gives.
#[derive(Clone, Debug)]
pub struct PromptOutput {
    /// What this filled-in prompt is for.
    pub description: Option<String>,
    /// The messages, in order.
    pub messages: Vec<PromptMessage>,
    /// Further members of the result.
    pub extra: Extra,
}

impl PromptOutput {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &["resultType", "description", "messages"];

    /// Writes the members of the result.
    pub fn write<M: SerializeMap>(&self, map: &mut M, revision: Revision) -> Result<(), M::Error> {
        optional(map, "description", &self.description)?;
        map.serialize_entry("messages", &AllAt(&self.messages, revision))
    }
}
