//! The calls that a plugin answers, each in a fresh instance.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::error::Elapsed;
use wasmtime::Store;

use super::bindings::exports::portcullis::plugin as guest;
use super::bindings::portcullis::plugin::content::Context;
use super::clock::Clock;
use super::convert;
use super::events::Events;
use super::failure::Failure;
use super::plugin::{Admission, Description, GetError, Plugin, ReadError, ToolError};
use super::state::State;
use super::turns::Pace;
use crate::policy::printable;
use crate::protocol::completion::{Reference, Suggestions};
use crate::protocol::prompts::PromptOutput;
use crate::protocol::resources::ReadOutput;
use crate::protocol::tools::ToolOutput;

/// One call: its places in the queues and its store. Dropping it ends the
/// guest and returns its memory.
struct Call<'a> {
    plugin: &'a Plugin,
    store: Store<State>,
    _admission: Admission<'a>,
}

/// How a call runs: how long it may, and how it shares the processors.
struct Course {
    deadline: Deadline,
    pace: Arc<Pace>,
}

enum Deadline {
    Fixed(Duration),
    /// Put off while the guest waits for answers, or when it detaches.
    Movable(Arc<Clock>),
}

impl Course {
    async fn run<R: Send>(
        self,
        running: impl Future<Output = wasmtime::Result<R>> + Send,
    ) -> Result<wasmtime::Result<R>, Elapsed> {
        let running = self.pace.run(running);
        match self.deadline {
            Deadline::Fixed(limit) => tokio::time::timeout(limit, running).await,
            Deadline::Movable(clock) => clock.run(running).await,
        }
    }
}

impl Drop for Call<'_> {
    /// However it ends, what it used is known.
    fn drop(&mut self) {
        let state = self.store.data();
        if let Some(uses) = &state.events.uses {
            let given = self.plugin.shared.policy.limits.fuel.unwrap_or(u64::MAX);
            let left = self.store.get_fuel().unwrap_or(given);
            uses.ended(given.saturating_sub(left), state.limiter.peak_memory());
        }
    }
}

impl Call<'_> {
    /// The guest's answer, or what ended the call instead.
    fn end<R>(self, result: Result<wasmtime::Result<R>, Elapsed>) -> Result<R, Failure> {
        let shared = &self.plugin.shared;
        let limits = &shared.policy.limits;
        match result {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure::classify(
                &shared.name,
                limits,
                self.store.data(),
                &error,
            )),
            Err(_) => {
                let clock = &self.store.data().clock;
                let reached = clock
                    .as_ref()
                    .map_or(limits.deadline, |clock| clock.limit());
                Err(Failure::deadline(&shared.name, reached, limits))
            }
        }
    }
}

impl Plugin {
    /// Asks the guest what it offers.
    pub async fn describe(&self) -> Result<Description, Failure> {
        let mut description = Description {
            completion: self.completion.is_some(),
            ..Description::default()
        };
        if let Some(indices) = &self.tools {
            let (mut call, course) = self.begin(listing(), None).await?;
            let running = async {
                let instance = self.pre.instantiate_async(&mut call.store).await?;
                let guest = indices.load(&mut call.store, &instance)?;
                guest.call_list(&mut call.store).await
            };
            let result = course.run(running).await;
            let tools = call.end(result)?.map_err(|text| self.guest_failed(text))?;
            description.tools = self.converted(convert::tools(tools))?;
        }
        if let Some(indices) = &self.resources {
            let (mut call, course) = self.begin(listing(), None).await?;
            let running = async {
                let instance = self.pre.instantiate_async(&mut call.store).await?;
                let guest = indices.load(&mut call.store, &instance)?;
                let resources = guest.call_list(&mut call.store).await?;
                Ok((resources, guest.call_templates(&mut call.store).await?))
            };
            let result = course.run(running).await;
            let (resources, templates) = call.end(result)?;
            let resources = resources.map_err(|text| self.guest_failed(text))?;
            let templates = templates.map_err(|text| self.guest_failed(text))?;
            description.resources = self.converted(convert::resources(resources))?;
            description.templates = self.converted(convert::templates(templates))?;
        }
        if let Some(indices) = &self.prompts {
            let (mut call, course) = self.begin(listing(), None).await?;
            let running = async {
                let instance = self.pre.instantiate_async(&mut call.store).await?;
                let guest = indices.load(&mut call.store, &instance)?;
                guest.call_list(&mut call.store).await
            };
            let result = course.run(running).await;
            let prompts = call.end(result)?.map_err(|text| self.guest_failed(text))?;
            description.prompts = self.converted(convert::prompts(prompts))?;
        }
        Ok(description)
    }

    /// Calls a tool. `arguments` is a JSON object, `meta` too.
    ///
    /// A tool that failed is an output with `is_error`.
    pub async fn call_tool(
        &self,
        name: &str,
        arguments: &str,
        meta: &str,
        events: Events,
    ) -> Result<Result<ToolOutput, ToolError>, Failure> {
        use guest::tools::CallError;
        let indices = self.exported(self.tools.as_ref(), "tools")?;
        let (mut call, course) = self.begin(events, Some(name)).await?;
        let context = Context { meta };
        let running = async {
            let instance = self.pre.instantiate_async(&mut call.store).await?;
            let guest = indices.load(&mut call.store, &instance)?;
            guest
                .call_call(&mut call.store, name, arguments, context)
                .await
        };
        let result = course.run(running).await;
        Ok(match call.end(result)? {
            Ok(output) => Ok(self.converted(convert::tool_output(output, false))?),
            Err(CallError::Failed(output)) => {
                Ok(self.converted(convert::tool_output(output, true))?)
            }
            Err(CallError::InvalidArguments(what)) => Err(ToolError::InvalidArguments(what)),
            Err(CallError::UnknownTool) => Err(ToolError::Unknown),
            Err(CallError::Other(message)) => return Err(self.guest_failed(message)),
        })
    }

