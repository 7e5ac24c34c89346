//! Blocks of content: what a tool answers with and a prompt's messages hold.

use serde_json::Value;

use crate::bindings::imports::portcullis::plugin::content as wit;
use crate::extra;
use crate::resource::ResourceContents;

/// One block of content.
///
/// ```
/// use portcullis_sdk::{Content, json};
///
/// let block = Content::text("done").annotations(json!({ "audience": ["user"] }));
/// assert_eq!(block.as_text(), Some("done"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Content(pub(crate) wit::Block);

impl Content {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(wit::Block::Text(wit::Text {
            text: text.into(),
            extra: None,
        }))
    }

    /// An image, as raw bytes; `mime_type` is such as `image/png`.
    pub fn image(data: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Self(wit::Block::Image(media(data.into(), mime_type.into())))
    }

    /// A sound, as raw bytes; `mime_type` is such as `audio/wav`.
    pub fn audio(data: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Self(wit::Block::Audio(media(data.into(), mime_type.into())))
    }

    /// A pointer to a resource that the client may read.
    pub fn link(link: ResourceLink) -> Self {
        Self(wit::Block::ResourceLink(link.0))
    }

    /// A resource carried along with its contents.
    pub fn resource(contents: ResourceContents) -> Self {
        Self(wit::Block::EmbeddedResource(wit::EmbeddedResource {
            contents: contents.0,
            extra: None,
        }))
    }

    /// A block of a kind this SDK does not know: a whole JSON object with its
    /// `type`, passed on as it is.
    pub fn other(block: impl Into<Value>) -> Self {
        Self(wit::Block::Other(block.into().to_string()))
    }

    /// Sets the block's annotations, such as
    /// `json!({ "audience": ["user"], "priority": 0.5 })`.
    #[must_use]
    pub fn annotations(self, annotations: impl Into<Value>) -> Self {
        self.extra("annotations", annotations)
    }

    /// Sets a further member of the block, such as `_meta`. A block made by
    /// [`Content::other`] is whole already and stays as it is.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        let members = match &mut self.0 {
            wit::Block::Text(block) => &mut block.extra,
            wit::Block::Image(block) | wit::Block::Audio(block) => &mut block.extra,
            wit::Block::ResourceLink(block) => &mut block.extra,
            wit::Block::EmbeddedResource(block) => &mut block.extra,
            wit::Block::Other(_) => return self,
        };
        extra::insert(members, name, value.into());
        self
    }

    /// The text, if this is a block of text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            wit::Block::Text(block) => Some(&block.text),
            _ => None,
        }
    }

    /// The whole block, if it is of a kind that this SDK does not know, such as
    /// a model's `tool_use`.
    pub fn as_other(&self) -> Option<Value> {
        match &self.0 {
            wit::Block::Other(block) => serde_json::from_str(block).ok(),
            _ => None,
        }
    }

    /// The bytes and their media type, if this is an image or a sound.
    pub fn as_media(&self) -> Option<(&[u8], &str)> {
        match &self.0 {
            wit::Block::Image(block) | wit::Block::Audio(block) => {
                Some((&block.data, &block.mime_type))
            }
            _ => None,
        }
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<ResourceLink> for Content {
    fn from(link: ResourceLink) -> Self {
        Self::link(link)
    }
}

/// A pointer to a resource, for [`Content::link`].
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceLink(wit::ResourceLink);

impl ResourceLink {
    /// Points at `uri`, an absolute URI; `name` is for programs.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self(wit::ResourceLink {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            extra: None,
        })
    }

    /// Its name, for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
        self
    }

    /// What it is.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.description = Some(description.into());
        self
    }

    /// Its media type.
    #[must_use]
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.0.mime_type = Some(mime_type.into());
        self
    }

    /// Its size in bytes before any encoding.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.0.size = Some(bytes);
        self
    }

    /// Sets a further member, such as `icons`.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        extra::insert(&mut self.0.extra, name, value.into());
        self
    }
}

fn media(data: Vec<u8>, mime_type: String) -> wit::Media {
    wit::Media {
        data,
        mime_type,
        extra: None,
    }
}
