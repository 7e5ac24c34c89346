//! Content blocks, resource contents, and the members a plugin adds.
//!
//! Source: MCP 2026-07-28, server, "Tool Result" and "Resource Contents".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Revision;
use super::members::Members;

/// A value together with the revision it shall be written for.
pub struct At<'a, T>(pub &'a T, pub Revision);

/// One block of content.
#[derive(Clone, Debug)]
pub enum Block {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// Further members.
        extra: Extra,
    },
    /// An image.
    Image(Media),
    /// A sound; a text that says so before 2025-03-26.
    Audio(Media),
    /// A pointer to a resource; a text that says so before 2025-06-18.
    ResourceLink(ResourceLink),
    /// A resource with its contents.
    Embedded {
        /// The resource.
        contents: ResourceContents,
        /// Further members of the block around it.
        extra: Extra,
    },
    /// A block of a kind unknown here, as the plugin wrote it.
    Other(Box<RawValue>),
}

impl Block {
    /// A block of plain text.
    pub fn text(text: impl Into<String>) -> Block {
        Block::Text {
            text: text.into(),
            extra: Extra::default(),
        }
    }

    /// Reads a block that a client sent. A kind that is not text, image or
    /// sound stays as it is.
    pub fn parse(raw: &RawValue) -> Result<Block, String> {
        let members: Members<'_> = serde_json::from_str(raw.get())
            .map_err(|_| "a block of content is no object".to_owned())?;
        let string = |name| members.string(name).map_err(|error| error.message);
        let kind = string("type")?.into_owned();
        Ok(match &*kind {
            "text" => Block::Text {
                text: string("text")?.into_owned(),
                extra: members.into_extra(&["type", "text"]),
            },
            "image" | "audio" => {
                let media = Media {
                    data: BASE64
                        .decode(&*string("data")?)
                        .map_err(|error| format!("`data` is no Base64: {error}"))?,
                    mime_type: string("mimeType")?.into_owned(),
                    extra: members.into_extra(&["type", "data", "mimeType"]),
                };
                if kind == "image" {
                    Block::Image(media)
                } else {
                    Block::Audio(media)
                }
            }
            _ => Block::Other(raw.to_owned()),
        })
    }
}

/// Bytes with a media type.
#[derive(Clone, Debug)]
pub struct Media {
    /// The bytes, not encoded.
    pub data: Vec<u8>,
    /// Such as `image/png`.
    pub mime_type: String,
    /// Further members.
    pub extra: Extra,
}

/// A pointer to a resource.
#[derive(Clone, Debug)]
pub struct ResourceLink {
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

/// One resource with what it holds.
#[derive(Clone, Debug)]
pub struct ResourceContents {
    /// The URI the contents belong to.
    pub uri: String,
    /// Their media type.
    pub mime_type: Option<String>,
    /// The contents.
    pub data: ResourceData,
    /// Further members.
    pub extra: Extra,
}

/// Characters or bytes.
#[derive(Clone, Debug)]
pub enum ResourceData {
    /// Text.
    Text(String),
    /// Bytes, not encoded.
    Blob(Vec<u8>),
}

/// Members that a plugin adds to an object of the protocol, in its order.
#[derive(Clone, Debug, Default)]
pub struct Extra(Vec<(String, Box<RawValue>)>);

impl Extra {
    /// Reads the text of a JSON object. A member named in `taken` belongs to
    /// the object itself and is refused.
    pub fn parse(text: &str, taken: &[&str]) -> Result<Extra, String> {
        let extra: Extra = serde_json::from_str(text)
            .map_err(|error| format!("`extra` is no JSON object: {error}"))?;
        match extra
            .0
            .iter()
            .find(|(key, _)| taken.contains(&key.as_str()))
        {
            Some((key, _)) => Err(format!("`extra` has `{key}`, which has a field of its own")),
            None => Ok(extra),
        }
    }

    /// Members that a client sent.
    pub(super) fn of(members: Vec<(String, Box<RawValue>)>) -> Extra {
        Extra(members)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one member out.
    pub fn take(&mut self, key: &str) -> Option<Box<RawValue>> {
        let index = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(index).1)
    }

    /// The value of one member.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| &**value)
    }

