//! Everything that clients see, under the names they see it by.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::entry::Entry;
use super::mirrored::{self, MirroredArgument};
use super::schema::Schema;
use super::uri_template;
use crate::protocol::lifecycle::ServerCapabilities;
use crate::protocol::prompts::Prompt;
use crate::protocol::resources::{Resource, ResourceTemplate};
use crate::protocol::tasks::TaskSupport;
use crate::protocol::tools::{Tool, ToolOutput};
use crate::wasm::Description;

/// A plugin's place in the catalog.
#[derive(Clone)]
pub struct Provider {
    entry: Arc<Entry>,
    completes: bool,
}

impl Provider {
    /// Whether the plugin completes arguments.
    pub fn completes(&self) -> bool {
        self.completes
    }
}

impl std::ops::Deref for Provider {
    type Target = Entry;
    fn deref(&self) -> &Entry {
        &self.entry
    }
}

/// A tool and the plugin that has it.
pub struct ToolEntry {
    /// The tool, under the name that clients see.
    pub tool: Tool,
    /// Its name within the plugin.
    pub guest_name: String,
    /// The plugin.
    pub plugin: Provider,
    mirrored: OnceLock<Vec<MirroredArgument>>,
    input: OnceLock<Result<Schema, String>>,
    output: OnceLock<Result<Schema, String>>,
}

impl ToolEntry {
    /// Checks a call's arguments against the input schema. The error is for
    /// the model to read.
    pub fn check_arguments(&self, arguments: &str) -> Result<(), String> {
        let schema = self
            .input
            .get_or_init(|| Schema::compile(self.tool.input_schema.get()));
        let schema = schema.as_ref().map_err(Clone::clone)?;
        schema.check(arguments).map_err(|violations| {
            format!(
                "the arguments of `{}` do not obey its input schema:\n{violations}",
                self.tool.name
            )
        })
    }

    /// Whether its calls become tasks.
    pub fn task_support(&self) -> TaskSupport {
        self.tool.task
    }

    /// The arguments that clients repeat in HTTP headers.
    pub fn mirrored_arguments(&self) -> &[MirroredArgument] {
        self.mirrored
            .get_or_init(|| mirrored::of_schema(self.tool.input_schema.get()))
    }

    /// Checks a structured result against the output schema, if there is one
    /// and the tool did not fail.
    pub fn check_output(&self, output: &ToolOutput) -> Result<(), String> {
        let Some(schema) = &self.tool.output_schema else {
            return Ok(());
        };
        if output.is_error {
            return Ok(());
        }
        let Some(structured) = &output.structured else {
            return Err(format!(
                "tool `{}` has an output schema and returned no structured value",
                self.guest_name
            ));
        };
        let schema = self
            .output
            .get_or_init(|| Schema::compile(schema.get()))
            .as_ref()
            .map_err(Clone::clone)?;
        schema.check(structured.get()).map_err(|violations| {
            format!(
                "the structured value of tool `{}` does not obey its output schema:\n{violations}",
                self.guest_name
            )
        })
    }
}

/// A prompt and the plugin that has it.
pub struct PromptEntry {
    /// The prompt, under the name that clients see.
    pub prompt: Prompt,
    /// Its name within the plugin.
    pub guest_name: String,
    /// The plugin.
    pub plugin: Provider,
}

impl PromptEntry {
    /// Checks that every argument is one of the prompt's, and that the
    /// required ones are there.
    pub fn check_arguments(&self, given: &[(String, String)]) -> Result<(), String> {
        let known = &self.prompt.arguments;
        for (name, _) in given {
            if !known.iter().any(|argument| argument.name == *name) {
                let accepted: Vec<&str> = known.iter().map(|a| a.name.as_str()).collect();
                return Err(format!(
                    "prompt `{}` has no argument `{name}`; accepted: {}",
                    self.prompt.name,
                    if accepted.is_empty() {
                        "none".to_owned()
                    } else {
                        accepted.join(", ")
                    }
                ));
            }
        }
        for argument in known.iter().filter(|argument| argument.required) {
            if !given.iter().any(|(name, _)| *name == argument.name) {
                return Err(format!(
                    "prompt `{}` needs the argument `{}`",
                    self.prompt.name, argument.name
                ));
            }
        }
        Ok(())
    }
}

/// A resource and the plugin that has it.
pub struct ResourceEntry {
    /// The resource.
    pub resource: Resource,
    /// The plugin.
    pub plugin: Provider,
}

/// A resource template and the plugin that has it.
pub struct TemplateEntry {
    /// The template.
    pub template: ResourceTemplate,
    /// The plugin.
    pub plugin: Provider,
}

/// Two plugins that offer the same thing to clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} `{name}` is offered by both `{first}` and `{second}`{}",
    remedy(self)
)]
pub struct Collision {
    /// `tool`, `prompt`, `resource` or `resource template`.
    pub what: &'static str,
    /// The name or URI.
    pub name: String,
    /// The plugin that had it.
    pub first: String,
    /// The plugin that wants it too.
    pub second: String,
}

fn remedy(collision: &Collision) -> String {
    match collision.what {
        "tool" | "prompt" => format!(
            "; a prefix resolves it, such as `prefix = \"{0}\"` for `{0}` (`--prefix {0}` when adding it)",
            collision.second
        ),
        _ => "; URIs have no prefix, so only one of the two can be installed".to_owned(),
    }
}

