//! A plugin as the runtime sees it, without the runtime.

use serde_json::{Map, Value};

use super::{Completion, Prompts, Resources, Tools};
use crate::__internal::{
    CallError, GetError, GetOutput, ReadError, ReadOutput, Reference, ResourceDescription,
    TemplateDescription, WitOutput, WitPrompt, WitSuggestions, WitTool, call_tool, get_prompt,
    read_resource,
};
use crate::completion::Resolved;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::prompt::Prompt;
use crate::resource::ResourceContents;

/// What a `#[plugin]` module exports; the macro makes `plugin()` in the module,
/// which returns it.
///
/// Arguments are not checked against the schema, as the runtime does before it
/// calls a plugin.
#[derive(Default)]
pub struct Plugin {
    tools: Option<ToolTable>,
    resources: Option<ResourceTable>,
    prompts: Option<PromptTable>,
    complete: Option<Complete>,
}

struct ToolTable {
    list: fn() -> Result<Vec<WitTool>, String>,
    call: fn(&str, &str, Context) -> Result<WitOutput, CallError>,
}

struct ResourceTable {
    list: fn() -> Result<Vec<ResourceDescription>, String>,
    templates: fn() -> Vec<TemplateDescription>,
    read: fn(&str, Context) -> Result<ReadOutput, ReadError>,
}

struct PromptTable {
    list: fn() -> Vec<WitPrompt>,
    get: Get,
}

type Get = fn(&str, &[(String, String)], Context) -> Result<GetOutput, GetError>;
type Complete = fn(&Reference, &str, String, Resolved, Context) -> Result<WitSuggestions, String>;

