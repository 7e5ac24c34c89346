//! Completion of arguments.
//!
//! Source: MCP 2026-07-28, server utilities, "Completion".

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::content::{Extra, optional};

/// How many values one answer may have.
pub const MAX_VALUES: usize = 100;

/// What is being completed.
#[derive(Clone, Debug)]
pub enum Reference {
    /// The prompt of this name.
    Prompt(String),
    /// The resource template with this URI template.
    ResourceTemplate(String),
}

/// Suggestions, the best first.
#[derive(Clone, Debug)]
pub struct Suggestions {
    /// At most [`MAX_VALUES`] values.
    pub values: Vec<String>,
    /// How many there are in all, if known.
    pub total: Option<u32>,
    /// Whether there are more.
    pub has_more: bool,
    /// Further members.
    pub extra: Extra,
}

impl Suggestions {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &["values", "total", "hasMore"];
}

impl Serialize for Suggestions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("values", &self.values)?;
        optional(&mut map, "total", &self.total)?;
        map.serialize_entry("hasMore", &self.has_more)?;
        self.extra.write(&mut map, &[])?;
        map.end()
    }
}