    /// Reads a resource.
    pub async fn read(
        &self,
        uri: &str,
        meta: &str,
        events: Events,
    ) -> Result<Result<ReadOutput, ReadError>, Failure> {
        use guest::resources::ReadError as GuestError;
        let indices = self.exported(self.resources.as_ref(), "resources")?;
        let (mut call, course) = self.begin(events, None).await?;
        let context = Context { meta };
        let running = async {
            let instance = self.pre.instantiate_async(&mut call.store).await?;
            let guest = indices.load(&mut call.store, &instance)?;
            guest.call_read(&mut call.store, uri, context).await
        };
        let result = course.run(running).await;
        Ok(match call.end(result)? {
            Ok(output) => Ok(self.converted(convert::read_output(output))?),
            Err(GuestError::NotFound) => Err(ReadError::NotFound),
            Err(GuestError::Other(message)) => return Err(self.guest_failed(message)),
        })
    }

    /// Fills in a prompt.
    pub async fn get_prompt(
        &self,
        name: &str,
        arguments: &[(String, String)],
        meta: &str,
        events: Events,
    ) -> Result<Result<PromptOutput, GetError>, Failure> {
        use guest::prompts::GetError as GuestError;
        let indices = self.exported(self.prompts.as_ref(), "prompts")?;
        let (mut call, course) = self.begin(events, None).await?;
        let context = Context { meta };
        let arguments = pairs(arguments);
        let running = async {
            let instance = self.pre.instantiate_async(&mut call.store).await?;
            let guest = indices.load(&mut call.store, &instance)?;
            guest
                .call_get(&mut call.store, name, &arguments, context)
                .await
        };
        let result = course.run(running).await;
        Ok(match call.end(result)? {
            Ok(output) => Ok(self.converted(convert::prompt_output(output))?),
            Err(GuestError::InvalidArguments(what)) => Err(GetError::InvalidArguments(what)),
            Err(GuestError::UnknownPrompt) => Err(GetError::Unknown),
            Err(GuestError::Other(message)) => return Err(self.guest_failed(message)),
        })
    }

    /// Suggests values for an argument, given as name and what is typed so
    /// far. `resolved` are the arguments already filled in.
    pub async fn complete(
        &self,
        reference: &Reference,
        (name, value): (&str, &str),
        resolved: &[(String, String)],
        meta: &str,
        events: Events,
    ) -> Result<Suggestions, Failure> {
        use guest::completion::{Argument, Reference as GuestReference};
        let indices = self.exported(self.completion.as_ref(), "completion")?;
        let reference = match reference {
            Reference::Prompt(name) => GuestReference::Prompt(name),
            Reference::ResourceTemplate(template) => GuestReference::ResourceTemplate(template),
        };
        let argument = Argument { name, value };
        let resolved = pairs(resolved);
        let context = Context { meta };
        let (mut call, course) = self.begin(events, None).await?;
        let running = async {
            let instance = self.pre.instantiate_async(&mut call.store).await?;
            let guest = indices.load(&mut call.store, &instance)?;
            guest
                .call_complete(&mut call.store, reference, argument, &resolved, context)
                .await
        };
        let result = course.run(running).await;
        let suggestions = call.end(result)?.map_err(|text| self.guest_failed(text))?;
        self.converted(convert::suggestions(suggestions))
    }

    async fn begin(
        &self,
        events: Events,
        tool: Option<&str>,
    ) -> Result<(Call<'_>, Course), Failure> {
        let admission = self.admit(&events, tool).await?;
        let store = self.store(events);
        let pace = Arc::clone(&store.data().pace);
        let deadline = match &store.data().clock {
            Some(clock) => Deadline::Movable(Arc::clone(clock)),
            None => Deadline::Fixed(self.shared.policy.limits.deadline),
        };
        let call = Call {
            plugin: self,
            store,
            _admission: admission,
        };
        Ok((call, Course { deadline, pace }))
    }

    fn exported<'a, T>(
        &self,
        indices: Option<&'a T>,
        interface: &'static str,
    ) -> Result<&'a T, Failure> {
        indices.ok_or_else(|| Failure::NotExported {
            plugin: self.shared.name.to_string(),
            interface,
        })
    }

    fn converted<T>(&self, result: Result<T, String>) -> Result<T, Failure> {
        result.map_err(|cause| Failure::Malformed {
            plugin: self.shared.name.to_string(),
            cause: printable(&cause).into_owned(),
        })
    }

    fn guest_failed(&self, message: String) -> Failure {
        Failure::Guest {
            plugin: self.shared.name.to_string(),
            message: printable(&message).into_owned(),
        }
    }
}

fn listing() -> Events {
    Events {
        listing: true,
        ..Events::default()
    }
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