/// All that is offered, in the order of the config and of each plugin.
#[derive(Default)]
pub struct Catalog {
    tools: Vec<ToolEntry>,
    tools_by_name: HashMap<String, usize>,
    prompts: Vec<PromptEntry>,
    prompts_by_name: HashMap<String, usize>,
    resources: Vec<ResourceEntry>,
    resources_by_uri: HashMap<String, usize>,
    templates: Vec<TemplateEntry>,
    completes: bool,
    /// The shortest time that some plugin gives.
    lists_ttl: Option<Duration>,
}

impl Catalog {
    /// Adds what a plugin offers, under its prefix. On a collision nothing of
    /// it is added.
    pub fn add(
        &mut self,
        entry: &Arc<Entry>,
        prefix: Option<&str>,
        description: Description,
    ) -> Result<(), Box<Collision>> {
        let collision = |what, name: &str, first: &Provider| {
            Box::new(Collision {
                what,
                name: name.to_owned(),
                first: first.name.clone(),
                second: entry.name.clone(),
            })
        };
        let exposed = |name: &str| match prefix {
            Some(prefix) => format!("{prefix}_{name}"),
            None => name.to_owned(),
        };
        for tool in &description.tools {
            let name = exposed(&tool.name);
            if let Some(other) = self.tool(&name) {
                return Err(collision("tool", &name, &other.plugin));
            }
        }
        for prompt in &description.prompts {
            let name = exposed(&prompt.name);
            if let Some(other) = self.prompt(&name) {
                return Err(collision("prompt", &name, &other.plugin));
            }
        }
        for resource in &description.resources {
            if let Some(&index) = self.resources_by_uri.get(&resource.uri) {
                let other = &self.resources[index].plugin;
                return Err(collision("resource", &resource.uri, other));
            }
        }
        for template in &description.templates {
            if let Some(other) = self.template_provider(&template.uri_template) {
                return Err(collision(
                    "resource template",
                    &template.uri_template,
                    other,
                ));
            }
        }

        let plugin = Provider {
            entry: Arc::clone(entry),
            completes: description.completion,
        };
        self.completes |= description.completion;
        let ttl = entry.cache.lists;
        self.lists_ttl = Some(self.lists_ttl.map_or(ttl, |least| least.min(ttl)));
        for tool in description.tools {
            let guest_name = tool.name.clone();
            let name = exposed(&tool.name);
            self.tools_by_name.insert(name.clone(), self.tools.len());
            self.tools.push(ToolEntry {
                tool: Tool { name, ..tool },
                guest_name,
                plugin: plugin.clone(),
                mirrored: OnceLock::new(),
                input: OnceLock::new(),
                output: OnceLock::new(),
            });
        }
        for prompt in description.prompts {
            let guest_name = prompt.name.clone();
            let name = exposed(&prompt.name);
            self.prompts_by_name
                .insert(name.clone(), self.prompts.len());
            self.prompts.push(PromptEntry {
                prompt: Prompt { name, ..prompt },
                guest_name,
                plugin: plugin.clone(),
            });
        }
        for resource in description.resources {
            self.resources_by_uri
                .insert(resource.uri.clone(), self.resources.len());
            self.resources.push(ResourceEntry {
                resource,
                plugin: plugin.clone(),
            });
        }
        for template in description.templates {
            self.templates.push(TemplateEntry {
                template,
                plugin: plugin.clone(),
            });
        }
        Ok(())
    }

    /// How long clients may keep the lists.
    pub fn lists_ttl(&self) -> Duration {
        self.lists_ttl.unwrap_or_default()
    }

    /// What a server with this catalog can do.
    pub fn capabilities(&self) -> ServerCapabilities {
        ServerCapabilities {
            tools: !self.tools.is_empty(),
            resources: !self.resources.is_empty() || !self.templates.is_empty(),
            prompts: !self.prompts.is_empty(),
            completions: self.completes,
            tasks: false,
        }
    }

    /// All tools, in order.
    pub fn tools(&self) -> &[ToolEntry] {
        &self.tools
    }

    /// The tool that clients see by this name.
    pub fn tool(&self, name: &str) -> Option<&ToolEntry> {
        self.tool_index(name).map(|index| &self.tools[index])
    }

    /// Where among the tools the one is that clients see by this name.
    pub fn tool_index(&self, name: &str) -> Option<usize> {
        self.tools_by_name.get(name).copied()
    }

    /// All prompts, in order.
    pub fn prompts(&self) -> &[PromptEntry] {
        &self.prompts
    }

    /// The prompt that clients see by this name.
    pub fn prompt(&self, name: &str) -> Option<&PromptEntry> {
        self.prompts_by_name
            .get(name)
            .map(|&index| &self.prompts[index])
    }

    /// All resources, in order.
    pub fn resources(&self) -> &[ResourceEntry] {
        &self.resources
    }

    /// All resource templates, in order.
    pub fn templates(&self) -> &[TemplateEntry] {
        &self.templates
    }

    /// The plugin that reads a URI: the one that lists it, else the first with
    /// a template that covers it.
    pub fn provider(&self, uri: &str) -> Option<&Provider> {
        if let Some(&index) = self.resources_by_uri.get(uri) {
            return Some(&self.resources[index].plugin);
        }
        self.templates
            .iter()
            .find(|entry| uri_template::covers(&entry.template.uri_template, uri))
            .map(|entry| &entry.plugin)
    }

    /// The plugin with this very template.
    pub fn template_provider(&self, template: &str) -> Option<&Provider> {
        self.templates
            .iter()
            .find(|entry| entry.template.uri_template == template)
            .map(|entry| &entry.plugin)
    }
}
