//! From the contract's types to the protocol's.
//!
//! Text that claims to be JSON is parsed here, once, and kept as it was
//! written; what does not parse is an error that says where.

use serde_json::value::RawValue;

use super::bindings::exports::portcullis::plugin::{completion, prompts, resources, tools};
use super::bindings::portcullis::plugin::content;
use crate::protocol::completion::{MAX_VALUES, Suggestions};
use crate::protocol::content::{Block, Extra, Media, ResourceContents, ResourceData, ResourceLink};
use crate::protocol::jsonrpc::exceeds_depth;
use crate::protocol::prompts::{Prompt, PromptArgument, PromptMessage, PromptOutput, Role};
use crate::protocol::resources::{ReadOutput, Resource, ResourceTemplate};
use crate::protocol::tasks::TaskSupport;
use crate::protocol::tools::{Tool, ToolOutput};

type Result<T> = std::result::Result<T, String>;

/// How deep a guest's JSON may nest: with what the protocol puts around it,
/// still less than any client's parser takes.
const MAX_NESTING: usize = 64;

pub(super) fn tools(tools: Vec<tools::Tool>) -> Result<Vec<Tool>> {
    all(tools, |tool| {
        let name = tool.name;
        let within = |what: String| format!("tool `{name}`: {what}");
        let mut extra = extra(tool.extra, Tool::FIELDS).map_err(within)?;
        let task = extra
            .take("execution")
            .map(|execution| TaskSupport::of_execution(&execution))
            .transpose()
            .map_err(within)?;
        Ok(Tool {
            input_schema: json("input-schema", tool.input_schema).map_err(within)?,
            output_schema: tool
                .output_schema
                .map(|schema| json("output-schema", schema))
                .transpose()
                .map_err(within)?,
            task: task.unwrap_or_default(),
            extra,
            title: tool.title,
            description: tool.description,
            name,
        })
    })
}

pub(super) fn tool_output(output: tools::Output, is_error: bool) -> Result<ToolOutput> {
    Ok(ToolOutput {
        content: all(output.content, block)?,
        structured: output
            .structured
            .map(|value| json("structured", value))
            .transpose()?,
        is_error,
        extra: extra(output.extra, ToolOutput::FIELDS)?,
    })
}

pub(super) fn resources(resources: Vec<resources::ResourceDescription>) -> Result<Vec<Resource>> {
    all(resources, |resource| {
        Ok(Resource {
            extra: extra(resource.extra, Resource::FIELDS)
                .map_err(|what| format!("resource `{}`: {what}", resource.uri))?,
            uri: resource.uri,
            name: resource.name,
            title: resource.title,
            description: resource.description,
            mime_type: resource.mime_type,
            size: resource.size,
        })
    })
}

pub(super) fn templates(
    templates: Vec<resources::TemplateDescription>,
) -> Result<Vec<ResourceTemplate>> {
    all(templates, |template| {
        Ok(ResourceTemplate {
            extra: extra(template.extra, ResourceTemplate::FIELDS)
                .map_err(|what| format!("template `{}`: {what}", template.uri_template))?,
            uri_template: template.uri_template,
            name: template.name,
            title: template.title,
            description: template.description,
            mime_type: template.mime_type,
        })
    })
}

pub(super) fn read_output(output: resources::ReadOutput) -> Result<ReadOutput> {
    Ok(ReadOutput {
        contents: all(output.contents, contents)?,
        extra: extra(output.extra, ReadOutput::FIELDS)?,
    })
}

pub(super) fn prompts(prompts: Vec<prompts::Prompt>) -> Result<Vec<Prompt>> {
    all(prompts, |prompt| {
        let name = prompt.name;
        let within = |what: String| format!("prompt `{name}`: {what}");
        let arguments = all(prompt.arguments, |argument| {
            Ok(PromptArgument {
                extra: extra(argument.extra, PromptArgument::FIELDS)?,
                name: argument.name,
                title: argument.title,
                description: argument.description,
                required: argument.required,
            })
        });
        Ok(Prompt {
            arguments: arguments.map_err(within)?,
            extra: extra(prompt.extra, Prompt::FIELDS).map_err(within)?,
            title: prompt.title,
            description: prompt.description,
            name,
        })
    })
}

