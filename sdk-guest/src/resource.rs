//! Resources: data under URIs.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::bindings::imports::portcullis::plugin::content as wit_content;
use crate::bindings::resources::exports::portcullis::plugin::resources as wit;
use crate::error::{Error, Kind, Result};
use crate::extra;
use crate::json::{self, Data, Json};

/// One resource with what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceContents(pub(crate) wit_content::ResourceContents);

impl ResourceContents {
    /// Text under a URI.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(uri.into(), wit_content::ResourceData::Text(text.into()))
    }

    /// Bytes under a URI.
    pub fn blob(uri: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(uri.into(), wit_content::ResourceData::Blob(bytes.into()))
    }

    fn new(uri: String, data: wit_content::ResourceData) -> Self {
        Self(wit_content::ResourceContents {
            uri,
            mime_type: None,
            data,
            extra: None,
        })
    }

    /// Sets the media type; otherwise it is that of the `#[resource]`.
    #[must_use]
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.0.mime_type = Some(mime_type.into());
        self
    }

    /// Sets a further member, such as `_meta`.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        extra::insert(&mut self.0.extra, name, value.into());
        self
    }

    /// The URI.
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// The text, if it holds text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0.data {
            wit_content::ResourceData::Text(text) => Some(text),
            wit_content::ResourceData::Blob(_) => None,
        }
    }

    /// The bytes, if it holds bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.0.data {
            wit_content::ResourceData::Text(_) => None,
            wit_content::ResourceData::Blob(bytes) => Some(bytes),
        }
    }

    /// The media type, if it is known.
    pub fn media_type(&self) -> Option<&str> {
        self.0.mime_type.as_deref()
    }
}

/// A resource in a listing made by a `#[list_resources]` function.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource(wit::ResourceDescription);

impl Resource {
    /// A resource under an absolute URI; `name` is for programs.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self(wit::ResourceDescription {
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

/// What a `#[list_resources]` function may return: `Vec<Resource>`, or a
/// `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a listing cannot return `{Self}`",
    label = "not something a listing can return",
    note = "`Vec<Resource>`, or a `Result` of it"
)]
pub trait IntoListing {
    /// The listing.
    ///
    /// # Errors
    ///
    /// The function failed.
    fn into_listing(self) -> Result<Vec<Resource>>;
}

impl IntoListing for Vec<Resource> {
    fn into_listing(self) -> Result<Vec<Resource>> {
        Ok(self)
    }
}

impl<E: Display + 'static> IntoListing for Result<Vec<Resource>, E> {
    fn into_listing(self) -> Result<Vec<Resource>> {
        self.map_err(Error::from_displayed)
    }
}

/// What a `#[resource]` function may return.
///
/// - `String`, `&str`: text; `Vec<u8>`: bytes;
/// - a `#[data]` type, [`Json`] or `serde_json::Value`: JSON text, of media type
///   `application/json` unless the attribute says otherwise;
/// - [`ResourceContents`], or `Vec` of it for a collection;
/// - `Option` of any of these, where `None` is "not found";
/// - `Result` of any of these.
#[diagnostic::on_unimplemented(
    message = "a resource cannot return `{Self}`",
    label = "not something a resource can return",
    note = "text, bytes, `ResourceContents`, a `#[data]` type, `Json(value)`, or an `Option` or \
            `Result` of these"
)]
pub trait IntoContents: Sized {
    /// The contents of the resource at `uri`, which the attribute says to be of
    /// `mime_type`.
    ///
    /// # Errors
    ///
    /// The function failed, or there is no such resource.
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>>;
}

impl IntoContents for String {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        ResourceContents::text(uri, self).into_contents(uri, mime_type)
    }
}

impl IntoContents for &str {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        ResourceContents::text(uri, self).into_contents(uri, mime_type)
    }
}

impl IntoContents for Vec<u8> {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        ResourceContents::blob(uri, self).into_contents(uri, mime_type)
    }
}