impl Plugin {
    #[doc(hidden)]
    #[must_use]
    pub fn with_tools<T: Tools>(mut self) -> Self {
        self.tools = Some(ToolTable {
            list: T::list,
            call: call_tool::<T>,
        });
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_resources<T: Resources>(mut self) -> Self {
        self.resources = Some(ResourceTable {
            list: T::list,
            templates: T::templates,
            read: read_resource::<T>,
        });
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_prompts<T: Prompts>(mut self) -> Self {
        self.prompts = Some(PromptTable {
            list: T::list,
            get: get_prompt::<T>,
        });
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_completion<T: Completion>(mut self) -> Self {
        self.complete = Some(T::complete);
        self
    }

    /// The tools as clients see them: `name`, `description`, `inputSchema` …
    ///
    /// # Panics
    ///
    /// A description is unusable: a schema or an `extra` is not JSON.
    pub fn tools(&self) -> Vec<Value> {
        let Some(table) = &self.tools else {
            return Vec::new();
        };
        let tools = (table.list)().unwrap_or_else(|error| panic!("{error}"));
        let describe = |tool: WitTool| {
            let mut members = described(&tool.name, tool.title, tool.description);
            members.insert("inputSchema".to_owned(), parse(&tool.input_schema));
            if let Some(schema) = tool.output_schema {
                members.insert("outputSchema".to_owned(), parse(&schema));
            }
            with_extra(members, tool.extra)
        };
        tools.into_iter().map(describe).collect()
    }

    /// Calls a tool.
    ///
    /// # Errors
    ///
    /// What the tool failed with, or there is none of this name.
    pub fn call_tool(&self, name: &str, arguments: Value) -> Result<Output> {
        self.call_tool_in(Context::default(), name, arguments)
    }

    /// Calls a tool in a context of the test's making.
    ///
    /// # Errors
    ///
    /// What the tool failed with, or there is none of this name.
    pub fn call_tool_in(&self, context: Context, name: &str, arguments: Value) -> Result<Output> {
        let unknown = || Error::internal(format_args!("there is no tool `{name}`"));
        let table = self.tools.as_ref().ok_or_else(unknown)?;
        match (table.call)(name, &arguments.to_string(), context) {
            Ok(output) => Ok(Output::from_wit(output)),
            Err(CallError::Failed(output)) => Err(Error::output(Output::from_wit(output))),
            Err(CallError::InvalidArguments(message)) => Err(Error::invalid_arguments(message)),
            Err(CallError::UnknownTool) => Err(unknown()),
            Err(CallError::Other(message)) => Err(Error::internal(message)),
        }
    }

    /// The fixed and listed resources as clients see them.
    ///
    /// # Panics
    ///
    /// The plugin's own listing failed, or an `extra` is not JSON.
    pub fn resources(&self) -> Vec<Value> {
        let Some(table) = &self.resources else {
            return Vec::new();
        };
        let resources = (table.list)().unwrap_or_else(|error| panic!("{error}"));
        let describe = |resource: ResourceDescription| {
            let mut members = described(&resource.name, resource.title, resource.description);
            members.insert("uri".to_owned(), resource.uri.into());
            if let Some(mime_type) = resource.mime_type {
                members.insert("mimeType".to_owned(), mime_type.into());
            }
            if let Some(size) = resource.size {
                members.insert("size".to_owned(), size.into());
            }
            with_extra(members, resource.extra)
        };
        resources.into_iter().map(describe).collect()
    }

    /// The resource templates as clients see them.
    ///
    /// # Panics
    ///
    /// An `extra` is not JSON.
    pub fn resource_templates(&self) -> Vec<Value> {
        let Some(table) = &self.resources else {
            return Vec::new();
        };
        let describe = |template: TemplateDescription| {
            let mut members = described(&template.name, template.title, template.description);
            members.insert("uriTemplate".to_owned(), template.uri_template.into());
            if let Some(mime_type) = template.mime_type {
                members.insert("mimeType".to_owned(), mime_type.into());
            }
            with_extra(members, template.extra)
        };
        (table.templates)().into_iter().map(describe).collect()
    }

    /// Reads a resource.
    ///
    /// # Errors
    ///
    /// What the resource failed with, or "not found".
    pub fn read_resource(&self, uri: &str) -> Result<Vec<ResourceContents>> {
        let table = self.resources.as_ref().ok_or_else(Error::not_found)?;
        match (table.read)(uri, Context::default()) {
            Ok(output) => Ok(output.contents.into_iter().map(ResourceContents).collect()),
            Err(ReadError::NotFound) => Err(Error::not_found()),
            Err(ReadError::Other(message)) => Err(Error::internal(message)),
        }
    }

    /// The prompts as clients see them.
    ///
    /// # Panics
    ///
    /// An `extra` is not JSON.
    pub fn prompts(&self) -> Vec<Value> {
        let Some(table) = &self.prompts else {
            return Vec::new();
        };
        let describe = |prompt: WitPrompt| {
            let mut members = described(&prompt.name, prompt.title, prompt.description);
            let arguments = prompt.arguments.into_iter().map(|argument| {
                let mut members = described(&argument.name, argument.title, argument.description);
                members.insert("required".to_owned(), argument.required.into());
                with_extra(members, argument.extra)
            });
            members.insert("arguments".to_owned(), arguments.collect());
            with_extra(members, prompt.extra)
        };
        (table.list)().into_iter().map(describe).collect()
    }

    /// Fills in a prompt.
    ///
    /// # Errors
    ///
    /// What the prompt failed with, or there is none of this name.
    pub fn get_prompt(&self, name: &str, arguments: &[(&str, &str)]) -> Result<Prompt> {
        let unknown = || Error::internal(format_args!("there is no prompt `{name}`"));
        let table = self.prompts.as_ref().ok_or_else(unknown)?;
        match (table.get)(name, &owned(arguments), Context::default()) {
            Ok(output) => Ok(Prompt::from_wit(output)),
            Err(GetError::InvalidArguments(message)) => Err(Error::invalid_arguments(message)),
            Err(GetError::UnknownPrompt) => Err(unknown()),
            Err(GetError::Other(message)) => Err(Error::internal(message)),
        }
    }

    /// Suggests values for an argument of a prompt, given those already filled
    /// in.
    ///
    /// # Errors
    ///
    /// What the completer failed with.
    pub fn complete_prompt(
        &self,
        prompt: &str,
        argument: &str,
        value: &str,
        resolved: &[(&str, &str)],
    ) -> Result<Vec<String>> {
        self.complete(
            &Reference::Prompt(prompt.to_owned()),
            argument,
            value,
            resolved,
        )
    }

    /// Suggests values for a variable of a resource template, given those
    /// already filled in.
    ///
    /// # Errors
    ///
    /// What the completer failed with.
    pub fn complete_resource(
        &self,
        template: &str,
        variable: &str,
        value: &str,
        resolved: &[(&str, &str)],
    ) -> Result<Vec<String>> {
        self.complete(
            &Reference::ResourceTemplate(template.to_owned()),
            variable,
            value,
            resolved,
        )
    }

    fn complete(
        &self,
        reference: &Reference,
        argument: &str,
        value: &str,
        resolved: &[(&str, &str)],
    ) -> Result<Vec<String>> {
        let Some(complete) = self.complete else {
            return Ok(Vec::new());
        };
        let resolved = owned(resolved).into();
        complete(
            reference,
            argument,
            value.to_owned(),
            resolved,
            Context::default(),
        )
        .map(|suggestions| suggestions.values)
        .map_err(Error::internal)
    }
}

fn described(name: &str, title: Option<String>, description: Option<String>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".to_owned(), name.into());
    if let Some(title) = title {
        members.insert("title".to_owned(), title.into());
    }
    if let Some(description) = description {
        members.insert("description".to_owned(), description.into());
    }
    members
}

fn with_extra(mut members: Map<String, Value>, extra: Option<String>) -> Value {
    if let Some(Value::Object(extra)) = extra.as_deref().map(parse) {
        members.extend(extra);
    }
    Value::Object(members)
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("`{text}` is not JSON: {error}"))
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
