//! Resources and resource templates.
//!
//! Source: MCP 2026-07-28, server, "Resources".

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::content::{At, Extra, ResourceContents, optional};

/// What a client is told about one resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// Where it is.
    pub uri: String,
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Its media type.
    pub mime_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Further members.
    pub extra: Extra,
}

impl Resource {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] =
        &["uri", "name", "title", "description", "mimeType", "size"];
}

impl Serialize for At<'_, Resource> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(resource, _) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("uri", &resource.uri)?;
        map.serialize_entry("name", &resource.name)?;
        optional(&mut map, "title", &resource.title)?;
        optional(&mut map, "description", &resource.description)?;
        optional(&mut map, "mimeType", &resource.mime_type)?;
        optional(&mut map, "size", &resource.size)?;
        resource.extra.write(&mut map, &[])?;
        map.end()
    }
}

/// What a client is told about a family of resources.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceTemplate {
    /// The URI template (RFC 6570).
    pub uri_template: String,
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What its resources are.
    pub description: Option<String>,
    /// The media type of all its resources.
    pub mime_type: Option<String>,
    /// Further members.
    pub extra: Extra,
}

impl ResourceTemplate {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] =
        &["uriTemplate", "name", "title", "description", "mimeType"];
}

impl Serialize for At<'_, ResourceTemplate> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(template, _) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("uriTemplate", &template.uri_template)?;
        map.serialize_entry("name", &template.name)?;
        optional(&mut map, "title", &template.title)?;
        optional(&mut map, "description", &template.description)?;
        optional(&mut map, "mimeType", &template.mime_type)?;
        template.extra.write(&mut map, &[])?;
        map.end()
    }
}

/// What reading a resource gives.
#[derive(Clone, Debug)]
pub struct ReadOutput {
    /// The contents.
    pub contents: Vec<ResourceContents>,
    /// Further members of the result.
    pub extra: Extra,
}

impl ReadOutput {
    /// The members a plugin may not add, since they are fields.
    pub const FIELDS: &'static [&'static str] = &["resultType", "contents"];
}
