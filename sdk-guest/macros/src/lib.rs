//! The attributes of `portcullis-sdk`.
//!
//! They check what the author wrote, point at the word that is wrong, and
//! expand to calls into `portcullis_sdk::__internal`; what a plugin does is
//! there, not here.

use proc_macro::TokenStream;

mod attributes;
mod completion;
mod data;
mod docs;
mod export;
mod form;
mod parameter;
mod plugin;
mod prompt;
mod resource;
mod tool;
mod uri_template;

/// Makes a module a plugin.
///
/// Inside it these attributes mark functions: `#[tool]`, `#[resource("uri")]`,
/// `#[list_resources]`, `#[prompt]`, `#[complete(…)]`. The plugin exports the
/// interfaces it has something for and no others. A crate holds one plugin.
///
/// The functions stay what they are, and the module gains `fn plugin()`, which
/// native tests use to call the plugin as the runtime would.
///
/// See the crate `portcullis_sdk` for what the attributes take.
#[proc_macro_attribute]
pub fn plugin(options: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(options.into(), item.into()).into()
}

/// Makes a struct or an enum a type that tools take and return: derives
/// `Serialize`, `Deserialize` and `JsonSchema`, and implements `Data`.
///
/// Doc comments become descriptions in the schema; `#[serde(…)]` and
/// `#[schemars(…)]` attributes work as they do with the derives.
#[proc_macro_attribute]
pub fn data(options: TokenStream, item: TokenStream) -> TokenStream {
    data::expand(options.into(), item.into()).into()
}

/// Makes a struct a form that a person can be asked to fill in: what `#[data]`
/// does, and implements `input::Form`.
///
/// Fields are text, numbers, `bool`, and enums of plain variants under
/// `#[data]`: the enum is one choice, a `Vec` of it several. An `Option` may be
/// left empty. On a field, doc comments become descriptions, `#[default(value)]`
/// is what the form begins with, and `#[schema(…)]` adds `title`, `minLength`,
/// `maxLength`, `format`, `minimum`, `maximum`, `minItems` and `maxItems`.
#[proc_macro_attribute]
pub fn form(options: TokenStream, item: TokenStream) -> TokenStream {
    form::expand(options.into(), item.into()).into()
}
