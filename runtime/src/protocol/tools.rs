//! Tools: what a client is told about them, and what a call gives.
//!
//! Source: MCP 2026-07-28, server, "Tools".

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Revision;
use super::content::{AllAt, At, Block, Extra, optional};
use super::tasks::TaskSupport;

/// What a client is told about one tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tool {
    /// Its name; with the plugin's prefix where clients see it.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it does; the model reads it.
    pub description: Option<String>,
    /// JSON Schema of its arguments, byte for byte the plugin's.
    pub input_schema: Box<RawValue>,
    /// JSON Schema of its structured result.
    pub output_schema: Option<Box<RawValue>>,
    /// Whether its calls become tasks. Clients do not see it.
    #[serde(default)]
    pub task: TaskSupport,
    /// Further members: `annotations`, `icons`, `_meta`.
    pub extra: Extra,
}

impl Tool {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &[
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
    ];
}

impl Serialize for At<'_, Tool> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(tool, revision) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &tool.name)?;
        optional(&mut map, "title", &tool.title)?;
        optional(&mut map, "description", &tool.description)?;
        map.serialize_entry("inputSchema", &tool.input_schema)?;
        if let Some(schema) = &tool.output_schema
            && structured_allowed(revision, schema)
        {
            map.serialize_entry("outputSchema", schema)?;
        }
        tool.extra.write(&mut map, &[])?;
        map.end()
    }
}

/// Whether a revision can have this output schema: none before 2025-06-18, one
/// of objects until 2026-07-28, any since.
fn structured_allowed(revision: Revision, schema: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Root {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    revision.is_modern()
        || revision >= Revision::V2025_06_18
            && serde_json::from_str::<Root>(schema.get())
                .is_ok_and(|root| root.kind.as_deref() == Some("object"))
}

/// What a call gives, or, with `is_error`, how the tool failed.
#[derive(Clone, Debug)]
pub struct ToolOutput {
    /// What the model reads.
    pub content: Vec<Block>,
    /// What programs read.
    pub structured: Option<Box<RawValue>>,
    /// Whether the tool failed.
    pub is_error: bool,
    /// Further members of the result.
    pub extra: Extra,
}

impl ToolOutput {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] =
        &["resultType", "content", "structuredContent", "isError"];

    /// A failure that the model shall read.
    pub fn error(text: impl Into<String>) -> Self {
        ToolOutput {
            content: vec![Block::text(text)],
            structured: None,
            is_error: true,
            extra: Extra::default(),
        }
    }

    /// Writes the members of the result. Left out for a revision that cannot
    /// have it: structured content before 2025-06-18, and one that is no
    /// object before 2026-07-28 (its text is in the content all the same).
    pub fn write<M: SerializeMap>(&self, map: &mut M, revision: Revision) -> Result<(), M::Error> {
        map.serialize_entry("content", &AllAt(&self.content, revision))?;
        if let Some(structured) = &self.structured
            && (revision.is_modern()
                || revision >= Revision::V2025_06_18 && structured.get().starts_with('{'))
        {
            map.serialize_entry("structuredContent", structured)?;
        }
        map.serialize_entry("isError", &self.is_error)
    }
}
