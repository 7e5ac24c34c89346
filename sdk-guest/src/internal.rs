//! What the expansion of `#[plugin]` refers to. No part of it is for authors,
//! and all of it may change in any version.

pub use schemars;
pub use serde;

pub use crate::arguments::{Arguments, whole};
pub use crate::bindings::completion::exports::portcullis::plugin::completion::{
    Reference, Suggestions as WitSuggestions,
};
pub use crate::bindings::prompts::exports::portcullis::plugin::prompts::{
    GetError, GetOutput, Prompt as WitPrompt,
};
pub use crate::bindings::resources::exports::portcullis::plugin::resources::{
    ReadError, ReadOutput, ResourceDescription, TemplateDescription,
};
pub use crate::bindings::tools::exports::portcullis::plugin::tools::{
    CallError, Output as WitOutput, Tool as WitTool,
};
pub use crate::completion::{no_suggestions, suggestions};
pub use crate::context::Context;
pub use crate::future::block_on;
pub use crate::input::form::choices;
pub use crate::json_text::{assert_input_schema, assert_object};
pub use crate::prompt::{
    Arguments as PromptArguments, Description as PromptDescription, get_output,
};
pub use crate::resource::{Description as ResourceText, append_listing, read_output};
pub use crate::schema::{InputSchema, Property};
pub use crate::tool::{
    Argument, Description as ToolDescription, call_output, default, output_schema,
};
pub use crate::uri_template::{matches, variable};

use crate::bindings::completion::exports::portcullis::plugin::completion as completion_wit;
use crate::bindings::imports::portcullis::plugin::content as content_wit;
use crate::bindings::prompts::exports::portcullis::plugin::prompts as prompts_wit;
use crate::bindings::resources::exports::portcullis::plugin::resources as resources_wit;
use crate::bindings::tools::exports::portcullis::plugin::tools as tools_wit;
use crate::completion::Resolved;
use crate::input::question::begin_call;

/// The attributes that need no import inside a `#[plugin]` module, beside those
/// that the macro itself takes out.
pub mod attributes {
    pub use portcullis_sdk_macros::{data, form};
}

/// A plugin's tools.
pub trait Tools {
    /// Describes them.
    ///
    /// # Errors
    ///
    /// A description is unusable; the text is for the admin.
    fn list() -> Result<Vec<WitTool>, String>;

    /// Calls one.
    ///
    /// # Errors
    ///
    /// See the contract.
    fn call(name: &str, arguments: &str, context: Context) -> Result<WitOutput, CallError>;
}

/// A plugin's resources.
pub trait Resources {
    /// Describes those that can be read as they stand.
    ///
    /// # Errors
    ///
    /// The plugin's own listing failed.
    fn list() -> Result<Vec<ResourceDescription>, String>;

    /// Describes the templates.
    fn templates() -> Vec<TemplateDescription>;

    /// Reads one.
    ///
    /// # Errors
    ///
    /// See the contract.
    fn read(uri: &str, context: Context) -> Result<ReadOutput, ReadError>;
}

/// A plugin's prompts.
pub trait Prompts {
    /// Describes them.
    fn list() -> Vec<WitPrompt>;

    /// Fills one in.
    ///
    /// # Errors
    ///
    /// See the contract.
    fn get(
        name: &str,
        arguments: &[(String, String)],
        context: Context,
    ) -> Result<GetOutput, GetError>;
}

/// A plugin's completers.
pub trait Completion {
    /// Suggests values.
    ///
    /// # Errors
    ///
    /// The completer failed.
    fn complete(
        reference: &Reference,
        argument: &str,
        value: String,
        resolved: Resolved,
        context: Context,
    ) -> Result<WitSuggestions, String>;
}

/// A call of a tool, from its beginning.
pub(crate) fn call_tool<T: Tools>(
    name: &str,
    arguments: &str,
    context: Context,
) -> Result<WitOutput, CallError> {
    begin_call();
    T::call(name, arguments, context)
}

/// A read of a resource, from its beginning.
pub(crate) fn read_resource<T: Resources>(
    uri: &str,
    context: Context,
) -> Result<ReadOutput, ReadError> {
    begin_call();
    T::read(uri, context)
}

/// A request for a prompt, from its beginning.
pub(crate) fn get_prompt<T: Prompts>(
    name: &str,
    arguments: &[(String, String)],
    context: Context,
) -> Result<GetOutput, GetError> {
    begin_call();
    T::get(name, arguments, context)
}

impl<T: Tools> tools_wit::Guest for T {
    fn list() -> Result<Vec<WitTool>, String> {
        T::list()
    }

    fn call(
        name: String,
        arguments: String,
        context: content_wit::Context,
    ) -> Result<WitOutput, CallError> {
        call_tool::<T>(&name, &arguments, Context::new(context.meta))
    }
}

impl<T: Resources> resources_wit::Guest for T {
    fn list() -> Result<Vec<ResourceDescription>, String> {
        T::list()
    }

    fn templates() -> Result<Vec<TemplateDescription>, String> {
        Ok(T::templates())
    }

    fn read(uri: String, context: content_wit::Context) -> Result<ReadOutput, ReadError> {
        read_resource::<T>(&uri, Context::new(context.meta))
    }
}

impl<T: Prompts> prompts_wit::Guest for T {
    fn list() -> Result<Vec<WitPrompt>, String> {
        Ok(T::list())
    }

    fn get(
        name: String,
        arguments: Vec<(String, String)>,
        context: content_wit::Context,
    ) -> Result<GetOutput, GetError> {
        get_prompt::<T>(&name, &arguments, Context::new(context.meta))
    }
}

impl<T: Completion> completion_wit::Guest for T {
    fn complete(
        reference: Reference,
        argument: completion_wit::Argument,
        resolved: Vec<(String, String)>,
        context: content_wit::Context,
    ) -> Result<WitSuggestions, String> {
        T::complete(
            &reference,
            &argument.name,
            argument.value,
            resolved.into(),
            Context::new(context.meta),
        )
    }
}