    /// Writes the members into the object that is being written, but those
    /// named in `except`.
    pub fn write<M: SerializeMap>(&self, map: &mut M, except: &[&str]) -> Result<(), M::Error> {
        for (key, value) in &self.0 {
            if !except.contains(&key.as_str()) {
                map.serialize_entry(key, value)?;
            }
        }
        Ok(())
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map, &[])?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExtraVisitor;
        impl<'de> Visitor<'de> for ExtraVisitor {
            type Value = Extra;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Extra(members))
            }
        }
        deserializer.deserialize_map(ExtraVisitor)
    }
}

/// Writes a member that is there, and nothing for one that is not.
pub(super) fn optional<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, value),
        None => Ok(()),
    }
}

impl Serialize for At<'_, Block> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let At(block, revision) = *self;
        match block {
            Block::Text { text, extra } => write_text(serializer, text, extra),
            Block::Image(media) => write_media(serializer, "image", media),
            Block::Audio(media) if revision < Revision::V2025_03_26 => write_text(
                serializer,
                &format!("[audio, {}, {} bytes]", media.mime_type, media.data.len()),
                &Extra::default(),
            ),
            Block::Audio(media) => write_media(serializer, "audio", media),
            Block::ResourceLink(link) if revision < Revision::V2025_06_18 => write_text(
                serializer,
                &format!("[resource {}: {}]", link.name, link.uri),
                &Extra::default(),
            ),
            Block::ResourceLink(link) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("type", "resource_link")?;
                map.serialize_entry("uri", &link.uri)?;
                map.serialize_entry("name", &link.name)?;
                optional(&mut map, "title", &link.title)?;
                optional(&mut map, "description", &link.description)?;
                optional(&mut map, "mimeType", &link.mime_type)?;
                optional(&mut map, "size", &link.size)?;
                link.extra.write(&mut map, &[])?;
                map.end()
            }
            Block::Embedded { contents, extra } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("type", "resource")?;
                map.serialize_entry("resource", contents)?;
                extra.write(&mut map, &[])?;
                map.end()
            }
            Block::Other(raw) => raw.serialize(serializer),
        }
    }
}

impl Serialize for ResourceContents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("uri", &self.uri)?;
        optional(&mut map, "mimeType", &self.mime_type)?;
        match &self.data {
            ResourceData::Text(text) => map.serialize_entry("text", text)?,
            ResourceData::Blob(bytes) => map.serialize_entry("blob", &BASE64.encode(bytes))?,
        }
        self.extra.write(&mut map, &[])?;
        map.end()
    }
}

fn write_text<S: Serializer>(serializer: S, text: &str, extra: &Extra) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("type", "text")?;
    map.serialize_entry("text", text)?;
    extra.write(&mut map, &[])?;
    map.end()
}

fn write_media<S: Serializer>(serializer: S, kind: &str, media: &Media) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("type", kind)?;
    map.serialize_entry("data", &BASE64.encode(&media.data))?;
    map.serialize_entry("mimeType", &media.mime_type)?;
    media.extra.write(&mut map, &[])?;
    map.end()
}

/// A slice of values, each written for a revision.
pub struct AllAt<'a, T>(pub &'a [T], pub Revision);

impl<'a, T> Serialize for AllAt<'a, T>
where
    At<'a, T>: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|value| At(value, self.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(block: &Block, revision: Revision) -> String {
        serde_json::to_string(&At(block, revision)).expect("writes")
    }

    #[test]
    fn extra_members_keep_their_order_and_their_text() {
        let extra = Extra::parse(r#"{"z":1.0,"a":{"y":1,"b":2}}"#, &[]).expect("good");
        let block = Block::Text {
            text: "hi".into(),
            extra,
        };
        assert_eq!(
            written(&block, Revision::V2026_07_28),
            r#"{"type":"text","text":"hi","z":1.0,"a":{"y":1,"b":2}}"#
        );
    }

    #[test]
    fn an_extra_member_cannot_replace_a_field() {
        assert!(Extra::parse(r#"{"text":1}"#, &["type", "text"]).is_err());
        assert!(Extra::parse("[]", &[]).is_err());
        assert!(Extra::parse("{", &[]).is_err());
    }

    #[test]
    fn old_revisions_get_text_for_what_they_do_not_know() {
        let audio = Block::Audio(Media {
            data: vec![1, 2, 3],
            mime_type: "audio/wav".into(),
            extra: Extra::default(),
        });
        assert!(written(&audio, Revision::V2024_11_05).contains("[audio, audio/wav, 3 bytes]"));
        assert!(written(&audio, Revision::V2025_03_26).contains(r#""data":"AQID""#));
    }
}