impl IntoContents for &[u8] {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        ResourceContents::blob(uri, self).into_contents(uri, mime_type)
    }
}

impl IntoContents for ResourceContents {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        vec![self].into_contents(uri, mime_type)
    }
}

impl IntoContents for Vec<ResourceContents> {
    fn into_contents(
        mut self,
        _uri: &str,
        mime_type: Option<&str>,
    ) -> Result<Vec<ResourceContents>> {
        for contents in &mut self {
            if contents.0.mime_type.is_none() {
                contents.0.mime_type = mime_type.map(str::to_owned);
            }
        }
        Ok(self)
    }
}

impl IntoContents for Value {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        json_contents(&self, uri, mime_type)
    }
}

impl<T: Serialize + JsonSchema> IntoContents for Json<T> {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        json_contents(&self.0, uri, mime_type)
    }
}

impl<T: Data> IntoContents for T {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        json_contents(&self, uri, mime_type)
    }
}

impl<T: IntoContents> IntoContents for Option<T> {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        self.ok_or_else(Error::not_found)?
            .into_contents(uri, mime_type)
    }
}

impl<T: IntoContents, E: Display + 'static> IntoContents for Result<T, E> {
    fn into_contents(self, uri: &str, mime_type: Option<&str>) -> Result<Vec<ResourceContents>> {
        self.map_err(Error::from_displayed)?
            .into_contents(uri, mime_type)
    }
}

fn json_contents<T: Serialize>(
    value: &T,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<Vec<ResourceContents>> {
    let text = json::to_text(value)?;
    text.into_contents(uri, Some(mime_type.unwrap_or("application/json")))
}

/// What a `#[resource]` attribute says of a resource or a template.
pub struct Description<'a> {
    /// The URI, or the URI template.
    pub uri: &'a str,
    /// The name for programs.
    pub name: &'a str,
    /// The name for people.
    pub title: Option<&'a str>,
    /// The doc comment; empty if there is none.
    pub description: &'a str,
    /// The media type.
    pub mime_type: Option<&'a str>,
    /// Further members, as the text of a JSON object.
    pub extra: Option<&'a str>,
}

impl Description<'_> {
    /// The record of a fixed resource.
    pub fn resource(self) -> wit::ResourceDescription {
        wit::ResourceDescription {
            uri: self.uri.to_owned(),
            name: self.name.to_owned(),
            title: self.title.map(str::to_owned),
            description: owned_unless_empty(self.description),
            mime_type: self.mime_type.map(str::to_owned),
            size: None,
            extra: self.extra.map(str::to_owned),
        }
    }

    /// The record of a template.
    pub fn template(self) -> wit::TemplateDescription {
        wit::TemplateDescription {
            uri_template: self.uri.to_owned(),
            name: self.name.to_owned(),
            title: self.title.map(str::to_owned),
            description: owned_unless_empty(self.description),
            mime_type: self.mime_type.map(str::to_owned),
            extra: self.extra.map(str::to_owned),
        }
    }
}

/// Adds what a `#[list_resources]` function returns.
///
/// # Errors
///
/// The function failed.
pub fn append_listing<T: IntoListing>(
    listing: T,
    list: &mut Vec<wit::ResourceDescription>,
) -> Result<(), String> {
    let listing = listing.into_listing().map_err(|error| error.message())?;
    list.extend(listing.into_iter().map(|resource| resource.0));
    Ok(())
}

/// What reading gives, from what the function returned.
///
/// # Errors
///
/// The function failed, or there is no such resource.
pub fn read_output<T: IntoContents>(
    returned: T,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<wit::ReadOutput, wit::ReadError> {
    match returned.into_contents(uri, mime_type) {
        Ok(contents) => Ok(wit::ReadOutput {
            contents: contents.into_iter().map(|contents| contents.0).collect(),
            extra: None,
        }),
        Err(error) => Err(match *error.0 {
            Kind::NotFound => wit::ReadError::NotFound,
            _ => wit::ReadError::Other(error.message()),
        }),
    }
}

pub(crate) fn owned_unless_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