pub(super) fn prompt_output(output: prompts::GetOutput) -> Result<PromptOutput> {
    Ok(PromptOutput {
        description: output.description,
        messages: all(output.messages, message)?,
        extra: extra(output.extra, PromptOutput::FIELDS)?,
    })
}

pub(super) fn suggestions(suggestions: completion::Suggestions) -> Result<Suggestions> {
    let mut values = suggestions.values;
    let cut = values.len() > MAX_VALUES;
    values.truncate(MAX_VALUES);
    Ok(Suggestions {
        values,
        total: suggestions.total,
        has_more: suggestions.has_more || cut,
        extra: extra(suggestions.extra, Suggestions::FIELDS)?,
    })
}

pub(super) fn message(message: content::Message) -> Result<PromptMessage> {
    Ok(PromptMessage {
        role: match message.role {
            content::Role::User => Role::User,
            content::Role::Assistant => Role::Assistant,
        },
        content: block(message.content)?,
    })
}

fn block(block: content::Block) -> Result<Block> {
    Ok(match block {
        content::Block::Text(text) => Block::Text {
            text: text.text,
            extra: extra(text.extra, &["type", "text"])?,
        },
        content::Block::Image(image) => Block::Image(media(image)?),
        content::Block::Audio(audio) => Block::Audio(media(audio)?),
        content::Block::ResourceLink(link) => Block::ResourceLink(ResourceLink {
            uri: link.uri,
            name: link.name,
            title: link.title,
            description: link.description,
            mime_type: link.mime_type,
            size: link.size,
            extra: extra(
                link.extra,
                &[
                    "type",
                    "uri",
                    "name",
                    "title",
                    "description",
                    "mimeType",
                    "size",
                ],
            )?,
        }),
        content::Block::EmbeddedResource(embedded) => Block::Embedded {
            contents: contents(embedded.contents)?,
            extra: extra(embedded.extra, &["type", "resource"])?,
        },
        content::Block::Other(text) => {
            let raw = json("block", text)?;
            if !raw.get().starts_with('{') {
                return Err("a block of another kind is no JSON object".to_owned());
            }
            Block::Other(raw)
        }
    })
}

fn media(media: content::Media) -> Result<Media> {
    Ok(Media {
        data: media.data,
        mime_type: media.mime_type,
        extra: extra(media.extra, &["type", "data", "mimeType"])?,
    })
}

fn contents(contents: content::ResourceContents) -> Result<ResourceContents> {
    Ok(ResourceContents {
        uri: contents.uri,
        mime_type: contents.mime_type,
        data: match contents.data {
            content::ResourceData::Text(text) => ResourceData::Text(text),
            content::ResourceData::Blob(bytes) => ResourceData::Blob(bytes),
        },
        extra: extra(contents.extra, &["uri", "mimeType", "text", "blob"])?,
    })
}

fn all<A, B>(values: Vec<A>, convert: impl FnMut(A) -> Result<B>) -> Result<Vec<B>> {
    values.into_iter().map(convert).collect()
}

/// Newlines within JSON are white space, and would end a line-framed message.
pub(super) fn json(field: &str, text: String) -> Result<Box<RawValue>> {
    if exceeds_depth(text.as_bytes(), MAX_NESTING) {
        return Err(format!("`{field}` nests deeper than {MAX_NESTING} levels"));
    }
    let text = if text.contains(['\n', '\r']) {
        text.replace(['\n', '\r'], " ")
    } else {
        text
    };
    RawValue::from_string(text).map_err(|error| format!("`{field}` is not JSON: {error}"))
}

pub(super) fn extra(text: Option<String>, taken: &[&str]) -> Result<Extra> {
    match text {
        Some(text) => {
            let raw = json("extra", text)?;
            Extra::parse(raw.get(), taken)
        }
        None => Ok(Extra::default()),
    }
}
